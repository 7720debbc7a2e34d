"""What is decided about time: starts, restarts and their end."""

import pytest

from dragoman.runtime.patience import LEAST_S, UNKNOWN_S, Restarts, start_s

STARTS: dict[str, tuple[int | None, bool, float]] = {
    "a tiny model": (2_000_000, True, LEAST_S),
    "235B in FP8 on a disk": (236_000_000_000, True, LEAST_S + 2360),
    "30B in BF16 from a hub": (61_000_000_000, False, LEAST_S + 610 + 6100),
    "nobody knows": (None, True, UNKNOWN_S),
}


@pytest.mark.parametrize("name", STARTS)
def test_a_start_has_time_for_its_bytes(name: str) -> None:
    size, here, expected = STARTS[name]
    assert start_s(size, here) == pytest.approx(expected, abs=1)


DELAYS: dict[str, tuple[list[float], float, float | None]] = {
    "the first crash": ([100], 50, 1),
    "the second soon after": ([100, 150], 20, 2),
    "the fourth": ([100, 150, 200, 250], 20, 8),
    "the fifth is the last": ([100, 150, 200, 250, 300], 20, None),
    "old ones are out of the window": ([100, 150, 200, 250, 3000], 20, 1),
    "after a good while all is forgotten": ([100, 150, 200, 250, 1000], 700, 1),
}


@pytest.mark.parametrize("name", DELAYS)
def test_a_crash_is_answered_later_each_time_until_it_is_enough(name: str) -> None:
    crashes, ran, expected = DELAYS[name]
    assert Restarts().delay(crashes, ran) == expected


def test_a_delay_has_a_longest_and_the_end_is_said() -> None:
    patient = Restarts(most=100)
    assert patient.delay([float(at) for at in range(20)], 0) == patient.longest_s
    assert patient.verdict(7) == "it crashed 7 times within 30 minutes and is not started again"


def test_more_crashes_never_make_the_next_start_sooner() -> None:
    times = [10.0 * at for at in range(12)]
    delays = [Restarts(most=50).delay(times[: at + 1], 0) or 0 for at in range(12)]
    assert delays == sorted(delays)
