"""What an engine told of its own start: `engines` reads it, `machine` keeps it, `planning` learns of it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measured:
    """Bytes on one GPU, seconds, tokens of one engine; None is what the log did not say.

    Of several workers the one with the largest weights, and the one with the least room for the KV cache,
    count: these decide. `activation` is the peak above what stays, `graphs` what captured CUDA graphs took,
    `graphs_estimate` what was held back for them. `requested` is the share of the memory that was asked for.
    """

    version: str = ""
    device: str = ""
    """`GPU` or `CPU`, as the engine names it."""
    kv_tokens: int | None = None
    concurrency: float | None = None
    max_model_len: int | None = None
    kv_memory: int | None = None
    weights: int | None = None
    consumed: int | None = None
    """Weights and what is not PyTorch's."""
    activation: int | None = None
    graphs: int | None = None
    graphs_estimate: int | None = None
    free: int | None = None
    total: int | None = None
    requested: int | None = None
    utilization: float | None = None
    kv_memory_advised: int | None = None
    """What the engine would set as `--kv-cache-memory` to use exactly what was requested."""
    download_s: float | None = None
    read_s: float | None = None
    load_s: float | None = None
    compile_s: float | None = None
    capture_s: float | None = None
    prepare_s: float | None = None

    def __bool__(self) -> bool:
        """Whether anything about memory was said."""
        return any(value is not None for value in (self.kv_tokens, self.kv_memory, self.weights))

    @property
    def overhead(self) -> int | None:
        """What is neither weights nor KV cache of the memory that was requested."""
        if self.requested is None or self.weights is None or self.kv_memory is None:
            return None
        return self.requested - self.weights - self.kv_memory
