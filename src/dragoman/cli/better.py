"""Better small models that would run on this CPU, named after a start of the tiny one where a hub is reached.

The hub is the one that the user's environment says, asked without a token for the list of one public
model's files, and for nothing else.
"""

import asyncio
import os
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from dragoman.model.errors import DragomanError

if TYPE_CHECKING:
    from dragoman.cli.connect import Row

WAIT_S = 3.0
GB = 10**9


class Small(NamedTuple):
    """A model that calls tools, and the bytes of its weights."""

    id: str
    size: int


SMALL = (
    Small("Qwen/Qwen3-0.6B", 15 * GB // 10),
    Small("Qwen/Qwen3-1.7B", 41 * GB // 10),
    Small("Qwen/Qwen3-4B-Instruct-2507", 81 * GB // 10),
)
BESIDE = 7 * GB
"""What the engine takes beside the weights: its own code, and the KV cache of `runtime.work`."""


def fitting(memory: int | None) -> Sequence[Small]:
    """Those that a machine with so many bytes holds; all where that is not known."""
    return [model for model in SMALL if memory is None or model.size + BESIDE <= memory]


async def reached() -> bool:
    """Whether the hub answers within seconds. It is not asked where the user's environment is offline."""
    from dragoman.cli.aside import aside
    from dragoman.machine import checkpoints

    if checkpoints.may_ask_no_hub(os.environ):
        return False
    anonymous = {name: value for name, value in os.environ.items() if "TOKEN" not in name}
    anonymous |= {"HF_HUB_DISABLE_IMPLICIT_TOKEN": "1"}
    try:
        async with asyncio.timeout(WAIT_S):
            return bool(await aside(lambda: checkpoints.at_hub(SMALL[0].id, anonymous)))
    except (DragomanError, TimeoutError):
        return False


async def named(python: Path) -> "list[Row]":
    """The rows, none where nothing is to be said; `python` is the engine environment's."""
    from dragoman.machine import memory

    models = fitting(memory.total())
    if not models or not await reached():
        return []
    return rows(models, python.with_name("hf"))


def rows(models: Sequence[Small], program: Path) -> "list[Row]":
    """What is there to choose, and how the best of it is run."""
    best = models[-1].id
    folder = best.rpartition("/")[2]
    listed = ", ".join(f"{model.id} ({model.size / GB:.1f} GB)" for model in models)
    return [
        ("Better", f"this CPU would run {listed}"),
        ("", shlex.join([str(program), "download", best, "--local-dir", folder])),
        ("", f"dragoman up ./{folder}"),
    ]
