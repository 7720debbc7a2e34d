"""The GPUs of this machine, asked of NVIDIA's driver through NVML, and the processes that hold their memory.

Nothing here ever raises: a machine without a driver has no GPUs. GPUs of other makers are not detected; they
can be named (`--gpus`). What CUDA_VISIBLE_DEVICES hides is left out, as CUDA itself does.
"""

import os
import platform
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import combinations
from typing import Any, TypeVar

import pynvml  # type: ignore[import-untyped]

from dragoman.machine import memory
from dragoman.machine.processes import Mark, belongs, title
from dragoman.model.hardware import Gpu, Machine

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Holder:
    """A process that holds memory of a GPU: bytes over all GPUs (None: the driver does not say).

    Only one that is `ours` may be ended, and by its pid.
    """

    pid: int
    size: int | None
    name: str
    ours: bool = False


def find(environment: Mapping[str, str] | None = None) -> Machine:
    """This machine. Without a driver, or without a visible GPU, `gpus` is empty."""
    gpus: tuple[Gpu, ...] = ()
    linked, driver = None, ""
    with _nvml() as usable:
        if usable:
            driver = _text(_ask(pynvml.nvmlSystemGetDriverVersion, default=""))
            handles = list(_visible(os.environ if environment is None else environment))
            gpus = tuple(gpu for gpu in map(_gpu, handles) if gpu is not None)
            linked = _linked(handles)
    return Machine(gpus, linked, memory.total(), _shm(), driver, _wsl())


def leftovers(marks: Collection[Mark] = ()) -> tuple[Holder, ...]:
    """Every process that holds memory of any GPU, the largest first.

    `marks` name processes that we started (`processes.mark`): they and all that came of them are ours, even
    where they were orphaned since. In a container the driver may name processes that are not to be seen here.
    """
    sizes: dict[int, int | None] = {}
    with _nvml() as usable:
        for handle in _handles() if usable else ():
            for process in _ask(pynvml.nvmlDeviceGetComputeRunningProcesses, handle, default=[]):
                size, before = process.usedGpuMemory, sizes.get(process.pid)
                sizes[process.pid] = before if size is None else size + (before or 0)
    found = (
        Holder(pid, size, title(pid), any(belongs(pid, mark) for mark in marks))
        for pid, size in sizes.items()
    )
    return tuple(sorted(found, key=lambda each: -(each.size or 0)))


@contextmanager
def _nvml() -> Iterator[bool]:
    try:
        pynvml.nvmlInit()
    except (pynvml.NVMLError, OSError):
        yield False
        return
    try:
        yield True
    finally:
        _ask(pynvml.nvmlShutdown)


def _ask(call: Callable[..., Any], *arguments: Any, default: Any = None) -> Any:
    """What the driver answers; `default` where it cannot. Old drivers lack functions and report that too."""
    try:
        return call(*arguments)
    except (pynvml.NVMLError, AttributeError, TypeError, ValueError):
        return default


def _handles() -> list[Any]:
    count = _ask(pynvml.nvmlDeviceGetCount, default=0)
    found = (_ask(pynvml.nvmlDeviceGetHandleByIndex, index) for index in range(count))
    return [handle for handle in found if handle is not None]


def _visible(environment: Mapping[str, str]) -> Iterator[Any]:
    """Those that CUDA would show, in its order; as CUDA does, it stops at the first that does not exist."""
    chosen = environment.get("CUDA_VISIBLE_DEVICES")
    handles = _handles()
    if chosen is None:
        yield from handles
        return
    seen: list[Any] = []
    for word in chosen.split(","):
        handle = _named(word.strip(), handles)
        if handle is None or any(handle is each for each in seen):
            return
        seen.append(handle)
        yield handle


def _named(word: str, handles: list[Any]) -> Any:
    """`3`, `GPU-8932f937` (the beginning of a UUID is enough) or `MIG-...`."""
    if word.isdecimal():
        return handles[int(word)] if int(word) < len(handles) else None
    if word.startswith("MIG-"):
        return _ask(pynvml.nvmlDeviceGetHandleByUUID, word)
    if not word.startswith("GPU-"):
        return None
    found = [handle for handle in handles if _uuid(handle).startswith(word)]
    return found[0] if len(found) == 1 else None


def _uuid(handle: Any) -> str:
    return _text(_ask(pynvml.nvmlDeviceGetUUID, handle, default=""))


def _gpu(handle: Any) -> Gpu | None:
    total, free = _memory(handle)
    if total is None:
        return None
    name = _text(_ask(pynvml.nvmlDeviceGetName, handle, default="")) or "unknown GPU"
    capability = _ask(pynvml.nvmlDeviceGetCudaComputeCapability, handle)
    return Gpu(name, total, free, capability and (int(capability[0]), int(capability[1])))


def _memory(handle: Any) -> tuple[int | None, int | None]:
    """Total and free as CUDA sees them: without what the driver keeps for itself (0.5 GiB of an H100)."""
    second = getattr(pynvml, "nvmlMemory_v2", None)
    if found := _ask(pynvml.nvmlDeviceGetMemoryInfo, handle, second):
        return int(found.total) - int(getattr(found, "reserved", 0)), int(found.free)
    if found := _ask(pynvml.nvmlDeviceGetMemoryInfo, handle):
        return int(found.total), int(found.free)
    # GPUs that share the machine's memory have none of their own (DGX Spark).
    return memory.total(), memory.available()


def _linked(handles: list[Any]) -> bool | None:
    """Whether every two reach each other over NVLink; None for one alone, or where nobody knows."""
    pairs = list(combinations(handles, 2))
    index = pynvml.NVML_P2P_CAPS_INDEX_NVLINK
    states = [_ask(pynvml.nvmlDeviceGetP2PStatus, one, other, index) for one, other in pairs]
    if any(state is not None and state != pynvml.NVML_P2P_STATUS_OK for state in states):
        return False
    return None if not states or None in states else True


def _text(value: Any) -> str:
    """Older bindings answer in bytes."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _shm() -> int | None:
    try:
        return shutil.disk_usage("/dev/shm").total  # noqa: S108 - its size, nothing is written
    except OSError:
        return None


def _wsl() -> bool:
    return "microsoft" in f"{platform.release()} {platform.version()}".lower()
