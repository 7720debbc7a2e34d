"""What is said of other programs that hold GPU memory."""

import os

import pytest

from dragoman.machine import gpus
from dragoman.machine.gpus import Holder
from dragoman.runtime import leash, leftovers

GIB = 1 << 30


def test_others_are_named_and_our_own_and_small_ones_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    holders = (
        Holder(1, 40 * GIB, "/usr/bin/python train.py --api-key secret"),
        Holder(2, None, ""),
        Holder(3, 1 << 20, "Xorg"),
        Holder(4, 10 * GIB, "vllm"),
    )
    monkeypatch.setattr(gpus, "leftovers", lambda: holders)
    monkeypatch.setattr(leash, "descendants", lambda pid: {4} if pid == os.getpid() else set())
    said = leftovers.held()
    assert said[0].startswith(
        "process 1 (python), which is none of this gateway's, holds 40.0 GiB of GPU memory"
    )
    assert said[1].startswith("process 2, which is none of this gateway's, holds GPU memory;")
    assert len(said) == 2


def test_without_a_gpu_nothing_is_held() -> None:
    if not gpus.find().gpus:
        assert leftovers.held() == []
