"""This machine's main memory in bytes, as far as programs may use it; None where the system does not say."""

import os
from pathlib import Path

LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
"""Where a container's limit stands, of control groups new and old; "max" where there is none."""


def total() -> int | None:
    """All of it, or what this container may use."""
    sizes = [_pages("SC_PHYS_PAGES"), *map(_limit, LIMITS)]
    return min((size for size in sizes if size), default=None)


def available() -> int | None:
    """What is free now."""
    return _pages("SC_AVPHYS_PAGES")


def _pages(name: str) -> int | None:
    try:
        return os.sysconf(name) * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return None


def _limit(path: Path) -> int | None:
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return None
