"""Which kinds of layers a model has, from the ways in which configs say it."""

from collections.abc import Mapping
from dataclasses import dataclass

from dragoman.planning.architecture import Linear
from dragoman.planning.fields import Config, UnknownConfig, number, optional

FULL = {"full_attention", "attention", "global", "full"}
SLIDING = {"sliding_attention", "local", "chunked_attention", "sliding_window"}
LINEAR = {"linear_attention", "gated_delta_net", "kda"}


@dataclass(frozen=True, slots=True)
class Kinds:
    """Layers by kind of attention; `window` is that of the sliding ones."""

    full: int
    sliding: int = 0
    linear: int = 0
    window: int = 0


def counts(text: Config, layers: int) -> Kinds:
    """How many layers of each kind. Raises UnknownConfig for kinds that are not known."""
    kinds = text.get("attn_type_list")
    if isinstance(kinds, list) and any(kind != 1 for kind in kinds):
        raise UnknownConfig("plan does not know the lightning attention in attn_type_list yet")
    listed = text.get("layer_types")
    if isinstance(listed, list):
        return _listed(text, [str(kind) for kind in listed[:layers]])
    kimi = text.get("linear_attn_config")
    if isinstance(kimi, Mapping) and isinstance(kimi.get("full_attn_layers"), list):
        full = len(kimi["full_attn_layers"])
        return Kinds(full, linear=layers - full)
    if _looks_linear(text):
        step = optional(text, "full_attention_interval") or 4
        return Kinds(layers // step, linear=layers - layers // step)
    if "hybrid_override_pattern" in text or "mamba_num_heads" in text or "ssm_cfg" in text:
        raise UnknownConfig("plan does not know the state-space layers of this model's config yet")
    return _windowed(text, layers)


def linear_of(text: Config, layers: int) -> Linear | None:
    """The sizes of the linear layers. Raises UnknownConfig where they are not stated."""
    if not layers:
        return None
    kimi = text.get("linear_attn_config")
    if isinstance(kimi, Mapping):
        heads, size = number(kimi, "num_heads"), number(kimi, "head_dim")
        return Linear(layers, heads, heads, size, size, optional(kimi, "short_conv_kernel_size") or 4)
    return Linear(
        layers=layers,
        key_heads=number(text, "linear_num_key_heads"),
        value_heads=number(text, "linear_num_value_heads"),
        key_dim=number(text, "linear_key_head_dim"),
        value_dim=number(text, "linear_value_head_dim"),
        kernel=optional(text, "linear_conv_kernel_dim") or 4,
    )


def _looks_linear(text: Config) -> bool:
    return "linear_num_value_heads" in text or "full_attention_interval" in text


def _listed(text: Config, kinds: list[str]) -> Kinds:
    strange = sorted(set(kinds) - FULL - SLIDING - LINEAR)
    if strange:
        raise UnknownConfig(f"plan does not know layers of the kind {strange[0]!r} in layer_types yet")
    sliding = sum(1 for kind in kinds if kind in SLIDING)
    linear = sum(1 for kind in kinds if kind in LINEAR)
    window = _window(text)
    if sliding and not window:
        raise UnknownConfig("the config has sliding layers and no sliding_window; complete the file")
    return Kinds(len(kinds) - sliding - linear, sliding, linear, window)


def _windowed(text: Config, layers: int) -> Kinds:
    """Older configs: a window for all layers, or a pattern of one full layer after several with it."""
    window = _window(text)
    if not window or text.get("use_sliding_window") is False or "compress_ratios" in text:
        return Kinds(layers)
    step = optional(text, "sliding_window_pattern", "_sliding_window_pattern")
    if step > 1:
        return Kinds(layers // step, layers - layers // step, window=window)
    if "max_window_layers" in text:
        last = min(layers, optional(text, "max_window_layers"))
        return Kinds(last, layers - last, window=window) if last < layers else Kinds(layers)
    return Kinds(0, layers, window=window)


def _window(text: Config) -> int:
    return optional(text, "sliding_window", "attention_chunk_size")
