"""This machine's GPUs: the real binding without a driver, and stand-ins of its functions for the rest."""

import os
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pynvml  # type: ignore[import-untyped]
import pytest

from dragoman.machine import gpus, processes
from dragoman.machine.gpus import Holder
from dragoman.model.hardware import Gpu

GIB = 1 << 30
H100 = "NVIDIA H100 80GB HBM3"


class Driver:
    """Stands in for NVML's functions: `cards` GPUs; one named in `lacking` says it is missing."""

    def __init__(
        self, cards: int, lacking: tuple[str, ...] = (), slow_pairs: tuple[tuple[int, int], ...] = ()
    ):
        self.cards, self.lacking, self.slow_pairs = cards, lacking, slow_pairs
        self.running: dict[int, list[SimpleNamespace]] = {}
        self.ended = False

    def install(self, patch: pytest.MonkeyPatch) -> None:
        for name, call in self.functions().items():
            patch.setattr(pynvml, name, self.missing if name in self.lacking else call)

    def missing(self, *_: Any) -> Any:
        raise pynvml.NVMLError(pynvml.NVML_ERROR_NOT_SUPPORTED)

    def functions(self) -> dict[str, Callable[..., Any]]:
        return {
            "nvmlInit": lambda: None,
            "nvmlShutdown": lambda: setattr(self, "ended", True),
            "nvmlSystemGetDriverVersion": lambda: "580.95.05",
            "nvmlDeviceGetCount": lambda: self.cards,
            "nvmlDeviceGetHandleByIndex": self.handle,
            "nvmlDeviceGetHandleByUUID": lambda uuid: 70 if uuid == "MIG-7" else self.missing(),
            "nvmlDeviceGetUUID": lambda handle: f"GPU-{handle:04d}-aaaa",
            "nvmlDeviceGetName": lambda handle: H100.encode() if handle else H100,
            "nvmlDeviceGetCudaComputeCapability": lambda _: (9, 0),
            "nvmlDeviceGetMemoryInfo": self.memory,
            "nvmlDeviceGetP2PStatus": self.pair,
            "nvmlDeviceGetComputeRunningProcesses": lambda handle: self.running.get(handle, []),
        }

    def handle(self, index: int) -> int:
        return index if index < self.cards else self.missing()

    def memory(self, handle: int, version: int | None = None) -> SimpleNamespace:
        if version and "v2" in self.lacking:
            self.missing()
        reserved = {"reserved": GIB // 2} if version else {}
        return SimpleNamespace(total=80 * GIB, free=(70 + handle) * GIB, **reserved)

    def pair(self, one: int, other: int, index: int) -> int:
        assert index == pynvml.NVML_P2P_CAPS_INDEX_NVLINK
        slow = (one, other) in self.slow_pairs
        return int(pynvml.NVML_P2P_STATUS_NOT_SUPPORTED if slow else pynvml.NVML_P2P_STATUS_OK)


def test_the_real_binding_without_a_driver_finds_no_gpu_and_raises_nothing() -> None:
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        found = gpus.find()
        assert found.gpus == ()
        assert found.linked is None
        assert found.driver == ""
        assert gpus.leftovers() == ()
    else:
        pynvml.nvmlShutdown()
        assert gpus.find({}).driver


def test_the_rest_of_the_machine_is_found_without_a_driver() -> None:
    found = gpus.find({})
    assert found.ram is None or found.ram > GIB // 4
    assert found.nodes == 1


def test_cards_as_cuda_sees_them(monkeypatch: pytest.MonkeyPatch) -> None:
    driver = Driver(2)
    driver.install(monkeypatch)
    found = gpus.find({})
    seen = 80 * GIB - GIB // 2
    assert found.gpus == (Gpu(H100, seen, 70 * GIB, (9, 0)), Gpu(H100, seen, 71 * GIB, (9, 0)))
    assert found.linked is True
    assert found.driver == "580.95.05"
    assert driver.ended


CHOICES: dict[str, tuple[str | None, list[int]]] = {
    "not set": (None, [0, 1, 2]),
    "some, in another order": ("2,0", [2, 0]),
    "empty hides all": ("", []),
    "-1 hides all": ("-1", []),
    "what does not exist hides what follows": ("1,7,0", [1]),
    "the same twice": ("1,1", [1]),
    "by UUID": ("GPU-0002-aaaa", [2]),
    "by the beginning of a UUID": ("GPU-0001, 0", [1, 0]),
    "a beginning that fits two": ("GPU-000", []),
    "a slice of a GPU": ("MIG-7", [70]),
    "rubbish": ("all", []),
}


@pytest.mark.parametrize("case", CHOICES)
def test_cuda_visible_devices(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen, expected = CHOICES[case]
    Driver(3).install(monkeypatch)
    found = gpus.find({} if chosen is None else {"CUDA_VISIBLE_DEVICES": chosen})
    assert [gpu.free for gpu in found.gpus] == [(70 + index) * GIB for index in expected]


LINKS: dict[str, tuple[Driver, bool | None]] = {
    "one GPU has nobody to reach": (Driver(1), None),
    "every pair has NVLink": (Driver(4), True),
    "one pair has not": (Driver(4, slow_pairs=((1, 3),)), False),
    "the driver does not say": (Driver(2, lacking=("nvmlDeviceGetP2PStatus",)), None),
}


@pytest.mark.parametrize("case", LINKS)
def test_links(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    driver, expected = LINKS[case]
    driver.install(monkeypatch)
    assert gpus.find({}).linked is expected


def test_an_old_driver_without_the_reserved_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    Driver(1, lacking=("v2",)).install(monkeypatch)
    assert gpus.find({}).gpus == (Gpu(H100, 80 * GIB, 70 * GIB, (9, 0)),)


def test_a_gpu_that_shares_the_machines_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    Driver(1, lacking=("nvmlDeviceGetMemoryInfo",)).install(monkeypatch)
    found = gpus.find({})
    assert [gpu.memory for gpu in found.gpus] == [found.ram]


@pytest.mark.parametrize("lacking", Driver(1).functions())
def test_whatever_the_driver_lacks_nothing_is_raised(lacking: str, monkeypatch: pytest.MonkeyPatch) -> None:
    Driver(2, lacking=(lacking,)).install(monkeypatch)
    assert gpus.find({}).gpus or lacking in (
        "nvmlInit",
        "nvmlDeviceGetCount",
        "nvmlDeviceGetHandleByIndex",
    )
    assert gpus.leftovers() == ()


def test_who_holds_memory_and_which_of_them_are_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    driver = Driver(2)
    own = os.getpid()
    absent = 2**22 + 1
    driver.running = {
        0: [
            SimpleNamespace(pid=own, usedGpuMemory=3 * GIB),
            SimpleNamespace(pid=absent, usedGpuMemory=9 * GIB),
            SimpleNamespace(pid=1, usedGpuMemory=None),
        ],
        1: [SimpleNamespace(pid=own, usedGpuMemory=2 * GIB)],
    }
    driver.install(monkeypatch)
    mark = processes.mark(own)
    found = gpus.leftovers([mark] if mark else [])
    assert [(each.pid, each.size) for each in found] == [(absent, 9 * GIB), (own, 5 * GIB), (1, None)]
    assert [each.ours for each in found] == [False, mark is not None, False]
    assert found[0] == Holder(absent, 9 * GIB, "")
    assert found[1].name or mark is None
