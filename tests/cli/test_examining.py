"""`dragoman doctor` on what runs: what it prints, its exit status, and never a key."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dragoman.cli import run
from tests.doctor.examined import SECRET, settings, well, write
from tests.doctor.posing import INSTRUCT, Posing
from tests.gateway import RunningGateway


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A home and a folder of its own, and a narrow terminal."""
    for name in ("ANTHROPIC_BASE_URL", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_API_KEY", "DRAGOMAN_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def gateway() -> Iterator[RunningGateway]:
    with well(parser="") as (_, running):
        yield running


def test_what_the_gateway_works_around_is_said_and_does_not_count(
    gateway: RunningGateway, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DRAGOMAN_KEY", SECRET)
    assert run(["doctor", "--url", f"{gateway.url}/v1"]) == 0
    told = capsys.readouterr().out
    assert max(map(len, told.splitlines())) <= 80
    text = " ".join(told.split())
    assert f"examined {gateway.url}: Dragoman" in text
    assert "Nothing is wrong, 1 worked around by the gateway." in text
    assert "gateway It has the model's text back" in text


def test_at_the_engine_itself_it_counts(capsys: pytest.CaptureFixture[str]) -> None:
    with Posing(parser="") as engine:
        assert run(["doctor", "--url", engine.url]) == 1
    text = " ".join(capsys.readouterr().out.split())
    assert "1 wrong." in text
    assert "mend Start it with --enable-auto-tool-choice --tool-call-parser hermes." in text
    assert "With it in between: It has the model's text back" in text


def test_programs_get_json(gateway: RunningGateway, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["doctor", "--json", "--url", gateway.url]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["ok"] is False
    (found,) = told["findings"]
    assert (found["check"], found["level"], found["worked_around"]) == ("key_refused", "wrong", False)
    assert set(found) == {"check", "level", "place", "what", "why", "mend", "gateway", "worked_around"}


def test_a_clients_settings_are_read_and_no_key_is_shown(
    gateway: RunningGateway, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    variables = settings(gateway.url, f"anthropic/{INSTRUCT}")
    variables |= {"ANTHROPIC_API_KEY": "sk-ant-another-key", "CLAUDE_CODE_USE_VERTEX": "1"}
    write(tmp_path / ".claude" / "settings.json", {"env": variables})
    for options in ([], ["--json"]):
        assert run(["doctor", "--client", "claude", *options]) == 1
        told = "".join(capsys.readouterr())
        assert "CLAUDE_CODE_USE_VERTEX" in told
        assert "~/.claude/settings.json" in told
        assert SECRET not in told
        assert "another-key" not in told


def test_at_a_terminal_the_usual_gateway_is_examined(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from dragoman.doctor import gathering

    with Posing() as engine:
        monkeypatch.setattr(gathering, "URL", engine.url)
        monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
        assert run(["doctor"]) == 0
        told = capsys.readouterr().out
        assert engine.url in told
    assert "Nothing is wrong." in told


CANNOT = {
    "a request that is not there": (["--request", "nowhere.json"], "nowhere.json cannot be read"),
    "a log and an option": (["some.log", "--url", "http://127.0.0.1:1"], "leave out the options, or FILE"),
    "an address that is none": (["--url", "localhost:4000"], "--url"),
    "two keys": (["--url", "http://127.0.0.1:1", "--key", "os.environ/HOME", "--key-file", "k"], "one key"),
}


@pytest.mark.parametrize("case", CANNOT)
def test_where_nothing_can_be_examined_it_is_one_line_and_another_status(
    case: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments, words = CANNOT[case]
    assert run(["doctor", *arguments]) == 2
    told, complaints = capsys.readouterr()
    assert (told, complaints.count("\n")) == ("", 1)
    assert words in complaints


def test_a_bad_configuration_is_a_finding(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(tmp_path / "dragoman.yaml", "port: 4000\n")
    assert run(["doctor", "--config", str(file)]) == 1
    assert "name at least one engine" in " ".join(capsys.readouterr().out.split())
