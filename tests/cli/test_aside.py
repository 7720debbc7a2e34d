"""Blocking work beside the loop: its result, its error, and nobody waits for it at the end."""

import asyncio
import threading
import time

import pytest

from dragoman.cli.aside import aside


def test_results_and_errors_come_back() -> None:
    assert asyncio.run(aside(lambda: threading.current_thread().name)) == "beside the loop"

    def fails() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        asyncio.run(aside(fails))


def test_what_is_cancelled_is_left_behind() -> None:
    free = threading.Event()

    async def leave() -> None:
        async with asyncio.timeout(0.05):
            await aside(free.wait)

    began = time.monotonic()
    with pytest.raises(TimeoutError):
        asyncio.run(leave())
    assert time.monotonic() - began < 5
    free.set()
