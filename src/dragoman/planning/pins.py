"""What the user decided; the plan takes it as it is and judges it. None and empty: the plan decides."""

from dataclasses import dataclass

from dragoman.planning import versions
from dragoman.planning.versions import Version


@dataclass(frozen=True, slots=True)
class Pins:
    """The options of `dragoman plan`, named as vLLM names them where it has the same."""

    quant: str = ""
    tp: int | None = None
    pp: int | None = None
    ep: bool | None = None
    dp: int | None = None
    dcp: int | None = None
    max_model_len: int | None = None
    gpu_memory_utilization: float | None = None
    max_num_batched_tokens: int | None = None
    max_num_seqs: int | None = None
    kv_cache_dtype: str = ""
    enforce_eager: bool = False
    attention_backend: str = ""
    engine_version: str = ""

    @property
    def version(self) -> Version | None:
        """The engine's version, None where none was named. Raises ValueError."""
        return versions.parse(self.engine_version)

    @property
    def layout(self) -> bool:
        """Whether the user decided how the model is spread."""
        return any(size is not None for size in (self.tp, self.pp, self.dp))

    @property
    def judged(self) -> bool:
        """Whether the user decided what is run or how, so that nothing else may take its place."""
        return self.layout or bool(self.quant)
