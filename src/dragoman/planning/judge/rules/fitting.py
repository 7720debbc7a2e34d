"""What must fit: the window round the client's tools, the share of memory, the layout round the model."""

import re
from collections.abc import Iterator

from dragoman.model.deployment import Layout
from dragoman.planning import rules
from dragoman.planning.judge.case import Case
from dragoman.planning.judge.finding import Finding
from dragoman.planning.memory import Settings
from dragoman.planning.quantization import BF16
from dragoman.planning.versions import NEWEST

FIRST_REQUEST = 20_000
"""Claude Code's instructions and tools, in tokens."""

WINDOW_TOO_SMALL = 32 * 1024
WINDOW_TIGHT = 64 * 1024
SHARE_RISKY = 0.95
_UNITS = {"": 1, "k": 1000, "m": 1000**2, "g": 1000**3, "K": 1024, "M": 1024**2, "G": 1024**3}


def window(case: Case) -> Iterator[Finding]:
    """Claude Code's tools alone need 20,000 tokens of it, and the model has an end too."""
    option = case.option("--max-model-len")
    native = case.architecture.context if case.architecture else None
    if option is None:
        yield from _no_window(case, native)
        return
    tokens = _tokens(case.value("--max-model-len"))
    if tokens is None:
        return
    edits = (case.set(option, "auto"),)
    mend = "`auto` takes the longest that the memory holds"
    until = f", up to the model's {native:,}" if native else ""
    if native and tokens > native:
        says = f"The model has a window of {native:,} tokens, and vLLM refuses more. {mend}{until}."
        yield Finding("window", "wrong", option.line, says, True, edits)
    elif tokens <= WINDOW_TOO_SMALL:
        rest = max(0, tokens - FIRST_REQUEST)
        says = f"Claude Code's instructions and tools fill about {FIRST_REQUEST:,} of these {tokens:,} "
        says += f"tokens; {rest:,} remain for the work. {mend}{until}."
        yield Finding("window", "wrong", option.line, says, False, edits)
    elif tokens < WINDOW_TIGHT and (native is None or native > tokens):
        says = f"Little for Claude Code, which fills {FIRST_REQUEST:,} at once and then compacts often. "
        says += f"{mend}{until}."
        yield Finding("window", "risky", option.line, says, False, edits)
    else:
        says = f"Room for Claude Code's {FIRST_REQUEST:,} tokens of instructions and tools, and for its work."
        yield Finding("window", "right", option.line, says)


def _no_window(case: Case, native: int | None) -> Iterator[Finding]:
    if native and native > 2 * WINDOW_TIGHT and not case.start.open:
        says = f"--max-model-len auto: without it vLLM takes the model's {native:,} tokens, and refuses to "
        says += "start where the memory holds fewer."
        yield Finding("window", "missing", 0, says, added=("--max-model-len", "auto"))


def _tokens(value: str) -> int | None:
    """As vLLM reads it: 32768, 32K, 32k, 25.6k. None for auto and what is no number."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([kKmMgG]?)", value)
    return int(float(found[1]) * _UNITS[found[2]]) if found else None


def share(case: Case) -> Iterator[Finding]:
    """Only what is left beside the share is there for the driver, NCCL and other programs."""
    option = case.option("--gpu-memory-utilization")
    value = case.value("--gpu-memory-utilization")
    if option is None or not re.fullmatch(r"\d*\.?\d+", value):
        return
    share = float(value)
    if not 0 < share <= 1:
        says = "It is a share: more than 0, at most 1. Without it vLLM takes 0.92."
        yield Finding("memory-share", "wrong", option.line, says, True, (case.drop(option),))
    elif share >= SHARE_RISKY:
        says = (
            "Leaves too little for the driver, NCCL and the peaks of a step: out of memory under load, or a "
        )
        says += "refusal where anything else uses the GPU. vLLM's own 0.92 is enough."
        yield Finding("memory-share", "risky", option.line, says, edits=(case.drop(option),))
    else:
        yield Finding("memory-share", "right", option.line, "Leaves room for the driver and NCCL.")


def layout(case: Case) -> Iterator[Finding]:
    """Heads and FP8 blocks must be shared out whole."""
    option = case.option("--tensor-parallel-size")
    value = case.value("--tensor-parallel-size")
    arch, scheme = case.architecture, case.scheme or BF16
    if option is None or not value.isdecimal() or arch is None:
        return
    expert = case.start.has("--enable-expert-parallel")
    judged = rules.Case(
        arch, scheme, Layout(tensor=int(value), expert=expert), Settings(0.92, 8192, 256, version=NEWEST)
    )
    if refusal := rules.refusal(judged):
        sizes = [size for size in range(int(value), 0, -1) if arch.heads % size == 0]
        edits = (case.set(option, str(sizes[0])),) if sizes and sizes[0] < int(value) else ()
        yield Finding("layout", "wrong", option.line, f"vLLM refuses it: {refusal}.", True, edits)
    elif block := rules.refined(judged):
        says = f"Cuts the experts' FP8 blocks of {scheme.block}: vLLM 0.32 then uses blocks of {block} and "
        says += "slower kernels, older releases refuse. With --enable-expert-parallel they stay whole."
        yield Finding("layout", "wrong", option.line, says, added=("--enable-expert-parallel",))
    else:
        says = f"{arch.heads} heads over {value} GPUs"
        blocks = scheme.block and arch.experts
        yield Finding(
            "layout", "right", option.line, f"{says}, and whole FP8 blocks." if blocks else f"{says}."
        )


def visible(case: Case) -> Iterator[Finding]:
    """As many GPUs must be visible as the engine is spread over."""
    size = case.value("--tensor-parallel-size")
    shown = next(
        (w for w in case.start.before if w.raw.startswith("CUDA_VISIBLE_DEVICES=")),
        case.script.assigned.get("CUDA_VISIBLE_DEVICES"),
    )
    if shown is None or not shown.plain or not size.isdecimal():
        return
    devices = [
        device for device in shown.text.partition("=")[2 if "=" in shown.text else 0].split(",") if device
    ]
    stages = case.value("--pipeline-parallel-size") or "1"
    needed = int(size) * (int(stages) if stages.isdecimal() else 1)
    if needed > len(devices):
        says = f"CUDA_VISIBLE_DEVICES shows {len(devices)} GPUs, and {needed} are asked for."
        yield Finding("visible-gpus", "wrong", shown.line, says, True)


RULES = (window, share, layout, visible)
