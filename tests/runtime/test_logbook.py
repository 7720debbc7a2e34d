"""Output in pieces of any size gives the same lines, phases and first error, and the same file."""

from pathlib import Path

import pytest

from dragoman.engines import vllm
from dragoman.engines.vllm import LogNote
from dragoman.runtime import logbook
from dragoman.runtime.logbook import Logbook

OUTPUT = (
    "(APIServer pid=1) INFO 11-20 09:56:44 [utils.py:1] version 0.32.0\n"
    "Loading safetensors checkpoint shards:  50% Completed | 1/2\r"
    "Loading safetensors checkpoint shards: 100% Completed | 2/2\r\n"
    "\x1b[36mcolour\x1b[0m and 杭州\x07\n\n"
    "(EngineCore pid=2) ERROR 11-20 09:56:45 [core.py:9] EngineCore failed to start.\n"
    "(EngineCore pid=2) ERROR 11-20 09:56:45 [core.py:9] ValueError: no room\n"
    "RuntimeError: see above"
).encode()


@pytest.mark.parametrize("size", [1, 2, 5, 1000])
def test_how_output_is_cut_changes_nothing(tmp_path: Path, size: int) -> None:
    told: list[LogNote] = []
    book = Logbook(tmp_path / "deep" / "engine.log", told.append, vllm.read_line)
    book.open()
    for at in range(0, len(OUTPUT), size):
        book.feed(OUTPUT[at : at + size])
    book.close()
    book.close()
    assert (tmp_path / "deep" / "engine.log").read_bytes() == OUTPUT
    shards = "loading weights, shards"
    assert [(note.text, note.done) for note in told] == [
        ("vLLM 0.32.0 is starting", None),
        (shards, 1),
        (shards, 2),
    ]
    assert book.phase == shards
    assert book.first_error == "ValueError: no room"
    assert len(book.last_lines) == 7
    assert "colour and 杭州" in book.last_lines


def test_a_new_start_keeps_one_file_of_the_last(tmp_path: Path) -> None:
    for word in (b"one", b"two", b"three"):
        book = Logbook(tmp_path / "log", print, vllm.read_line)
        book.open()
        book.feed(word)
        book.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["log", "log.1"]
    assert (tmp_path / "log").read_bytes() == b"three"
    assert (tmp_path / "log.1").read_bytes() == b"two"


def test_neither_memory_nor_file_grow_without_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logbook, "LARGEST_FILE", 10_000)
    book = Logbook(tmp_path / "log", print, vllm.read_line)
    book.open()
    for number in range(1000):
        book.feed(f"line {number}\n".encode() + b"x" * 200)
    book.feed(b"y" * 100_000)
    book.close()
    assert len(book.last_lines) == logbook.KEPT_LINES
    assert max(len(line) for line in book.last_lines) <= logbook.LONGEST_LINE
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 150_000


def test_without_an_exception_the_first_marked_line_is_the_error(tmp_path: Path) -> None:
    book = Logbook(tmp_path / "log", print, vllm.read_line)
    book.feed(b"vllm: error: unrecognized arguments: --nope\nERROR: second\n")
    assert book.first_error == "vllm: error: unrecognized arguments: --nope"


def test_each_process_keeps_its_first_error_and_each_milestone_is_told_once(tmp_path: Path) -> None:
    told: list[LogNote] = []
    book = Logbook(tmp_path / "log", told.append, vllm.read_line)
    for rank in (0, 1):
        book.feed(
            b"(Worker_TP%d pid=%d) INFO 11-20 09:57:06 [x.py:1] Loading weights took 1.%d seconds\n"
            % (rank, rank, rank)
        )
    book.feed(
        b"(Worker_TP1 pid=1) ERROR 11-20 09:57:10 [x.py:1] WorkerProc failed to start.\n"
        b"(Worker_TP1 pid=1) ERROR 11-20 09:57:10 [x.py:1] ValueError: the reason\n"
        b"(Worker_TP1 pid=1) ERROR 11-20 09:57:10 [x.py:1] RuntimeError: what came of it\n"
        b"(EngineCore pid=2) ERROR 11-20 09:57:11 [x.py:1] RuntimeError: Worker failed. See above.\n"
        b"RuntimeError: Engine core initialization failed.\n"
    )
    assert [note.text for note in told] == ["weights read in 1 s"]
    assert book.errors == {
        "Worker_TP1 pid=1": "ValueError: the reason",
        "EngineCore pid=2": "RuntimeError: Worker failed. See above.",
        "": "RuntimeError: Engine core initialization failed.",
    }
    assert book.first_error == "ValueError: the reason"
