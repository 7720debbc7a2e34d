"""What a start teaches the next plan: prediction and measurement compared, and what of it may be used again.

Sizes are bytes on one GPU. `engines.vllm.measured` reads a log, `machine.measurements` keeps what it tells.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from dragoman.model.deployment import Deployment
from dragoman.model.measured import Measured
from dragoman.planning.memory import Memory

GIB = 1 << 30
CLOSE = 0.10
"""A plan's KV tokens within this share of what was measured are called right."""

# What changes the memory beside weights and KV cache, so that a measurement without it says nothing of it.
_SETTINGS = ("max_num_batched_tokens", "max_num_seqs", "enforce_eager", "attention_backend")


@dataclass(frozen=True, slots=True)
class Predicted:
    """What a plan expected of the engine: None where it did not say. `overhead` is neither weights nor KV."""

    weights: int | None = None
    overhead: int | None = None
    kv_memory: int | None = None
    kv_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Correction:
    """What takes the place of a plan's own figures; None where nothing was measured that still holds.

    `kv_bytes` are the bytes of one token in the KV cache; `notes` say in words what is used and what is not.
    """

    weights: int | None = None
    overhead: int | None = None
    kv_bytes: float | None = None
    notes: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return any(value is not None for value in (self.weights, self.overhead, self.kv_bytes))


def compare(predicted: Predicted, measured: Measured) -> tuple[str, ...]:
    """The difference in sentences, the most important first; none where nothing can be compared."""
    return tuple(_differences(predicted, measured))


def error(predicted: Predicted, measured: Measured) -> float | None:
    """How far the plan's KV tokens are from the measured ones: 0.1 is 10 % too many."""
    if predicted.kv_tokens is None or not measured.kv_tokens:
        return None
    return predicted.kv_tokens / measured.kv_tokens - 1


def correction(measured: Measured, was: Deployment, now: Deployment, when: str = "") -> Correction:
    """What a start of the deployment `was` says of `now`, on the same machine; empty for another model."""
    if not comparable(was, now):
        return Correction()
    notes = [
        f"Measured on this machine at a start{when and f' on {when}'}, so exact where nothing else is said."
    ]
    changed = settings_changed(was, now)
    overhead = measured.overhead
    if changed and overhead is not None:
        overhead = None
        notes.append(f"Activations are estimated: measured with another {_list(changed)}.")
    if overhead is not None and (now.max_model_len or 0) > (was.max_model_len or 0) > 0:
        notes.append(f"Measured with a window of {was.max_model_len:,}; a longer one may take more.")
    found = Correction(measured.weights, overhead, _kv_bytes(measured, was, now))
    return Correction(found.weights, found.overhead, found.kv_bytes, tuple(notes)) if found else Correction()


def comparable(was: Deployment, now: Deployment) -> bool:
    """Whether a measurement of one says anything of the other."""
    names = ("model", "layout", "nodes", "quantization", "engine")
    return all(getattr(was, name) == getattr(now, name) for name in names)


def settings_changed(was: Deployment, now: Deployment) -> list[str]:
    """Fields of a deployment that decide on activations and graphs, and are not the same in both."""
    changed = [name for name in _SETTINGS if getattr(was, name) != getattr(now, name)]
    # A plan for no certain release is one for the release that runs.
    versions = {was.engine_version, now.engine_version} - {""}
    return [*changed, "engine_version"] if len(versions) > 1 else changed


def corrected(memory: Memory, found: Correction) -> Memory:
    """The same division with measured figures where there are some."""
    weights = memory.weights if found.weights is None else found.weights
    if found.overhead is None:
        return replace(memory, weights=weights)
    return replace(memory, weights=weights, activations=found.overhead, graphs=0.0)


def _kv_bytes(measured: Measured, was: Deployment, now: Deployment) -> float | None:
    # With sliding windows or a fixed state, the engine's figure holds only at the window it was printed for.
    same = was.kv_cache_dtype == now.kv_cache_dtype and was.max_model_len == now.max_model_len
    if not same or not measured.kv_tokens or not measured.kv_memory or measured.kv_memory <= 0:
        return None
    return measured.kv_memory / measured.kv_tokens


def _differences(predicted: Predicted, measured: Measured) -> Iterator[str]:
    off = error(predicted, measured)
    if off is not None:
        verdict = "the plan was right" if abs(off) <= CLOSE else "the plan was off"
        tokens = f"{predicted.kv_tokens:,} tokens expected, {measured.kv_tokens:,} measured"
        yield f"KV cache: {tokens} ({_off(off)}): {verdict}."
    elif measured.kv_tokens is not None:
        yield f"KV cache: {measured.kv_tokens:,} tokens measured, none expected by the plan."
    sizes = (
        ("Memory for the KV cache", predicted.kv_memory, measured.kv_memory),
        ("Weights", predicted.weights, measured.weights),
        ("Activations, graphs and the rest", predicted.overhead, measured.overhead),
    )
    for what, expected, seen in sizes:
        if expected is not None and seen is not None:
            change = f"{(seen - expected) / GIB:+.2f} GiB"
            yield f"{what}: {_gib(expected)} expected, {_gib(seen)} measured on each GPU ({change})."


def _gib(size: int) -> str:
    return f"{size / GIB:.2f} GiB"


def _off(share: float) -> str:
    return f"expected too {'many' if share > 0 else 'few'} by {abs(share) * 100:.1f} %" if share else "exact"


def _list(names: list[str]) -> str:
    words = [name.replace("_", " ") for name in names]
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
