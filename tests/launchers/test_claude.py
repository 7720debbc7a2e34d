"""What Claude Code is told for each window, and that a user's own flags win."""

import json

import pytest

from dragoman.launchers import Served, claude, largest_output

URL = "http://127.0.0.1:4000"
MODEL = "anthropic/qwen"

# window: output, the base of compaction, workflows off, tools
WINDOWS: dict[int, tuple[str, str | None, bool, tuple[str, ...]]] = {
    8_192: ("1024", None, True, ("--tools", "Bash,Read,Edit,Write")),
    32_768: ("4096", "100000", True, ("--tools", "Bash,Read,Edit,Write")),
    40_960: ("5120", "100000", True, ()),
    65_536: ("8192", "100000", True, ()),
    98_304: ("12288", "100000", False, ()),
    131_072: ("16384", "131072", False, ()),
    262_144: ("32000", "262144", False, ()),
    1_048_576: ("32000", "1048576", False, ()),
}


@pytest.mark.parametrize("window", WINDOWS)
def test_what_follows_from_the_window(window: int) -> None:
    output, compaction, no_workflows, flags = WINDOWS[window]
    given = claude.environment(URL, "", MODEL, window)
    assert given["CLAUDE_CODE_MAX_CONTEXT_TOKENS"] == str(window)
    assert given["CLAUDE_CODE_MAX_OUTPUT_TOKENS"] == output
    assert given.get("CLAUDE_CODE_AUTO_COMPACT_WINDOW") == compaction
    assert given.get("CLAUDE_CODE_DISABLE_WORKFLOWS") == ("1" if no_workflows else None)
    assert claude.flags(window) == flags


def test_nothing_is_claimed_of_an_unknown_window() -> None:
    assert not any(
        "CONTEXT" in name or "COMPACT" in name for name in claude.environment(URL, "", MODEL, None)
    )
    assert claude.flags(None) == ()


def test_every_name_that_is_asked_for_is_the_served_model() -> None:
    given = claude.environment(URL, "secret", MODEL, 65_536)
    assert {value for name, value in given.items() if name.endswith("_MODEL")} == {MODEL}
    assert given["ANTHROPIC_BASE_URL"] == URL
    assert given["ANTHROPIC_AUTH_TOKEN"] == "secret"


def test_without_a_key_there_is_a_placeholder() -> None:
    assert claude.environment(URL, "", MODEL, None)["ANTHROPIC_AUTH_TOKEN"] == "dragoman"


@pytest.mark.parametrize(
    ("url", "before", "after"),
    [
        ("http://127.0.0.1:4000", "", "127.0.0.1"),
        ("http://127.0.0.1:4000", ".corp,10.0.0.1", ".corp,10.0.0.1,127.0.0.1"),
        ("http://[::1]:4000", "", "::1"),
    ],
)
def test_no_proxy_stands_between_client_and_gateway(url: str, before: str, after: str) -> None:
    given = claude.environment(url, "", MODEL, None, before)
    assert given["NO_PROXY"] == given["no_proxy"] == after


def test_settings_outrank_the_users_and_clear_what_leads_elsewhere() -> None:
    variables = claude.environment(URL, "secret", MODEL, 65_536)
    given = json.loads(claude.settings(variables))
    assert given["env"] == dict.fromkeys(claude.CLEARED, "") | variables
    assert given["env"]["ANTHROPIC_API_KEY"] == ""
    assert given["apiKeyHelper"] == ""


COMMANDS: dict[str, tuple[int | None, list[str], list[str]]] = {
    "settings first, then the user's": (65_536, ["-p", "hi"], ["claude", "--settings", "S", "-p", "hi"]),
    "few tools before them": (
        32_768,
        ["hi"],
        ["claude", "--tools", "Bash,Read,Edit,Write", "--settings", "S", "hi"],
    ),
    "the user's tools win": (32_768, ["--tools=Bash"], ["claude", "--settings", "S", "--tools=Bash"]),
    "the user's settings win": (None, ["--settings", "x"], ["claude", "--settings", "x"]),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_the_command(name: str) -> None:
    window, arguments, wanted = COMMANDS[name]
    assert claude.argv("S", window, arguments) == wanted


def test_a_key_goes_into_a_file_and_nothing_else_does() -> None:
    written: list[str] = []

    def write(text: str) -> str:
        written.append(text)
        return "FILE"

    start = claude.prepare(Served(URL, MODEL, window=65_536), ["hi"], write)
    assert not written
    assert json.loads(start.argv[2])["env"]["ANTHROPIC_MODEL"] == MODEL
    start = claude.prepare(Served(URL, MODEL, "secret", 32_768), ["hi"], write)
    assert start.argv == ["claude", "--tools", claude.FEW_TOOLS, "--settings", "FILE", "hi"]
    assert json.loads(written[0])["env"] == dict.fromkeys(claude.CLEARED, "") | dict(start.variables)
    assert start.flags == ("--tools", claude.FEW_TOOLS)


@pytest.mark.parametrize(("window", "output"), [(4, 1), (32_768, 4096), (131_072, 16_384), (2**20, 32_000)])
def test_a_reply_takes_an_eighth_of_the_window(window: int, output: int) -> None:
    assert largest_output(window) == output
