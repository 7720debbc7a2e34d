"""One model in one form and one layout on these GPUs: does it start, with what window, or why not."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from dragoman.model.checkpoint import Checkpoint
from dragoman.model.deployment import Deployment, Layout
from dragoman.model.hardware import Machine
from dragoman.planning import cache, rules, versions, weights, window
from dragoman.planning.architecture import Architecture
from dragoman.planning.cache import Batch, Pool
from dragoman.planning.calibrate import Correction
from dragoman.planning.catalogue import Choice
from dragoman.planning.memory import Memory, Settings, divide
from dragoman.planning.parts import Parts
from dragoman.planning.pins import Pins
from dragoman.planning.quantization import BF16, Scheme
from dragoman.planning.versions import GIB
from dragoman.planning.weights import stored

Correct = Callable[[Deployment], Correction]
"""What earlier starts on this machine say of a deployment."""

HUGE = 1 << 30
"""A window that no model has."""
NOTHING = Correction()


@dataclass(frozen=True, slots=True)
class Subject:
    """What is to be run: a checkpoint, read."""

    choice: Choice
    arch: Architecture
    scheme: Scheme
    parts: Parts
    note: str = ""
    """What was made of a form that the user pinned."""

    @property
    def checkpoint(self) -> Checkpoint:
        return self.choice.checkpoint


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement. `fits` None: the memory is not known. `longest`: the longest request the cache holds.

    `tokens` is what vLLM will print as the size of its cache, per engine; where a stated window does not fit,
    the longest request instead.
    """

    subject: Subject
    layout: Layout
    settings: Settings
    memory: Memory | None
    pool: Pool
    fits: bool | None
    error: str | None = None
    reason: str = ""
    window: int = 0
    longest: int = 0
    tokens: int | None = None
    tight: bool = False
    replicas: int = 1
    notes: tuple[str, ...] = ()
    """What of it was measured at an earlier start."""

    @property
    def weights(self) -> float:
        """Bytes on the GPU that holds most."""
        return weights.per_gpu(self.subject.parts, self.subject.arch, self.layout)

    @property
    def concurrency(self) -> float:
        """Requests of the whole window that run at once, over all replicas."""
        return (self.tokens or 0) / self.window * self.replicas if self.window else 0.0


def settings(pins: Pins, subject: Subject, machine: Machine) -> Settings:
    """What the engine will run with: what is pinned, else its defaults. Raises ValueError."""
    version = pins.version
    gpu = machine.gpus[0] if machine.gpus else None
    memory, name = (gpu.memory, gpu.name) if gpu else (0, "")
    batched = pins.max_num_batched_tokens or versions.batched_tokens(version, memory, name)
    sequences = pins.max_num_seqs
    if sequences is None:
        sequences = min(versions.sequences(version, memory, name), batched)
    return Settings(
        utilization=pins.gpu_memory_utilization or versions.utilization(version),
        batched_tokens=batched,
        sequences=sequences,
        kv_dtype=pins.kv_cache_dtype or _kv_dtype(subject, version),
        eager=pins.enforce_eager,
        version=version,
    )


def _too_old(subject: Subject, made: Settings) -> str | None:
    model = subject.choice.model
    since = versions.parse(model.since) if model else None
    if not model or not since or made.version is None or made.version >= since:
        return None
    return f"{subject.arch.name} needs vLLM {model.since} or later"


def _kv_dtype(subject: Subject, version: versions.Version | None) -> str:
    heeded = (version or versions.NEWEST) >= versions.KV_DTYPE_HEEDED
    return "fp8" if subject.scheme.fp8_kv and heeded else ""


def judge(
    subject: Subject,
    layout: Layout,
    machine: Machine,
    pins: Pins,
    measured: Correction = NOTHING,
) -> Verdict:
    """The verdict on one layout. Raises ValueError for pins that make no sense."""
    made = settings(pins, subject, machine)
    arch = subject.arch
    batch = Batch(made.batched_tokens, made.kv_dtype, made.version)
    pool = cache.pool(arch, layout, batch)
    gpu = machine.gpus[0] if machine.gpus else None
    total = gpu.memory if gpu else 0
    own = weights.per_gpu(subject.parts, arch, layout)
    memory = divide(total, own, arch, layout, made) if total else None
    if measured:
        memory, pool = _as_measured(memory, pool, measured)
    verdict = Verdict(subject, layout, made, memory, pool, fits=None, notes=measured.notes)
    case = rules.Case(
        arch=arch,
        scheme=subject.scheme,
        layout=layout,
        settings=made,
        gpus=len(machine.gpus) * machine.nodes,
        capability=gpu.capability if gpu else None,
        amd=bool(gpu and gpu.name.upper().startswith("MI")),
        max_model_len=pins.max_model_len,
    )
    if error := rules.refusal(case) or _too_old(subject, made):
        return replace(verdict, fits=False, error=error, reason=error)
    if memory is None:
        return replace(verdict, window=pins.max_model_len or arch.context)
    return weigh(verdict, pins, machine)


def _as_measured(memory: Memory | None, pool: Pool, measured: Correction) -> tuple[Memory | None, Pool]:
    """What an earlier start measured takes the place of what was computed."""
    if measured.kv_bytes:
        pool = Pool(round(cache.BLOCK * measured.kv_bytes), (cache.Group(cache.BLOCK),))
    if memory and measured.weights is not None:
        memory = replace(memory, weights=measured.weights)
    if memory and measured.overhead is not None:
        memory = replace(memory, activations=measured.overhead, graphs=0.0)
    return memory, pool


def weigh(verdict: Verdict, pins: Pins, machine: Machine) -> Verdict:
    """The verdict once the memory is divided: what fits into what is left."""
    memory, arch = verdict.memory, verdict.subject.arch
    assert memory
    longest = verdict.pool.longest(memory.available, HUGE)
    wanted = pins.max_model_len if (pins.max_model_len or 0) > 0 else None
    if (reason := _too_little(verdict, machine, wanted)) or longest < min(window.STARTS, wanted or HUGE):
        reason = reason or _no_cache(memory, longest)
        return replace(
            verdict, fits=False, longest=longest, tokens=longest, reason=reason, window=wanted or 0
        )
    if wanted and longest < wanted:
        needed = verdict.pool.bytes_at(wanted) / GIB
        reason = (
            f"a window of {wanted:,} needs {needed:.1f} GiB of KV cache on each GPU, "
            f"{memory.available / GIB:.1f} are left: at most about {longest:,} tokens fit"
        )
        return replace(verdict, fits=False, longest=longest, tokens=longest, reason=reason, window=wanted)
    chosen = window.Window(wanted, longest < wanted * window.TIGHT) if wanted else None
    chosen = chosen or window.choose(longest, arch.context)
    tokens = verdict.pool.tokens(memory.available, chosen.tokens)
    fits = replace(verdict, fits=True, longest=longest, tokens=tokens)
    return replace(fits, window=chosen.tokens, tight=chosen.tight)


def _too_little(verdict: Verdict, machine: Machine, wanted: int | None) -> str:
    memory = verdict.memory
    assert memory
    gib = f"{memory.weights / GIB:.1f} GiB of weights on each GPU"
    plain = weights.per_gpu(stored(verdict.subject.arch, BF16), verdict.subject.arch, verdict.layout)
    version = verdict.settings.version or versions.NEWEST
    if verdict.subject.scheme.flag and version < versions.QUANTIZED_AS_LOADED and plain > memory.total:
        return f"this release loads all of the 16-bit weights first, {plain / GIB:.1f} GiB on each GPU"
    if memory.weights > memory.total:
        return f"{gib}, and a GPU has {memory.total / GIB:.1f}"
    if memory.available <= 0:
        rest = memory.budget - memory.weights
        others = (memory.activations + memory.graphs) / GIB
        if rest <= 0:
            return f"{gib} exceed the budget of {memory.budget / GIB:.1f} GiB"
        return f"{gib} leave {rest / GIB:.1f} GiB, and a start takes {others:.1f} beside the KV cache"
    free = [gpu.free for gpu in machine.gpus if gpu.free is not None]
    if free and min(free) < memory.budget:
        return (
            f"Free memory on device ({min(free) / GIB:.1f} GiB) is less than desired GPU memory utilization "
            f"({verdict.settings.utilization:g}, {memory.budget / GIB:.1f} GiB): end what holds it, or set "
            f"--gpu-memory-utilization {max(0.0, min(free) / memory.total - 0.015):.2f}"
        )
    return _old_encoder(verdict, wanted)


def _old_encoder(verdict: Verdict, wanted: int | None) -> str:
    """Reported for Qwen3-VL on vLLM 0.11: QwenLM/Qwen3-VL#1489 and #1684; a short window starts."""
    version = verdict.settings.version
    long = (wanted or verdict.subject.arch.context) > rules.ENCODER_LIMIT
    if not verdict.subject.arch.vision or version is None or version >= versions.ENCODER_PROFILE_BOUNDED:
        return ""
    return OLD_ENCODER if long else ""


OLD_ENCODER = (
    "this release of vLLM profiles a video as long as the window and runs out of memory in the encoder: "
    "use vLLM 0.12 or later, a window of at most 65,536, or --limit-mm-per-prompt.video 0"
)


def _no_cache(memory: Memory, longest: int) -> str:
    return (
        f"{memory.available / GIB:.1f} GiB are left for the KV cache, which hold {longest:,} tokens: too few "
        "to work with"
    )
