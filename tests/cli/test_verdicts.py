"""The table as people see it, at several widths."""

import io

import pytest
from rich.console import Console

from dragoman.cli import verdicts
from dragoman.verify.outcome import Latency, Outcome, Result

RESULTS = [
    Result("reachable", "", Outcome.PASSED, "vLLM 0.32.0", seconds=0.004),
    Result(
        "text", "anthropic", Outcome.PASSED, "Hello there, and many words more than fit " * 5, seconds=0.5
    ),
    Result("text", "openai", Outcome.PASSED, "Hello", seconds=0.25),
    Result(
        "streaming",
        "anthropic",
        Outcome.PASSED,
        "first",
        seconds=1.0,
        latency=Latency(0.1, 0.2, [0.01] * 80 + [0.1], 81),
    ),
    Result("streaming", "openai", Outcome.SKIPPED, "protocol: lacking"),
    Result(
        "overflow", "anthropic", Outcome.FAILED, "the words are wrong " * 8, "put `dragoman serve` before it"
    ),
    Result(
        "overflow", "openai", Outcome.FAILED, "the words are wrong " * 8, "put `dragoman serve` before it"
    ),
    Result("weather", "anthropic", Outcome.UNPROVED, "the model said [bold]'hm'[/bold]"),
    Result("thinking", "openai", Outcome.LACKING, "this model does not think"),
]


def printed(width: int, results: list[Result] = RESULTS) -> str:
    console = Console(file=io.StringIO(), width=width, highlight=False, markup=False)
    verdicts.show(results, "http://127.0.0.1:4000", 12.3, console)
    file = console.file
    assert isinstance(file, io.StringIO)
    return file.getvalue()


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_no_line_is_wider_than_the_screen(width: int) -> None:
    assert all(len(line) <= width for line in printed(width).splitlines())


def test_what_was_seen_stands_in_a_wide_table_only() -> None:
    assert "Hello there" in printed(120)
    assert "Hello there" not in printed(80)


def test_a_row_has_the_worst_mark_and_each_protocol_its_own() -> None:
    lines = {line.split()[1]: line for line in printed(80).splitlines() if line.startswith("  ")}
    assert lines["streaming"].split()[:6] == ["·", "streaming", "✓", "1.0", "s", "·"]
    assert lines["context"].startswith("  ✗ context overflow")


def test_what_both_protocols_say_is_said_once_with_its_mend() -> None:
    text = printed(80)
    assert text.count("✗ context overflow, Anthropic and OpenAI: failed") == 1
    assert text.count("Mend: put `dragoman serve` before it") == 1


def test_what_is_not_proved_is_no_pass_and_words_are_no_markup() -> None:
    text = printed(80)
    assert "? weather, Anthropic: not proved by this model" in text
    assert "[bold]'hm'[/bold]" in text
    counted = "✓ 4 passed  ✗ 2 failed  – 1 lacking  ? 1 not proved by this model  · 1 skipped  in 12.3 s"
    assert counted in printed(120)


def test_the_picture_of_a_stream_fits_and_shows_the_longest_wait() -> None:
    latency = Latency(0.1, 0.2, [0.01] * 200, 201)
    picture = verdicts.picture(latency)
    assert len(picture) <= verdicts.PIECES
    assert picture[0] == "█"
    assert set(picture[1:]) == {"▁"}
    assert verdicts.figures(latency) == "first piece 200 ms, then every 10 ms, at most 10 ms, 100 tokens/s"
    assert verdicts.figures(Latency(0.1, 0.2, [], None)) == "first piece 200 ms"


def test_checks_that_were_never_tried_are_named_with_the_reason_and_have_no_row() -> None:
    results = [
        Result("reachable", "", Outcome.FAILED, "nothing listens", "start it"),
        Result("text", "anthropic", Outcome.SKIPPED, "reachable: failed"),
        Result("text", "openai", Outcome.SKIPPED, "reachable: failed"),
        Result("stop", "openai", Outcome.SKIPPED, "reachable: failed"),
    ]
    text = printed(80, results)
    assert "· skipped (reachable: failed): text, stop sequences" in text
    assert "· text" not in text
    assert "✗ 1 failed  · 3 skipped" in text


BARS = {(1.0, 1.0): "█" * 10, (0.0, 1.0): "", (0.5, 1.0): "█" * 5, (0.06, 1.0): "▋", (0.0, 0.0): ""}


@pytest.mark.parametrize("times", BARS)
def test_a_bar_is_as_long_as_the_time(times: tuple[float, float]) -> None:
    assert verdicts.bar(*times) == BARS[times]


def test_progress_without_a_terminal_is_a_line_per_result(capsys: pytest.CaptureFixture[str]) -> None:
    with verdicts.Progress(2) as progress:
        progress.begin("text", "openai")
        progress.done(RESULTS[2])
        progress.done(RESULTS[0])
    assert capsys.readouterr().err == "text (OpenAI): passed\nreachable: passed\n"
    with verdicts.Progress(1, quiet=True) as progress:
        progress.done(RESULTS[0])
    assert capsys.readouterr().err == ""
