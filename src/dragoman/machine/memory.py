"""This machine's main memory, as far as programs may use it."""

import os
from pathlib import Path

LIMIT = Path("/sys/fs/cgroup/memory.max")
"""Where a container's limit stands; "max" where there is none."""


def total() -> int | None:
    """In bytes; None where the system does not say."""
    try:
        physical = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None
    return min(physical, _limit() or physical)


def _limit() -> int | None:
    try:
        return int(LIMIT.read_text())
    except (OSError, ValueError):
        return None
