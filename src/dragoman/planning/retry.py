"""What to change before a failed start is tried once more: at most once, and only with another plan.

Pure. The engine's table of causes says what may help; here it becomes another deployment. Lengths only get
shorter and shares only move within bounds, so that a second failure is the end.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from dragoman.engines.vllm.causes import Change, Found
from dragoman.model.deployment import Deployment

LEAST_WINDOW = 8_192
"""A shorter window is of no use to an agent: its instructions and tools do not fit."""

LEAST_BATCH = 2_048
LEAST_SEQUENCES = 16
DEFAULT_SHARE = 0.92
STEP = 0.03
SHARES = (0.5, 0.95)
"""The least and the largest share of a GPU's memory that a retry sets."""

_DEFAULT_BATCH = 8_192
_DEFAULT_SEQUENCES = 256

Changed = tuple[Deployment, str]


def change(deployment: Deployment, found: Sequence[Found], gpus: int | None = None) -> Changed | None:
    """Another deployment and what is different, or None where nothing that may be changed would help.

    `found` are the causes of one failed start, `gpus` those of the machine; without them no retry uses more
    than before.
    """
    for each in found:
        for suggested in each.changes if each.cause.kind in ("start", "running") else ():
            if _pinned(deployment, suggested):
                continue
            changed = _LEVERS[suggested.lever](deployment, suggested, gpus)
            if changed and changed[0] != deployment:
                return changed
    return None


def _pinned(deployment: Deployment, suggested: Change) -> bool:
    """Whether an argument of the user's own decides this, so that a change would have no effect."""
    flags = _FLAGS.get(suggested.lever, ())
    names = (word.partition("=")[0].replace("_", "-") for word in deployment.extra)
    return any(name in flags for name in names)


def _window(deployment: Deployment, suggested: Change, _: int | None) -> Changed | None:
    window = int(suggested.value) if isinstance(suggested.value, int | float) else 0
    now = deployment.max_model_len
    if window < LEAST_WINDOW or (now is not None and 0 < now <= window):
        return None
    return replace(deployment, max_model_len=window), f"a window of {window:,} tokens"


def _batch(deployment: Deployment, suggested: Change, _: int | None) -> Changed | None:
    now = deployment.max_num_batched_tokens or _DEFAULT_BATCH
    if now <= LEAST_BATCH:
        return None
    size = max(LEAST_BATCH, now // 2 if deployment.max_num_batched_tokens else LEAST_BATCH)
    return replace(deployment, max_num_batched_tokens=size), f"steps of at most {size:,} tokens"


def _sequences(deployment: Deployment, suggested: Change, _: int | None) -> Changed | None:
    now = deployment.max_num_seqs or _DEFAULT_SEQUENCES * 4
    wanted = int(suggested.value) if isinstance(suggested.value, int | float) else now // 2
    size = wanted if wanted < now else now // 2
    if size < LEAST_SEQUENCES:
        return None
    return replace(deployment, max_num_seqs=size), f"at most {size} requests at once"


def _share(deployment: Deployment, suggested: Change, _: int | None) -> Changed | None:
    now = deployment.gpu_memory_utilization or DEFAULT_SHARE
    if isinstance(suggested.value, int | float):
        share = float(suggested.value)
    else:
        share = round(now + (STEP if suggested.value == "+0.03" else -STEP), 2)
    if not SHARES[0] <= share <= SHARES[1] or share == now:
        return None
    return replace(deployment, gpu_memory_utilization=share), f"{share:.0%} of each GPU's memory"


def _eager(deployment: Deployment, suggested: Change, _: int | None) -> Changed | None:
    return replace(deployment, enforce_eager=True), "without CUDA graphs (slower)"


def _tensor(deployment: Deployment, suggested: Change, gpus: int | None) -> Changed | None:
    """A number is the size itself, `/N` divides it, None doubles it where the machine has the GPUs."""
    layout = deployment.layout
    if isinstance(suggested.value, str):
        size, odd = divmod(layout.tensor, int(suggested.value.removeprefix("/")))
        size = 0 if odd else size
    else:
        size = int(suggested.value) if suggested.value else layout.tensor * 2
    wider = replace(layout, tensor=size)
    allowed = deployment.gpus if gpus is None else gpus * deployment.nodes
    if size < 1 or wider.gpus * deployment.replicas > max(allowed, deployment.gpus):
        return None
    return replace(deployment, layout=wider), f"the layout {wider} instead of {layout}"


def _expert(deployment: Deployment, suggested: Change, _: int | None) -> Changed | None:
    if deployment.layout.tensor == 1:
        return None
    layout = replace(deployment.layout, expert=True)
    return replace(deployment, layout=layout), f"the layout {layout} instead of {deployment.layout}"


def _environment(deployment: Deployment, suggested: Change, _: int | None) -> Changed | None:
    name, _equals, value = str(suggested.value).partition("=")
    environment = {**deployment.environment, name: value}
    return replace(deployment, environment=environment), f"{name}={value}"


_FLAGS: Mapping[str, tuple[str, ...]] = {
    "max_model_len": ("--max-model-len",),
    "max_num_batched_tokens": ("--max-num-batched-tokens",),
    "max_num_seqs": ("--max-num-seqs",),
    "gpu_memory_utilization": ("--gpu-memory-utilization", "--device-memory-utilization"),
    "enforce_eager": ("--enforce-eager", "--no-enforce-eager"),
    "tensor": ("--tensor-parallel-size", "-tp"),
    "expert": ("--enable-expert-parallel", "--no-enable-expert-parallel", "-ep"),
}
_LEVERS: Mapping[str, Callable[[Deployment, Change, int | None], Changed | None]] = {
    "max_model_len": _window,
    "max_num_batched_tokens": _batch,
    "max_num_seqs": _sequences,
    "gpu_memory_utilization": _share,
    "enforce_eager": _eager,
    "tensor": _tensor,
    "expert": _expert,
    "environment": _environment,
}
