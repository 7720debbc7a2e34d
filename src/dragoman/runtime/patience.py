"""How long a start may take, and how often what crashed is started again: pure decisions, times as arguments.

A start is given a floor for imports, compilation and graphs, and time for its bytes: from a disk, and before
that from a hub. A crash is answered by a restart after a delay that doubles; a good while without one makes
it forgotten; too many of them within a window end it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

LEAST_S = 900.0
"""Compilation and warm-up of kernels alone have been seen to exceed 600 s."""
UNKNOWN_S = 3600.0
DISK = 100_000_000
"""Bytes a second of a slow disk, or of a network's; fast ones read thirty times as much."""
HUB = 10_000_000
"""Bytes a second of a slow line."""


def start_s(size: int | None, here: bool = True) -> float:
    """Seconds that an engine may take to be ready; `size` of its checkpoint in bytes, which lies `here` or
    is downloaded first."""
    if size is None:
        return UNKNOWN_S
    return LEAST_S + size / DISK + (0.0 if here else size / HUB)


@dataclass(frozen=True, slots=True)
class Restarts:
    """When a process that crashed is started again. All in seconds."""

    first_s: float = 1.0
    longest_s: float = 60.0
    most: int = 5
    """This many crashes in the window are the end of it."""
    window_s: float = 1800.0
    good_s: float = 600.0
    """What ran this long starts with a clean slate."""

    def delay(self, crashes: Sequence[float], ran_s: float) -> float | None:
        """Until the next start; None: give up. `crashes` are the times of all so far, the newest last;
        `ran_s` is how long the newest life was ready."""
        counted = self.counted(crashes, ran_s)
        if counted >= self.most:
            return None
        return min(self.first_s * 2.0 ** (counted - 1), self.longest_s)

    def counted(self, crashes: Sequence[float], ran_s: float) -> int:
        """The crashes that still matter."""
        if ran_s >= self.good_s:
            return 1
        return sum(crashes[-1] - at < self.window_s for at in crashes)

    def verdict(self, crashes: int) -> str:
        """Why there is no other start."""
        return f"it crashed {crashes} times within {self.window_s / 60:.0f} minutes and is not started again"
