"""Signals under the event loop: what runs is cancelled and ends in order."""

import asyncio
import os
import signal

import pytest

from dragoman.cli.running import STOPPED, run

ended: list[str] = []


async def until_signalled(number: signal.Signals) -> int:
    ended.clear()
    asyncio.get_running_loop().call_soon(os.kill, os.getpid(), number)
    try:
        await asyncio.sleep(30)
    finally:
        await asyncio.sleep(0)
        ended.append("in order")
    return 1


def test_the_status_is_that_of_the_work() -> None:
    async def work() -> int:
        return 3

    assert run(work()) == 3


def test_sigterm_ends_the_work_in_order_and_is_no_failure() -> None:
    assert run(until_signalled(signal.SIGTERM)) == STOPPED
    assert ended == ["in order"]


def test_ctrl_c_ends_the_work_in_order() -> None:
    with pytest.raises(KeyboardInterrupt):
        run(until_signalled(signal.SIGINT))
    assert ended == ["in order"]


def test_what_goes_wrong_goes_on() -> None:
    async def work() -> int:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        run(work())
