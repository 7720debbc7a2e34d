"""A download seen in the hub's cache: told as it grows, and not where nothing comes."""

import asyncio
import os
from pathlib import Path

import pytest

from dragoman.progress import Progress
from dragoman.runtime import downloads

MIB = 1 << 20


def test_the_hubs_cache_is_where_the_hubs_variables_say() -> None:
    assert downloads.blobs_of("Qwen/Q", {"HF_HUB_CACHE": "/hub"}) == Path("/hub/models--Qwen--Q/blobs")
    assert downloads.blobs_of("Q", {"HF_HOME": "/home"}) == Path("/home/hub/models--Q/blobs")
    assert downloads.blobs_of("Q", {"XDG_CACHE_HOME": "/c"}) == Path("/c/huggingface/hub/models--Q/blobs")


def test_growth_is_told_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "EVERY_S", 0.01)
    told: list[Progress] = []
    blobs = tmp_path / "blobs"

    async def story() -> None:
        task = asyncio.create_task(downloads.watch(blobs, 10 * MIB, told.append))
        await asyncio.sleep(0.1)
        assert told == []
        blobs.mkdir()
        (blobs / "a.incomplete").write_bytes(b"x" * 4 * MIB)
        (blobs / "small").write_bytes(b"x")
        async with asyncio.timeout(10):
            while not told or (told[-1].done or 0) < 4 * MIB:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        seen = len(told)
        await asyncio.sleep(0.1)
        assert len(told) == seen
        task.cancel()

    asyncio.run(story())
    assert told[-1].step == "download"
    assert told[-1].total == 10 * MIB


def test_a_file_that_is_only_begun_counts_as_what_there_is(tmp_path: Path) -> None:
    path = tmp_path / "sparse"
    path.touch()
    os.truncate(path, 100 * MIB)
    assert downloads.size_of(tmp_path) < MIB
    assert downloads.size_of(tmp_path / "absent") == 0
