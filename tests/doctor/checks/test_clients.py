"""Faults planted in Claude Code's settings: variables and files, before a server that is well."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dragoman.doctor.gathering import Wanted
from tests.doctor.examined import SECRET, examine, settings, well, write
from tests.doctor.posing import INSTRUCT, Posing
from tests.gateway import RunningGateway

CLAUDE = Wanted(client="claude")
GONE = None
"""A variable that is not set."""

# Variables -> the check that finds them, words of its mend, whether it matters behind a gateway.
PLANTED: dict[str, tuple[dict[str, Any], str, str, bool]] = {
    "no address": ({"ANTHROPIC_BASE_URL": GONE}, "client_url_missing", "ANTHROPIC_BASE_URL=http", True),
    "Anthropic's address": (
        {"ANTHROPIC_BASE_URL": "https://api.anthropic.com"},
        "client_url_missing",
        "without /v1",
        True,
    ),
    "an address with /v1": ({"ANTHROPIC_BASE_URL": "{url}/v1"}, "client_url_form", "Set it to {url}.", False),
    "an address with the route": (
        {"ANTHROPIC_BASE_URL": "{url}/v1/messages"},
        "client_url_form",
        "Set it to {url}.",
        False,
    ),
    "Bedrock": ({"CLAUDE_CODE_USE_BEDROCK": "1"}, "client_cloud", "CLAUDE_CODE_USE_BEDROCK", True),
    "Vertex": ({"CLAUDE_CODE_USE_VERTEX": "true"}, "client_cloud", "CLAUDE_CODE_USE_VERTEX", True),
    "a key beside the token": (
        {"ANTHROPIC_API_KEY": "sk-ant-another-0123456789"},
        "client_keys",
        "Keep ANTHROPIC_AUTH_TOKEN",
        False,
    ),
    "no key": ({"ANTHROPIC_AUTH_TOKEN": GONE}, "client_keys", "Set ANTHROPIC_AUTH_TOKEN", True),
    "a second Authorization": (
        {"ANTHROPIC_CUSTOM_HEADERS": f"X-Team: a\nAuthorization: Bearer {SECRET}"},
        "client_headers",
        "Take authorization out",
        True,
    ),
    "a proxy": (
        {"HTTP_PROXY": f"http://me:{SECRET}@proxy.example:3128", "NO_PROXY": GONE, "no_proxy": GONE},
        "client_proxy",
        "Add 127.0.0.1 to NO_PROXY",
        True,
    ),
    "a name that Claude Code believes to know": (
        {"ANTHROPIC_MODEL": "claude-qwen", "MAX_THINKING_TOKENS": "0"},
        "client_model_name",
        "ANTHROPIC_MODEL to anthropic/",
        False,
    ),
    "a model that is not there": (
        {"ANTHROPIC_DEFAULT_HAIKU_MODEL": "gpt-4o-mini"},
        "unknown_model",
        "--alias gpt-4o-mini",
        True,
    ),
    "no window": (
        {"CLAUDE_CODE_MAX_CONTEXT_TOKENS": GONE},
        "client_window",
        "CLAUDE_CODE_MAX_CONTEXT_TOKENS=131072",
        False,
    ),
    "a name that stands for a million tokens": (
        {"ANTHROPIC_MODEL": f"anthropic/{INSTRUCT}[1m]", "CLAUDE_CODE_MAX_CONTEXT_TOKENS": GONE},
        "client_window",
        "CLAUDE_CODE_MAX_CONTEXT_TOKENS=131072",
        False,
    ),
    "system messages in the middle": (
        {"CLAUDE_CODE_FORCE_MID_CONVERSATION_SYSTEM": "1"},
        "client_switches",
        "Take CLAUDE_CODE_FORCE_MID_CONVERSATION_SYSTEM",
        False,
    ),
    "no second try without a stream": (
        {"CLAUDE_CODE_DISABLE_NONSTREAMING_FALLBACK": "1"},
        "client_switches",
        "Take CLAUDE_CODE_DISABLE_NONSTREAMING_FALLBACK",
        False,
    ),
    "a window that is too large": (
        {"CLAUDE_CODE_MAX_CONTEXT_TOKENS": "262144"},
        "client_window",
        "CLAUDE_CODE_MAX_CONTEXT_TOKENS=131072",
        False,
    ),
    "no compaction in time": (
        {"CLAUDE_CODE_AUTO_COMPACT_WINDOW": GONE, "CLAUDE_AUTOCOMPACT_PCT_OVERRIDE": "80"},
        "client_window",
        "CLAUDE_CODE_AUTO_COMPACT_WINDOW=131072",
        False,
    ),
    "no compaction at all": (
        {"DISABLE_COMPACT": "1"},
        "client_compaction_off",
        "Take DISABLE_COMPACT",
        False,
    ),
    "more output than there is room": (
        {"CLAUDE_CODE_MAX_OUTPUT_TOKENS": "131072"},
        "client_output",
        "CLAUDE_CODE_MAX_OUTPUT_TOKENS=16384",
        False,
    ),
    "a short timeout": ({"API_TIMEOUT_MS": "60000"}, "client_timeouts", "API_TIMEOUT_MS=1800000", False),
    "no patience with silence": (
        {"API_FORCE_IDLE_TIMEOUT": GONE},
        "client_timeouts",
        "API_FORCE_IDLE_TIMEOUT=0",
        False,
    ),
    "the attribution line": (
        {"CLAUDE_CODE_ATTRIBUTION_HEADER": GONE},
        "client_attribution",
        "CLAUDE_CODE_ATTRIBUTION_HEADER=0",
        False,
    ),
    "extra fields that are no JSON": (
        {"CLAUDE_CODE_EXTRA_BODY": "{temperature: 0}"},
        "client_extra_body",
        '{"name": value}',
        True,
    ),
    "extra fields that break streams": (
        {"CLAUDE_CODE_EXTRA_BODY": '{"stream": false, "top_k": 20}'},
        "client_extra_body",
        "Take stream out",
        True,
    ),
    "tools on demand": (
        {"ENABLE_TOOL_SEARCH": "true"},
        "client_tool_search",
        "Take ENABLE_TOOL_SEARCH",
        False,
    ),
    "telemetry": (
        {"CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": GONE},
        "client_traffic",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1",
        False,
    ),
    "discovery that does not happen": (
        {"CLAUDE_CODE_ENABLE_GATEWAY_MODEL_DISCOVERY": "1"},
        "client_traffic",
        "/model",
        False,
    ),
}

# settings.json -> as above; a text is a file as it stands.
FILES: dict[str, tuple[Any, str, str, bool]] = {
    "a helper for keys": ({"apiKeyHelper": f"echo {SECRET}"}, "client_keys", "apiKeyHelper", False),
    "a file that is no JSON": ('{"env": {},}', "client_settings_broken", "without a comma", True),
    "an env that is no object": ({"env": []}, "client_settings_broken", "one JSON object", True),
    "Bedrock in a file": (
        {"env": {"CLAUDE_CODE_USE_BEDROCK": 1}},
        "client_cloud",
        "CLAUDE_CODE_USE_BEDROCK in",
        True,
    ),
}


@pytest.fixture(scope="module")
def gateway() -> Iterator[RunningGateway]:
    with well(window=131072) as (_, running):
        yield running


def planted(gateway: RunningGateway, variables: dict[str, Any]) -> dict[str, str]:
    full = settings(gateway.url, f"anthropic/{INSTRUCT}", 131072) | variables
    return {name: value.replace("{url}", gateway.url) for name, value in full.items() if value is not None}


def test_nothing_is_found_where_all_is_set(gateway: RunningGateway, tmp_path: Path) -> None:
    assert examine(CLAUDE, tmp_path, planted(gateway, {})) == {}


def test_nothing_is_found_where_all_is_set_in_a_file(gateway: RunningGateway, tmp_path: Path) -> None:
    write(tmp_path / "home" / ".claude" / "settings.json", {"env": planted(gateway, {})})
    assert examine(CLAUDE, tmp_path, {"PATH": "/bin"}) == {}


@pytest.mark.parametrize("fault", PLANTED)
def test_a_variable_is_found_with_its_mend_and_nothing_else(
    fault: str, gateway: RunningGateway, tmp_path: Path
) -> None:
    variables, check, mend, matters = PLANTED[fault]
    wanted = Wanted(gateway.url, SECRET, client="claude")
    found = examine(wanted, tmp_path, planted(gateway, variables))
    assert list(found) == [check]
    assert mend.replace("{url}", gateway.url) in found[check][0].mend
    assert found[check][0].matters is matters


@pytest.mark.parametrize("fault", FILES)
@pytest.mark.parametrize("file", ["home/.claude/settings.json", "folder/.claude/settings.local.json"])
def test_a_file_is_found_with_its_mend_and_nothing_else(
    file: str, fault: str, gateway: RunningGateway, tmp_path: Path
) -> None:
    content, check, mend, matters = FILES[fault]
    write(tmp_path / file, content)
    found = examine(CLAUDE, tmp_path, planted(gateway, {}))
    assert list(found) == [check]
    assert mend in found[check][0].mend
    assert found[check][0].matters is matters


def test_a_file_outranks_what_was_exported(gateway: RunningGateway, tmp_path: Path) -> None:
    with Posing() as other:
        write(tmp_path / "folder/.claude/settings.json", {"env": {"ANTHROPIC_BASE_URL": other.url}})
        wanted = Wanted(gateway.url, SECRET, client="claude")
        found = examine(wanted, tmp_path, planted(gateway, {}))
    assert list(found) == ["client_hidden", "client_url_elsewhere"]
    assert "settings.json" in found["client_hidden"][0].why
    assert f"ANTHROPIC_BASE_URL={gateway.url}" in found["client_url_elsewhere"][0].mend


def test_a_client_that_is_sent_to_the_engine(tmp_path: Path) -> None:
    with Posing(window=131072) as engine:
        found = examine(CLAUDE, tmp_path, settings(engine.url, engine.model, 131072))
    assert list(found) == ["wrong_port"]
    assert f"dragoman serve --upstream {engine.url}" in found["wrong_port"][0].mend


def test_more_goes_wrong_at_an_engine_itself(tmp_path: Path) -> None:
    with Posing(window=131072, key=SECRET, names=("claude-sonnet",)) as engine:
        variables = settings(engine.url, "claude-sonnet", 131072)
        variables["ANTHROPIC_API_KEY"] = variables.pop("ANTHROPIC_AUTH_TOKEN")
        found = examine(CLAUDE, tmp_path, variables)
    assert set(found) == {"wrong_port", "client_key_header", "client_model_name", "client_thinking"}
    assert "ANTHROPIC_AUTH_TOKEN instead" in found["client_key_header"][0].mend
    assert "MAX_THINKING_TOKENS=0" in found["client_thinking"][0].mend
    assert all(found[check][0].matters for check in found)


def test_names_that_claude_code_asks_for_by_itself(tmp_path: Path, gateway: RunningGateway) -> None:
    """A gateway answers to all of Claude's names; an engine to none of them."""
    unset = ("ANTHROPIC_DEFAULT_HAIKU_MODEL", "CLAUDE_CODE_SUBAGENT_MODEL")
    variables = planted(gateway, dict.fromkeys(unset))
    assert examine(CLAUDE, tmp_path, variables) == {}
    with Posing(window=131072) as engine:
        variables = {n: v for n, v in settings(engine.url, engine.model, 131072).items() if n not in unset}
        found = examine(CLAUDE, tmp_path, variables)
    assert set(found) == {"wrong_port", "unknown_model"}
    assert "ANTHROPIC_DEFAULT_HAIKU_MODEL is not set" in found["unknown_model"][0].why


def test_an_address_without_its_beginning(tmp_path: Path) -> None:
    found = examine(CLAUDE, tmp_path, settings("localhost:4000", "anthropic/m"))
    assert found["client_url_form"][0].mend == "Write it whole: http://HOST:PORT."
