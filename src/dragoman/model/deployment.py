"""A deployment, decided: what is to run, on how many GPUs, with which settings of the engine.

`planning` makes one, with its reasons; `engines` turns it into a command line, `exports` into files, and
`runtime` runs it. Lengths are in tokens, memory is a share of each GPU's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

AUTO_FIT = -1
"""As `max_model_len`: the engine takes the longest window that its memory holds."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How one engine spreads over GPUs. With `expert` the experts of a layer lie whole on single GPUs."""

    tensor: int = 1
    pipeline: int = 1
    data: int = 1
    expert: bool = False
    decode_context: int = 1

    @property
    def gpus(self) -> int:
        """GPUs of one engine, over all its nodes."""
        return self.tensor * self.pipeline * self.data

    def __str__(self) -> str:
        sizes = (("TP", self.tensor), ("PP", self.pipeline), ("DP", self.data), ("DCP", self.decode_context))
        words = [f"{name}{size}" for name, size in sizes if size > 1 or name == "TP"]
        return "+".join([*words, *(["EP"] if self.expert else [])])


@dataclass(frozen=True, slots=True)
class Deployment:
    """One model, served by `replicas` engines of the same `layout`, each spread over `nodes` machines.

    What is None, 0 or empty is left to the engine's own default. `extra` are arguments of the engine's own,
    which win; `environment` holds variables that must be set for it.
    """

    model: str
    served_name: str
    layout: Layout = Layout()
    nodes: int = 1
    replicas: int = 1
    max_model_len: int | None = None
    gpu_memory_utilization: float | None = None
    max_num_batched_tokens: int | None = None
    max_num_seqs: int | None = None
    kv_cache_dtype: str = ""
    quantization: str = ""
    enforce_eager: bool = False
    attention_backend: str = ""
    tool_parser: str = ""
    reasoning_parser: str = ""
    chat_template: str = ""
    trust_remote_code: bool = False
    extra: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    engine: str = "vllm"
    engine_version: str = ""

    @property
    def gpus(self) -> int:
        """All GPUs, over all replicas and nodes."""
        return self.layout.gpus * self.replicas
