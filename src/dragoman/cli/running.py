"""The event loop under a command: Ctrl-C, SIGTERM and SIGHUP cancel what runs, which then ends in order.

A second Ctrl-C ends it at once; what was started goes with this process all the same (`leash`).
"""

import asyncio
import contextlib
import signal
from collections.abc import Callable, Coroutine

STOPPED = 0
"""The exit status after SIGTERM: what was asked for was done."""


def run(work: Coroutine[None, None, int]) -> int:
    """Run to the end and return the exit status. Ctrl-C raises KeyboardInterrupt, once all is down."""
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        return runner.run(terminable(work))


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's, where it exists."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


async def terminable(work: Coroutine[None, None, int]) -> int:
    """SIGTERM, and a terminal that goes away, mean what Ctrl-C means, but their end is no failure."""
    task, terminated = asyncio.ensure_future(work), False

    def terminate() -> None:
        nonlocal terminated
        terminated = True
        task.cancel()

    with contextlib.suppress(NotImplementedError):
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, terminate)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as nohup has it
            asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, terminate)
    try:
        return await task
    except asyncio.CancelledError:
        if terminated:
            return STOPPED
        raise
