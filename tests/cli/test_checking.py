"""What the checks at the end of `up` come to: what ends it, what is only said, and the row of the call."""

import pytest

from dragoman.cli import checking
from dragoman.cli.checking import Checked
from dragoman.verify.outcome import Outcome, Result

OK, FAILED, SKIPPED, UNPROVED = Outcome.PASSED, Outcome.FAILED, Outcome.SKIPPED, Outcome.UNPROVED
REACHED = Result("reachable", "", OK, "Dragoman")
SPEAKS = Result("speaks", "anthropic", OK, "POST /v1/messages")
CALL = Result("weather", "openai", OK, "杭州 -> get_weather()")

SILENT: dict[str, tuple[list[Result], str]] = {
    "one protocol is enough": ([REACHED, Result("speaks", "openai", FAILED, "it answered 500"), SPEAKS], ""),
    "no answer in any": (
        [Result("key", "", FAILED, "open"), Result("speaks", "openai", FAILED, "it answered 400: no")],
        "it answered 400: no",
    ),
    "nothing reached": (
        [Result("reachable", "", FAILED, "503"), Result("speaks", "openai", SKIPPED, "reachable: failed")],
        "503",
    ),
    "nothing at all": ([], "nothing could be asked"),
}


@pytest.mark.parametrize("name", SILENT)
def test_only_an_engine_without_any_answer_ends_it(name: str) -> None:
    results, why = SILENT[name]
    assert checking.silent(results) == why


def test_the_table_comes_with_the_call(capsys: pytest.CaptureFixture[str]) -> None:
    assert checking.show(Checked([REACHED, SPEAKS, CALL], 1.0), "http://x") == [("Tool call", CALL.detail)]
    out, err = capsys.readouterr()
    assert "✓ weather" in out
    assert not err


def test_what_failed_is_said_and_what_was_not_proved_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    weak = Result("weather", "openai", UNPROVED, "it said no")
    assert checking.show(Checked([SPEAKS, weak], 1.0), "http://x") == []
    assert not capsys.readouterr().err
    checking.show(Checked([SPEAKS, Result("text", "openai", FAILED, "nothing")], 1.0), "http://x")
    assert "The gateway goes on" in capsys.readouterr().err
