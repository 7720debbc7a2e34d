"""A machine, as far as a deployment depends on it, memory in bytes: `machine` finds out, `planning` reads."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Gpu:
    """One GPU: its name, its memory as the driver shows it, what of it is free, its compute capability.

    None: not known, as of cards that were only named.
    """

    name: str
    memory: int
    free: int | None = None
    capability: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Machine:
    """What was found, or named. `linked`: every two GPUs reach each other over NVLink or the like.

    `nodes` machines of the same kind may stand beside each other; everything here is of one of them.
    """

    gpus: tuple[Gpu, ...] = ()
    linked: bool | None = None
    ram: int | None = None
    shm: int | None = None
    """Size of /dev/shm."""
    driver: str = ""
    wsl: bool = False
    nodes: int = 1
