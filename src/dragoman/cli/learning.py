"""What `dragoman up` tells once engines are ready: what their logs measured, and what the plan expected."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dragoman.model.hardware import Gpu
    from dragoman.model.measured import Measured
    from dragoman.planning.calibrate import Predicted
    from dragoman.runtime.keeper import Launch
    from dragoman.runtime.work import Work


def told(launches: "Sequence[Launch]", work: "Work") -> list[tuple[str, str]]:
    """The rows of the first engine whose log says something: replicas are alike."""
    from dragoman.machine.gpus import find

    gpus = find().gpus if work.device == "cuda" else ()
    return next((rows for launch in launches if (rows := learned(launch, gpus, work.predicted))), [])


def learned(
    launch: "Launch", gpus: "Sequence[Gpu]" = (), predicted: "Predicted | None" = None
) -> list[tuple[str, str]]:
    """Rows for people; what was measured is kept for the next plan. None where the log says nothing.

    `gpus` are all of the machine, `predicted` is None where nothing was planned.
    """
    from dragoman.machine.measurements import learn

    if launch.plan is None:
        return []
    found = learn(launch.log, launch.plan, gpus, predicted)
    texts = [text] if (text := _memory(found.measured)) else []
    texts += (
        found.notes if predicted or not found.measured else [note for note in found.notes if "kept" in note]
    )
    return [("" if number else "Measured", text) for number, text in enumerate(texts)]


def _memory(measured: "Measured") -> str:
    tokens, window = measured.kv_tokens, measured.max_model_len
    if tokens is None:
        return ""
    many = f": {tokens / window:,.1f} requests of {window:,} at once" if window else ""
    return f"the KV cache holds {tokens:,} tokens{many}"
