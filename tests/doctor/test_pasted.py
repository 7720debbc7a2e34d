"""Logs as people have them: any encoding, any length, any number of processes."""

import gzip
import io
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from dragoman.doctor.pasted import LONGEST, NoText, examine, lines

TOO_LONG = (
    "ValueError: User-specified max_model_len (131072) is greater than the derived max_model_len "
    "(max_position_embeddings=40960 or model_max_length=None in model's config.json)."
)
SAMPLE = (
    f"(APIServer pid=1) INFO 11-20 13:00:00 [x.py:1] 你好\r\n  50%|##  | 1/2\r 100%|####|\r\n{TOO_LONG}\n"
)


def found(raw: bytes) -> list[str]:
    return [each.cause.id for each in examine(io.BytesIO(raw)).found]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_a_cause_is_found_in_any_encoding(encoding: str) -> None:
    assert found(SAMPLE.encode(encoding)) == ["window-over-model"]


def test_a_progress_bar_is_many_lines() -> None:
    assert list(lines(io.BytesIO(b"a\rb\r\nc\n\nd"))) == ["a", "b", "c", "", "d"]


class Dribble(io.RawIOBase):
    """A stream that gives one byte at a time."""

    def __init__(self, raw: bytes) -> None:
        self._raw = io.BytesIO(raw)

    def read(self, size: int = -1) -> bytes:
        return self._raw.read(1)


def test_how_a_log_comes_in_pieces_changes_nothing() -> None:
    raw = SAMPLE.encode()
    whole = [line for line in lines(io.BytesIO(raw)) if line]
    assert [line for line in lines(Dribble(raw)) if line] == whole  # type: ignore[arg-type]


def test_a_message_at_the_seam_of_a_line_that_is_too_long_is_found() -> None:
    for before in range(LONGEST - 200, LONGEST, 20):
        assert found(b"x" * before + b" " + TOO_LONG.encode()) == ["window-over-model"]


def test_a_cut_character_is_no_failure() -> None:
    assert found(TOO_LONG.encode() + "好".encode()[:2]) == ["window-over-model"]


@pytest.mark.parametrize(
    ("raw", "reason"), [(gzip.compress(b"log"), "compressed"), (b"\x7fELF\x00\x00\x00", "no text")]
)
def test_what_is_no_text_is_refused(raw: bytes, reason: str) -> None:
    with pytest.raises(NoText, match=reason):
        examine(io.BytesIO(raw))


def test_nothing_has_no_cause() -> None:
    examined = examine(io.BytesIO(b""))
    assert (examined.found, examined.lines, examined.first_errors) == ((), 0, ())


def test_an_unknown_failure_shows_the_first_error_of_each_process() -> None:
    log = (
        "(Worker_TP0 pid=1) ERROR 11-20 13:00:00 [w.py:1] foo.OddError: nobody knows\n"
        "(Worker_TP0 pid=1) ERROR 11-20 13:00:00 [w.py:1] foo.OddError: again\n"
        "(EngineCore_DP0 pid=2) ERROR 11-20 13:00:00 [c.py:1] EngineCore failed to start.\n"
    )
    assert examine(io.BytesIO(log.encode())).first_errors == ("foo.OddError: nobody knows",)


class Long(io.RawIOBase):
    """Eight megabytes of a log, made as they are read."""

    def __init__(self) -> None:
        self._left = self._lines()

    def _lines(self) -> Iterator[bytes]:
        line = b"(Worker_TP0 pid=1) INFO 11-20 13:00:00 [w.py:1] Avg prompt throughput: 1.0 tokens/s %d\n"
        for start in range(0, 90_000, 500):
            yield b"".join(line % number for number in range(start, start + 500))
        yield TOO_LONG.encode()

    def read(self, size: int = -1) -> bytes:
        return next(self._left, b"")


def test_memory_does_not_grow_with_the_log() -> None:
    tracemalloc.start()
    try:
        examined = examine(Long())  # type: ignore[arg-type]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert [each.cause.id for each in examined.found] == ["window-over-model"]
    assert examined.lines > 90_000
    assert peak < 2_000_000


RECORDED = sorted((Path(__file__).parent / "recorded").glob("*.log"))
"""What vLLM 0.32 printed on a CPU when it was started wrongly; each file is named for its cause."""


@pytest.mark.parametrize("log", RECORDED, ids=lambda log: log.stem)
def test_a_recorded_start_that_failed_is_explained(log: Path) -> None:
    with log.open("rb") as stream:
        first, *rest = examine(stream).found
    assert first.cause.id == log.stem
    assert all(each.cause.kind == "wrapper" for each in rest)
    assert not first.cause.exact or first.mend != first.cause.mend


def test_logs_were_recorded() -> None:
    assert len(RECORDED) > 10
