"""What holds memory of this machine's GPUs while nothing of ours should."""

import os
from pathlib import PurePath

from dragoman.machine import gpus
from dragoman.runtime import leash

GIB = 1 << 30
LEAST = 1 << 28
"""Desktops hold a little on every machine that has one."""


def held() -> list[str]:
    """Sentences on other programs, the largest first; what runs below this process is left out."""
    ours = leash.descendants(os.getpid())
    sentences = []
    for holder in gpus.leftovers():
        if holder.pid in ours or (holder.size is not None and holder.size < LEAST):
            continue
        size = "GPU memory" if holder.size is None else f"{holder.size / GIB:.1f} GiB of GPU memory"
        # Arguments may hold what is nobody's business.
        name = PurePath(holder.name.split(" ")[0]).name
        who = f" ({name[:60]})" if name else ""
        sentences.append(
            f"process {holder.pid}{who}, which is none of this gateway's, holds {size}; "
            "where that memory is wanted, end it"
        )
    return sentences
