"""Output carried from a pipe: all of it, and an end even where a stray writer stays."""

import asyncio
import os
import time
from pathlib import Path

import pytest

from dragoman.engines import vllm
from dragoman.runtime import output
from dragoman.runtime.logbook import Logbook
from dragoman.runtime.output import Output


def test_everything_is_read_and_a_stray_writer_is_not_waited_for_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output, "DRAIN_S", 0.2)
    book = Logbook(tmp_path / "log", print, vllm.read_line)

    async def carry() -> None:
        ours, theirs = os.pipe()
        made = Output(book)
        await asyncio.get_running_loop().connect_read_pipe(lambda: made, os.fdopen(ours, "rb", 0))
        os.write(theirs, b"one\ntwo\n")
        began = time.monotonic()
        await made.finish()
        assert time.monotonic() - began < 10
        os.close(theirs)

    asyncio.run(carry())
    assert book.last_lines == ["one", "two"]
