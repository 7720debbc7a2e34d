"""ModelScope's interface, spoken to a local server of its shape."""

from typing import Any

import pytest

from dragoman.machine import assembly
from dragoman.machine.hubs import modelscope
from dragoman.machine.refusal import CheckpointError
from dragoman.model.checkpoint import Checkpoint
from tests.machine.hub import MODEL, Hub


def found(hub: Hub, name: str = MODEL, revision: str = "", **variables: str) -> Checkpoint:
    environment = {"MODELSCOPE_ENDPOINT": hub.url, **variables}
    return assembly.read(modelscope.repository(name, revision, environment))


def test_a_checkpoint_by_headers_alone() -> None:
    with Hub() as hub:
        for content in ("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"):
            assert hub.files[content]
        got = found(hub)
    assert (got.id, len(got.tensors), got.size) == (MODEL, 6, 6 * 4096)
    assert got.source.endswith(", 2 safetensors headers")
    ranges = [each.headers["Range"] for each in hub.seen if ".safetensors" in each.path]
    assert all(ranges)


def test_a_revision() -> None:
    with Hub() as hub:
        assert "at v1" in found(hub, revision="v1").source


def test_a_token_goes_with_its_cookie() -> None:
    with Hub(token="ms-abc") as hub:
        assert found(hub, MODELSCOPE_API_TOKEN="ms-abc").size == 6 * 4096


REFUSED: dict[str, tuple[dict[str, Any], dict[str, str], str, str]] = {
    "a model that does not exist": (
        {},
        {"name": "acme/None"},
        "absent",
        "There is no model acme/None on .*set MODELSCOPE_API_TOKEN",
    ),
    "a refusal with status 200": ({}, {"revision": "v9"}, "absent", "with a revision v9"),
    "not for everybody": ({"token": "x"}, {}, "forbidden", "not for everybody.*/models/acme/Model-1B"),
    "not for this token": ({"token": "x"}, {"MODELSCOPE_API_TOKEN": "y"}, "forbidden", "This token may not"),
    "a hub that fails": ({"refuse": (502, {})}, {}, "unreachable", r"fails \(status 502\)"),
    "a sign-in page on the way": ({"html": True}, {}, "unusable", "or a wrong MODELSCOPE_ENDPOINT"),
    "GGUF files alone": ({"files": {"q4.gguf": b"GGUF"}}, {}, "unusable", "llama.cpp"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case: str) -> None:
    hub_is, asked, kind, said = REFUSED[case]
    with Hub(**hub_is) as hub, pytest.raises(CheckpointError, match=said) as caught:
        found(hub, **asked)
    assert caught.value.kind == kind


ADDRESSES: dict[str, tuple[dict[str, str], str]] = {
    "nothing set": ({}, "a/b on ModelScope"),
    "its domain as it was set before": ({"MODELSCOPE_DOMAIN": "modelscope.cn"}, "a/b on ModelScope"),
    "its international site": ({"MODELSCOPE_DOMAIN": "www.modelscope.ai"}, "a/b on www.modelscope.ai"),
    "an endpoint wins": (
        {"MODELSCOPE_DOMAIN": "x.example", "MODELSCOPE_ENDPOINT": "https://y.example"},
        "a/b on y.example",
    ),
}


@pytest.mark.parametrize("case", ADDRESSES)
def test_where_it_is(case: str) -> None:
    variables, expected = ADDRESSES[case]
    assert modelscope.repository("a/b", "", variables).where == expected
