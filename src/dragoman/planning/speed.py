"""How fast it will be: ranges with their basis, or nothing where nobody measured.

    ms per token = bytes per step / (TP * bandwidth * 0.90) + 0.090 * layers + 0.020 * batch

Fitted on 824 measurements of vLLM that NVIDIA's AIConfigurator publishes (mean error 15.5 %): datacenter
cards with NVLink, at most 64 requests at once. Prefill: the share of dense FLOPs that was observed.
"""

from dataclasses import dataclass

from dragoman.model.deployment import Layout
from dragoman.planning.architecture import Architecture
from dragoman.planning.cache import Batch, token_bytes
from dragoman.planning.cards import Card
from dragoman.planning.parts import Parts, parameters
from dragoman.planning.quantization import EIGHT_BITS, Scheme

EFFICIENCY, PER_LAYER_MS, PER_REQUEST_MS = 0.90, 0.090, 0.020
SLOWER, FASTER = 0.75, 1.15
DEEP, DEEP_SLOWER, DEEP_FASTER = 90, 0.65, 1.0
"""Of the deepest models the formula was up to 1.6 times too quick on vLLM 0.12."""
PREFILL_SHARE, PREFILL_SHARE_16 = (0.12, 0.20), (0.20, 0.30)
"""Of dense FLOPs, attention included: 0.17 was observed with FP8, 0.24 to 0.29 in 16 bits (H100, A100)."""
TYPICAL_CONTEXT = 30_000


@dataclass(frozen=True, slots=True)
class Speed:
    """Tokens per second of one request at a context of 30,000: decoding, and reading a cold prompt.

    None: not measured on such cards. `basis` says in words where the figures come from.
    """

    decode: tuple[int, int] | None
    prefill: tuple[int, int] | None
    basis: str

    @property
    def first_prompt(self) -> tuple[float, float] | None:
        """Seconds until the first token of a cold prompt of 30,000 tokens."""
        if not self.prefill:
            return None
        slow, fast = self.prefill
        return TYPICAL_CONTEXT / fast, TYPICAL_CONTEXT / slow


@dataclass(frozen=True, slots=True)
class Runs:
    """What runs: a model in a form, in a layout, on a card; `parts` are the bytes of its weights."""

    arch: Architecture
    scheme: Scheme
    parts: Parts
    layout: Layout
    card: Card | None
    linked: bool | None
    batch: Batch


def expect(runs: Runs) -> Speed:
    """The speed of one request."""
    card = runs.card
    if card is None or not card.bandwidth:
        return Speed(None, None, "not measured: nothing is known of this card's bandwidth")
    alone = runs.layout.gpus == 1
    if not card.measured or not (alone or runs.linked or card.nvlink):
        guess = _guess(runs, card)
        return Speed(
            None, None, f"not measured on {card.name}{'' if alone else ' like this'}; a guess: {guess}"
        )
    if runs.layout.pipeline > 1 or runs.layout.data > 1:
        return Speed(None, None, "not measured: the fit has neither pipeline nor data parallelism")
    if runs.arch.latent or runs.arch.linear or runs.arch.compression:
        guess = _guess(runs, card)
        return Speed(None, None, f"not measured: the fit has no such attention; a guess: {guess}")
    each = 1000 / step_ms(runs, card, 1, TYPICAL_CONTEXT)
    basis = "fit on published measurements of vLLM (mean error 15.5 %), one request at 30,000 tokens"
    low, high = (DEEP_SLOWER, DEEP_FASTER) if runs.arch.layers >= DEEP else (SLOWER, FASTER)
    return Speed((round(each * low), round(each * high)), prefill(runs, card), basis)


def step_ms(runs: Runs, card: Card, batch: int, context: int) -> float:
    """Milliseconds of one step that decodes one token of each of `batch` requests."""
    assert card.bandwidth
    per_ms = card.bandwidth * 1e9 * EFFICIENCY * runs.layout.tensor
    own = step_bytes(runs, batch, context) / per_ms
    return own + PER_LAYER_MS * runs.arch.layers + PER_REQUEST_MS * batch


def step_bytes(runs: Runs, batch: int, context: int) -> float:
    """Bytes that all GPUs read in one step: the weights that are touched, and the caches."""
    parts, experts = runs.parts, runs.arch.experts
    touched = 0.0
    if experts:
        touched = parts.experts * (1 - (1 - experts.active / experts.count) ** batch)
    always = parts.attention + parts.linear + parts.dense + parts.shared + parts.router
    always += parts.head or parts.embedding
    cached = batch * context * token_bytes(runs.arch, runs.layout, runs.batch) * runs.layout.tensor
    return always + touched + cached


def prefill(runs: Runs, card: Card) -> tuple[int, int] | None:
    """Tokens per second of a cold prompt, at 30,000 tokens."""
    flops = _flops(runs, card)
    if not flops:
        return None
    per_token = flops_per_token(runs.arch, TYPICAL_CONTEXT)
    most = flops * 1e12 * runs.layout.tensor / per_token
    low, high = PREFILL_SHARE_16 if flops == card.bf16 else PREFILL_SHARE
    return _rounded(most * low), _rounded(most * high)


def flops_per_token(arch: Architecture, context: int) -> float:
    """Of the active parameters, and of attention over half of the context."""
    parts, experts = parameters(arch), arch.experts
    active = parts.attention + parts.linear + parts.dense + parts.shared + (parts.head or parts.embedding)
    if experts:
        active += parts.experts * experts.active / experts.count
    return 2 * active + 4 * arch.full * arch.heads * (arch.head_dim or 128) * context / 2


def _flops(runs: Runs, card: Card) -> float | None:
    if runs.scheme.name in EIGHT_BITS and card.fp8:
        return card.fp8
    if runs.scheme.name in ("nvfp4", "mxfp4") and card.fp4:
        return card.fp4
    return card.bf16


def _guess(runs: Runs, card: Card) -> str:
    half = 1000 / step_ms(runs, card, 1, TYPICAL_CONTEXT) / 2
    return f"about {_rounded(half)} tokens/s, half of what the fit for datacenter cards says"


def _rounded(value: float) -> int:
    """Two digits that mean something."""
    step: int = 10 ** max(0, len(str(int(value))) - 2)
    return round(value / step) * step
