"""What people see, as text: no colours where nobody looks, one line per record."""

import logging

import pytest

from dragoman.cli.screen import Sentence, complain, log_to_stderr, show, warn


def record(level: int, message: str, error: Exception | None = None) -> logging.LogRecord:
    caught = (type(error), error, None) if error else None
    return logging.LogRecord("dragoman", level, "f.py", 1, message, (), caught)


LINES: dict[str, tuple[logging.LogRecord, str]] = {
    "a sentence": (record(logging.INFO, "It works."), "It works."),
    "a warning says so": (record(logging.WARNING, "It may not."), "warning: It may not."),
    "an exception is its own words": (
        record(logging.ERROR, "It fails.", ValueError("no\nroom")),
        "error: It fails. ValueError('no\\nroom')",
    ),
    "a message of several lines is one": (record(logging.INFO, "one\n  two"), "one two"),
}


@pytest.mark.parametrize("name", LINES)
def test_a_record_is_one_line_with_its_time(name: str) -> None:
    given, wanted = LINES[name]
    day, time, text = Sentence(verbose=False).format(given).split(" ", 2)
    assert (len(day), len(time), text) == (10, 8, wanted)


def test_everything_was_asked_for() -> None:
    line = Sentence(verbose=True).format(record(logging.ERROR, "It fails.", ValueError("no")))
    assert line.endswith("error: It fails.\nValueError: no")


def test_complaints_and_warnings_go_to_stderr_as_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    complain("one\n two")
    warn("three")
    assert capsys.readouterr() == ("", "dragoman: one two\ndragoman: warning: three\n")


def test_rows_are_aligned_and_have_no_colours_here(capsys: pytest.CaptureFixture[str]) -> None:
    show([("Model", "a"), ("", "b"), ("", "")])
    assert capsys.readouterr().out == "    Model        a\n                 b\n\n"


def test_the_log_is_the_projects_own(capsys: pytest.CaptureFixture[str]) -> None:
    before = logging.root.handlers, logging.root.level, logging.getLogger("dragoman").level
    try:
        log_to_stderr(verbose=False)
        logging.getLogger("dragoman").info("Ours.")
        logging.getLogger("uvicorn.error").info("Theirs.")
        logging.getLogger("uvicorn.error").warning("Their fault.")
        log_to_stderr(verbose=False, least=logging.ERROR)
        logging.getLogger("dragoman").warning("Held back.")
    finally:
        logging.root.handlers, level, own = before
        logging.root.setLevel(level)
        logging.getLogger("dragoman").setLevel(own)
    shown = [line.split(" ", 2)[2] for line in capsys.readouterr().err.splitlines()]
    assert shown == ["Ours.", "warning: Their fault."]
