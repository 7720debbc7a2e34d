"""How Claude Code is started for a check: what it is told, and what it may not do."""

import asyncio
import json
import os
import re
import stat
import sys
from pathlib import Path

import pytest

from dragoman.settings import SettingsError
from dragoman.verify import claude
from tests import claude_code
from tests.gateway import RunningGateway
from tests.scripted_engine import Answer, Asked, ScriptedEngine, says

PROGRAM = f"""#!{sys.executable}
import json, os, sys
here = os.getcwd()
flags = sys.argv[1:]
settings = flags[flags.index("--settings") + 1]
told = {{"flags": flags, "variables": dict(os.environ), "files": os.listdir(here),
         "settings": json.load(open(settings)), "mode": os.stat(settings).st_mode & 0o777}}
print(json.dumps({{"result": json.dumps(told), "num_turns": 3}}))
"""


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One that tells what it was told."""
    path = tmp_path / "claude"
    path.write_text(PROGRAM)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "the user's own")
    return path


def test_it_gets_the_endpoint_a_home_of_its_own_and_one_file(program: Path) -> None:
    ran = asyncio.run(claude.read_a_word("http://127.0.0.1:1", "secret", "m", 65536))
    assert (ran.turns, ran.error) == (3, "")
    told = json.loads(ran.text)
    assert told["files"] == [claude.FILE]
    assert told["variables"]["ANTHROPIC_BASE_URL"] == "http://127.0.0.1:1"
    assert told["variables"]["HOME"] != os.environ["HOME"]
    assert "the user's own" not in json.dumps(told)
    assert told["mode"] == 0o600
    assert told["settings"]["env"]["ANTHROPIC_AUTH_TOKEN"] == "secret"


def test_the_key_is_not_on_its_command_line_and_it_may_only_read(program: Path) -> None:
    flags = json.loads(asyncio.run(claude.read_a_word("http://h", "secret", "m", None)).text)["flags"]
    assert not any("secret" in flag for flag in flags)
    assert flags[flags.index("--tools") + 1] == flags[flags.index("--allowedTools") + 1] == "Read"
    assert "--dangerously-skip-permissions" not in flags


def test_a_program_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SettingsError, match="not on the PATH; install it with `npm"):
        claude.find()


RUNS: dict[str, tuple[tuple[int, str, str], claude.Ran]] = {
    "its words": ((0, '{"result": "hi", "num_turns": 2}', ""), claude.Ran("hi", turns=2)),
    "an error": ((1, '{"result": "API Error", "is_error": true}', ""), claude.Ran(error="API Error")),
    "no words": ((1, '{"result": ""}', ""), claude.Ran(error="exit status 1")),
    "no JSON": ((127, "", "not found\n"), claude.Ran(error="exit status 127: not found")),
    "nothing": ((1, "", ""), claude.Ran(error="exit status 1: it said nothing")),
}


@pytest.mark.parametrize("case", RUNS)
def test_what_a_run_came_to(case: str) -> None:
    printed, ran = RUNS[case]
    assert claude.read(*printed) == ran


@pytest.mark.client
def test_the_real_program_reads_the_word(
    engine: ScriptedEngine, gateway: RunningGateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before a model that calls Read, and then says what the result holds."""

    def answers(asked: Asked) -> Answer:
        last = asked.body["messages"][-1]
        if last["role"] == "tool":
            return says(f"The word is {re.findall('light.*[0-9]', last['content'])[0]}.")(asked)
        return says(calls=[("Read", json.dumps({"file_path": claude.FILE}))])(asked)

    engine.always(answers)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "claude").symlink_to(claude_code.program())
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    ran = asyncio.run(claude.read_a_word(gateway.url, "", "anthropic/scripted", 32768))
    assert ran == claude.Ran(f"The word is {claude.WORD}.", turns=2)
