"""How much of a hub's model has arrived, seen in the hub's cache: vLLM itself shows nothing of it."""

import asyncio
import contextlib
from collections.abc import Mapping
from pathlib import Path

from dragoman.progress import Progress, Report

EVERY_S = 1.0
GROWN = 1 << 20
"""Less than this more is no download: the hub's client touches small files of models that are complete."""


def blobs_of(model: str, variables: Mapping[str, str]) -> Path:
    """Where the hub's client keeps the files of a model."""
    cache = Path(variables.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "huggingface"
    home = Path(variables.get("HF_HOME") or cache).expanduser()
    hub = Path(variables.get("HF_HUB_CACHE") or home / "hub").expanduser()
    return hub / f"models--{model.replace('/', '--')}" / "blobs"


def size_of(blobs: Path) -> int:
    """Bytes on the disk; a file that is only begun may pretend to its whole size."""
    total = 0
    with contextlib.suppress(OSError):
        for path in blobs.iterdir():
            with contextlib.suppress(OSError):
                found = path.stat()
                total += min(found.st_size, found.st_blocks * 512)
    return total


async def watch(blobs: Path, total: int | None, report: Report) -> None:
    """Tell of each step that it grows, until this is cancelled."""
    known = await asyncio.to_thread(size_of, blobs)
    while True:
        await asyncio.sleep(EVERY_S)
        size = await asyncio.to_thread(size_of, blobs)
        if size >= known + GROWN:
            known = size
            report(Progress("download", "the model", min(size, total or size), total))
