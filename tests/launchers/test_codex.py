"""What Codex is told: flags that are TOML, a catalog with the served window, the key in a variable alone."""

import json
import tomllib
from collections.abc import Sequence
from typing import Any

import pytest

from dragoman.launchers import Served, Start, codex

URL = "http://127.0.0.1:4000"


def prepare(served: Served, arguments: Sequence[str] = ()) -> tuple[Start, str]:
    written: list[str] = []

    def write(text: str) -> str:
        written.append(text)
        return "/a b/models.json"

    start = codex.prepare(served, arguments, write)
    return start, written[0]


def settings(start: Start) -> dict[str, Any]:
    """The values of `-c`, as Codex reads them."""
    words = list(start.flags)
    assert set(words[::2]) == {"-c"}
    pairs = [word.split("=", 1) for word in words[1::2]]
    return {name: tomllib.loads(f"v = {value}")["v"] for name, value in pairs}


NAMES = ["qwen", "Qwen/Qwen3-235B-A22B-Instruct-2507", 'a"b\\c', "模型 🙂"]


@pytest.mark.parametrize("model", NAMES)
def test_the_flags_lead_to_the_gateway(model: str) -> None:
    start, _ = prepare(Served(URL, model))
    given = settings(start)
    assert given["model"] == model
    assert given["model_provider"] == "dragoman"
    assert given["model_providers.dragoman"] == {
        "name": "Dragoman",
        "base_url": f"{URL}/v1",
        "wire_api": "responses",
    }
    assert given["model_catalog_json"] == "/a b/models.json"
    assert given["web_search"] == "disabled"
    assert given["analytics.enabled"] is False


def test_a_key_is_a_variable_that_the_provider_names() -> None:
    start, catalog = prepare(Served(URL, "m", "secret"))
    assert settings(start)["model_providers.dragoman"]["env_key"] == "DRAGOMAN_KEY"
    assert start.variables["DRAGOMAN_KEY"] == "secret"
    assert "secret" not in " ".join(start.argv) + catalog


@pytest.mark.parametrize("window", [None, 8192, 262_144])
def test_the_catalog_holds_the_served_model_and_its_window(window: int | None) -> None:
    _, catalog = prepare(Served(URL, "m", window=window))
    (model,) = json.loads(catalog)["models"]
    assert (model["slug"], model["context_window"]) == ("m", window)
    assert model["apply_patch_tool_type"] == "freeform"


def test_what_the_user_says_comes_last_and_wins() -> None:
    start, _ = prepare(Served(URL, "m"), ["exec", "-c", "web_search=live", "hi"])
    assert start.argv[:2] == ["codex", "-c"]
    assert start.argv[-4:] == ["exec", "-c", "web_search=live", "hi"]
