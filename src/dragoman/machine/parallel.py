"""Work of the same kind on many items at once, in threads that nobody has to wait for.

An interrupt, or the first failure, is told at once: a thread that still waits for a silent server is left to
its time-out. (The pools of the standard library are joined at the program's end.)
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from queue import Empty, SimpleQueue
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def each(work: Callable[[T], R], items: Sequence[T], at_once: int) -> Iterator[R]:
    """What `work` makes of the items, in their order. Raises whatever it raises first."""
    waiting: SimpleQueue[tuple[int, T]] = SimpleQueue()
    ended: SimpleQueue[tuple[int, R | None, BaseException | None]] = SimpleQueue()
    for item in enumerate(items):
        waiting.put(item)
    stopped = threading.Event()

    def run() -> None:
        while not stopped.is_set():
            try:
                number, item = waiting.get_nowait()
            except Empty:
                return
            try:
                ended.put((number, work(item), None))
            except BaseException as error:
                stopped.set()
                ended.put((number, None, error))

    for _ in range(min(at_once, len(items))):
        threading.Thread(target=run, daemon=True).start()
    early: dict[int, R] = {}
    try:
        for number in range(len(items)):
            while number not in early:
                done, result, error = ended.get()
                if error is not None:
                    raise error
                early[done] = result  # type: ignore[assignment]
            yield early.pop(number)
    finally:
        stopped.set()
