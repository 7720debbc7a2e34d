"""Which ways there are to spread a model over GPUs, and the one that the user pinned."""

from collections.abc import Iterator

from dragoman.model.deployment import Layout
from dragoman.model.hardware import Machine
from dragoman.planning.architecture import Architecture
from dragoman.planning.pins import Pins


def pinned(pins: Pins) -> Layout:
    """The layout that the user decided, what he left out at the engine's default."""
    return Layout(pins.tp or 1, pins.pp or 1, pins.dp or 1, bool(pins.ep), pins.dcp or 1)


def candidates(arch: Architecture, machine: Machine, pins: Pins) -> Iterator[Layout]:
    """Layouts worth judging: tensor parallelism within a machine, pipelines across, experts whole or cut."""
    each, nodes = len(machine.gpus), machine.nodes
    experts = [False, True] if arch.experts else [False]
    if pins.ep is not None:
        experts = [pins.ep]
    for tensor in _divisors(each):
        for stages in _stages(tensor, each, nodes):
            for expert in experts:
                if expert and tensor * stages == 1:
                    continue
                yield Layout(tensor, stages, 1, expert)
                yield from _context_parallel(arch, tensor, stages, expert)
    if (arch.latent or arch.compression) and arch.experts and pins.ep is not False:
        for data in _divisors(each):
            if data > 1:
                yield Layout(1, 1, data, True)


def _context_parallel(arch: Architecture, tensor: int, stages: int, expert: bool) -> Iterator[Layout]:
    """Beyond the KV heads, tensor parallelism repeats the cache; sharing it out by position holds more."""
    repeats = tensor if arch.latent else tensor // arch.kv_heads
    if repeats > 1 and not (arch.linear or arch.sliding or arch.compression):
        yield Layout(tensor, stages, 1, expert, repeats)


def _stages(tensor: int, each: int, nodes: int) -> Iterator[int]:
    yield 1
    if nodes > 1 and tensor == each:
        yield nodes
    elif each // tensor > 1:
        yield each // tensor


def _divisors(count: int) -> list[int]:
    return [size for size in range(1, count + 1) if count % size == 0]
