"""What qwen-code is told: a file of settings of the highest rank, and the key in a variable alone."""

import json
from typing import Any

import pytest

from dragoman.launchers import PATIENCE_MS, Served, Start, qwen

URL = "http://127.0.0.1:4000"


def prepare(served: Served, *arguments: str) -> tuple[Start, dict[str, Any]]:
    written: list[str] = []

    def write(text: str) -> str:
        written.append(text)
        return "FILE"

    start = qwen.prepare(served, arguments, write)
    return start, json.loads(written[0])


def test_the_settings_lead_to_the_gateway() -> None:
    start, given = prepare(Served(URL, "Qwen/Qwen3"))
    assert start.variables["QWEN_CODE_SYSTEM_SETTINGS_PATH"] == "FILE"
    assert given["security"]["auth"]["selectedType"] == "openai"
    assert given["model"]["name"] == "Qwen/Qwen3"
    (provider,) = given["modelProviders"]["openai"]
    assert (provider["id"], provider["baseUrl"]) == ("Qwen/Qwen3", f"{URL}/v1")
    assert provider["envKey"] in start.variables
    assert given["privacy"]["usageStatisticsEnabled"] is False


@pytest.mark.parametrize(("token", "key"), [("", "dragoman"), ("secret", "secret")])
def test_the_key_is_in_no_file(token: str, key: str) -> None:
    start, given = prepare(Served(URL, "m", token))
    assert start.variables["DRAGOMAN_KEY"] == key
    assert "secret" not in json.dumps(given)


@pytest.mark.parametrize(("window", "output"), [(None, None), (32_768, 4096), (262_144, 32_000)])
def test_the_window_is_told_and_never_guessed_by_name(window: int | None, output: int | None) -> None:
    _, given = prepare(Served(URL, "m", window=window))
    generation = given["modelProviders"]["openai"][0]["generationConfig"]
    assert generation.get("contextWindowSize") == window
    assert generation.get("samplingParams", {}).get("max_tokens") == output
    assert generation["timeout"] == generation["streamIdleTimeoutMs"] == PATIENCE_MS


def test_arguments_are_the_users_alone() -> None:
    start, _ = prepare(Served(URL, "m"), "-p", "hi")
    assert start.argv == ["qwen", "-p", "hi"]
    assert start.flags == ()
