"""The user's own Claude Code; here a program that stands for it, and prints what it would."""

import json
import stat
from pathlib import Path

import pytest

from dragoman.verify.claude import WORD
from dragoman.verify.outcome import Outcome
from tests.verify.conftest import FAILED, KEY, Trying

SAID: dict[str, tuple[dict[str, object], int, Outcome, str]] = {
    "the word of the file": (
        {"result": f"It is {WORD}.", "num_turns": 2},
        0,
        Outcome.PASSED,
        f"said 'It is {WORD}.', in 2 turns",
    ),
    "another word": ({"result": "I do not know."}, 0, Outcome.UNPROVED, "the model said 'I do not know.'"),
    "an error of the endpoint": (
        {"result": f"API Error: 400 no {KEY}", "is_error": True},
        1,
        FAILED,
        "it ended with: API Error: 400 no [the key]",
    ),
}


@pytest.mark.parametrize("case", SAID)
def test_what_it_says_decides(
    trying: Trying, case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said, code, outcome, words = SAID[case]
    program = tmp_path / "claude"
    program.write_text(f"#!/bin/sh\ncat <<'END'\n{json.dumps(said)}\nEND\nexit {code}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    result = trying.result("claude_code", "anthropic", trying.gateway.url)
    assert (result.outcome, bool(result.mend)) == (outcome, outcome is FAILED), result
    assert words in result.detail, result
