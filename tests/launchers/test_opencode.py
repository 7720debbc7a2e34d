"""What OpenCode is told: one variable with a provider, its model for everything, and the window."""

import json
from typing import Any

import pytest

from dragoman.launchers import Served, Start, opencode

URL = "http://127.0.0.1:4000"


def prepare(served: Served, *arguments: str) -> tuple[Start, dict[str, Any]]:
    def write(text: str) -> str:
        raise AssertionError("it needs no file")

    start = opencode.prepare(served, arguments, write)
    return start, json.loads(start.variables["OPENCODE_CONFIG_CONTENT"])


@pytest.mark.parametrize("model", ["qwen", "Qwen/Qwen3-235B-A22B-Instruct-2507", "模型"])
def test_all_that_it_asks_goes_to_the_gateway(model: str) -> None:
    _, given = prepare(Served(URL, model))
    assert given["model"] == given["small_model"] == f"dragoman/{model}"
    (provider,) = given["provider"].values()
    assert provider["options"]["baseURL"] == f"{URL}/v1"
    assert list(provider["models"]) == [model]
    assert given["share"] == "disabled"


@pytest.mark.parametrize(("token", "key"), [("", "dragoman"), ("secret", "secret")])
def test_without_a_key_there_is_a_placeholder(token: str, key: str) -> None:
    _, given = prepare(Served(URL, "m", token))
    assert given["provider"]["dragoman"]["options"]["apiKey"] == key


@pytest.mark.parametrize(
    ("window", "limit"),
    [
        (None, None),
        (32_768, {"context": 32_768, "output": 4096}),
        (262_144, {"context": 262_144, "output": 32_000}),
    ],
)
def test_the_limits_follow_from_the_window(window: int | None, limit: dict[str, int] | None) -> None:
    _, given = prepare(Served(URL, "m", window=window))
    assert given["provider"]["dragoman"]["models"]["m"].get("limit") == limit


def test_arguments_are_the_users_alone() -> None:
    start, _ = prepare(Served(URL, "m", no_proxy=".corp"), "run", "hi")
    assert start.argv == ["opencode", "run", "hi"]
    assert start.flags == ()
    assert start.variables["NO_PROXY"] == start.variables["no_proxy"] == ".corp,127.0.0.1"
