"""Hugging Face's interface, spoken to a local server of its shape: what is found, and every refusal."""

from pathlib import Path
from typing import Any

import pytest

from dragoman.machine import assembly
from dragoman.machine.hubs import huggingface
from dragoman.machine.refusal import CheckpointError
from dragoman.model.checkpoint import Checkpoint
from tests.machine.hub import COMMIT, MODEL, Hub, checkpoint, safetensors

NO_TOKEN = {"HF_HUB_DISABLE_IMPLICIT_TOKEN": "1"}


def found(hub: Hub, name: str = MODEL, revision: str = "", **variables: str) -> Checkpoint:
    environment = {**NO_TOKEN, "HF_ENDPOINT": hub.url, **variables}
    return assembly.read(huggingface.repository(name, revision, environment))


def test_a_checkpoint_by_headers_alone() -> None:
    with Hub() as hub:
        got = found(hub)
    assert got.id == MODEL
    assert got.config["architectures"] == ["LlamaForCausalLM"]
    assert (len(got.tensors), got.size) == (6, 6 * 4096)
    host = hub.url.removeprefix("http://")
    assert got.source == f"{MODEL} on {host} ({COMMIT[:8]}), 2 safetensors headers"


def test_weights_are_never_downloaded() -> None:
    big = 30_000_000
    content = checkpoint(1, 0) | {"model-00001-of-00001.safetensors": safetensors({"w": ("U8", [big], big)})}
    content["model.safetensors.index.json"] = b'{"weight_map": {"w": "model-00001-of-00001.safetensors"}}'
    with Hub(content) as hub:
        assert found(hub).size == big
    assert 0 < sum(each.sent for each in hub.seen) < 200_000


def test_a_header_that_does_not_fit_the_first_part_takes_a_second() -> None:
    with Hub(checkpoint(1, 3000)) as hub:
        assert len(found(hub).tensors) == 3000
    asked = [each.headers["Range"] for each in hub.seen if each.path.startswith("weights/")]
    assert len(asked) == 2
    assert asked[1].startswith("bytes=131072-")


def test_a_list_of_several_pages() -> None:
    with Hub(page=True) as hub:
        assert len(found(hub).tensors) == 6
    assert sum("/tree/" in each.path for each in hub.seen) == 6


def test_a_revision_with_a_slash() -> None:
    with Hub() as hub:
        assert f"at refs/pr/7 ({COMMIT[:8]})" in found(hub, revision="refs/pr/7").source
    assert all("refs%2Fpr%2F7" in each.path for each in hub.seen if each.path.startswith("hub/"))


def test_a_token_opens_what_is_gated(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("hf_abc\n")
    with Hub(token="hf_abc") as hub:
        assert found(hub, HF_TOKEN="hf_abc").size
        assert found(hub, HF_HOME=str(tmp_path), HF_HUB_DISABLE_IMPLICIT_TOKEN="").size
        sent = {each.headers["Authorization"] for each in hub.seen if each.path.startswith("weights/")}
        assert sent == {None}


REFUSED: dict[str, tuple[dict[str, Any], dict[str, str], str, str]] = {
    "a model that does not exist": (
        {},
        {"name": "acme/None"},
        "absent",
        r"There is no model acme/None on 127\.0\.0\.1:\d+, or it is private: set HF_TOKEN",
    ),
    "one that a token does not see": (
        {},
        {"name": "acme/None", "HF_TOKEN": "x"},
        "absent",
        "not for this token",
    ),
    "a revision that does not exist": ({}, {"revision": "v9"}, "absent", "has no revision v9"),
    "gated, without a token": (
        {"token": "hf_abc"},
        {},
        "forbidden",
        r"is gated\. Ask for access at http://.*/acme/Model-1B, then set HF_TOKEN\. Tokens are made at",
    ),
    "gated, with the token of somebody else": (
        {"token": "hf_abc"},
        {"HF_TOKEN": "hf_else"},
        "forbidden",
        "has no access yet",
    ),
    "gated, said with 403": (
        {"refuse": (403, {"X-Error-Code": "GatedRepo"})},
        {"HF_TOKEN": "x"},
        "forbidden",
        "has no access yet",
    ),
    "a token that is none": (
        {"refuse": (401, {"X-Error-Message": "Invalid credentials in Authorization header"})},
        {"HF_TOKEN": "x"},
        "forbidden",
        "does not accept the token",
    ),
    "a token without the right": (
        {"refuse": (403, {"X-Error-Message": "Fine-grained token"})},
        {"HF_TOKEN": "x"},
        "forbidden",
        "The token may not read",
    ),
    "a disabled model": (
        {"refuse": (403, {"X-Error-Message": "Access to this resource is disabled."})},
        {},
        "forbidden",
        "has disabled access",
    ),
    "too many requests": (
        {"refuse": (429, {"Retry-After": "60"})},
        {},
        "unreachable",
        r"too many requests.*in 60 s",
    ),
    "a hub that fails": ({"refuse": (500, {})}, {}, "unreachable", r"fails \(status 500\)"),
    "an odd status": ({"refuse": (418, {})}, {}, "unusable", r"config\.json with status 418"),
    "a sign-in page on the way": (
        {"html": True},
        {},
        "unusable",
        "sign-in page on the way, or a wrong HF_END",
    ),
    "a redirect to a sign-in page": (
        {"refuse": (302, {"Location": "/login"})},
        {},
        "absent",
        "There is no model",
    ),
    "GGUF files alone": ({"files": {"q4.gguf": b"GGUF"}}, {}, "unusable", "llama.cpp"),
    "weights that end too early": ({"cut": 100}, {}, "unusable", "it ends within its header"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case: str) -> None:
    hub_is, asked, kind, said = REFUSED[case]
    with Hub(**hub_is) as hub, pytest.raises(CheckpointError, match=said) as caught:
        found(hub, **asked)
    assert caught.value.kind == kind
    assert "hf_else" not in caught.value.message


def test_the_public_hub_is_called_by_its_name() -> None:
    assert huggingface.repository("a/b", "", NO_TOKEN).where == "a/b on Hugging Face"


def test_a_token_cannot_write_headers_of_its_own() -> None:
    with Hub() as hub:
        found(hub, HF_TOKEN="abc\r\nX-Evil: 1")
    assert {each.headers["X-Evil"] for each in hub.seen} == {None}
