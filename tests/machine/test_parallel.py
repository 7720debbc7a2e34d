"""Many items at once: in their order, and a failure at once."""

import threading

import pytest

from dragoman.machine.parallel import each


def test_results_come_in_the_order_of_the_items() -> None:
    first_may_end = threading.Event()

    def work(number: int) -> int:
        if number == 0:
            assert first_may_end.wait(10)
        elif number == 3:
            first_may_end.set()
        return number * 10

    assert list(each(work, range(5), 2)) == [0, 10, 20, 30, 40]


def test_no_more_than_allowed_run_at_once() -> None:
    lock, running, most = threading.Lock(), [0], [0]

    def work(_: int) -> None:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        with lock:
            running[0] -= 1

    assert len(list(each(work, range(50), 3))) == 50
    assert most[0] <= 3


def test_a_failure_waits_for_nobody() -> None:
    never = threading.Event()

    def work(number: int) -> None:
        if number == 0:
            never.wait(30)
        raise ValueError(number)

    with pytest.raises(ValueError, match="1"):
        list(each(work, range(2), 2))
    never.set()


def test_nothing_begins_after_a_failure() -> None:
    begun: list[int] = []

    def work(number: int) -> None:
        begun.append(number)
        raise ValueError(number)

    with pytest.raises(ValueError, match="0"):
        list(each(work, range(1000), 1))
    assert begun == [0]


def test_no_items() -> None:
    assert list(each(str, [], 4)) == []
