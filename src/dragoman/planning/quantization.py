"""How weights are stored: bytes per parameter, which parts it covers, what the engine must be told.

`read` finds it in a config.json, `named` in a user's word. Sources: vLLM's `layers/quantization`, and the
checkpoints' own files.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from dragoman.planning.fields import Config, UnknownConfig
from dragoman.planning.parts import Parts, layer_of, part_of_module

LINEARS = frozenset({"attention", "linear", "dense", "shared", "experts", "mtp"})
"""The parts that a scheme covers unless its config leaves them out."""


@dataclass(frozen=True, slots=True)
class Scheme:
    """A way of storing weights. `group`: values along a row that share a scale; `block`: a square of them.

    `flag` is the engine's `--quantization` where it quantizes 16-bit weights as it loads them. `rest` is how
    the parts that are not covered are stored: `shares` is the share of each part that is covered.
    """

    name: str
    bits: float = 16
    group: int = 0
    block: int = 0
    scale_bits: float = 0
    flag: str = ""
    shares: Mapping[str, float] | None = None
    experts: "Scheme | None" = None
    """Where experts are stored in another way than the rest."""
    fp8_kv: bool = False
    """The checkpoint asks for a KV cache in 8 bits."""

    @property
    def kind(self) -> str:
        """The scheme without its details, as users name it."""
        return self.name

    @property
    def bytes(self) -> float:
        """Bytes of one parameter, scales included."""
        per = self.block**2 if self.block else self.group
        return (self.bits + (self.scale_bits / per if per else 0)) / 8

    def of_parts(self, parts: Parts, plain: float = 2) -> Parts:
        """Bytes of each part; what is not covered takes `plain` bytes per parameter."""
        return parts.times({name: self._factor(name, plain) for name, _ in parts.items()})

    def _factor(self, part: str, plain: float) -> float:
        covered = (self.shares or {}).get(part, 1.0) if part in LINEARS else 0.0
        stored = self.experts.bytes if part == "experts" and self.experts else self.bytes
        return covered * stored + (1 - covered) * plain


BF16 = Scheme("bf16")
FP8_BLOCK = Scheme("fp8-block", 8, block=128, scale_bits=32)
FP8 = Scheme("fp8", 8)
FP8_ONLINE = Scheme("fp8-online", 8, flag="fp8")
FP8_ONLINE_BLOCK = Scheme("fp8-online-block", 8, block=128, scale_bits=32, flag="fp8_per_block")
AWQ = Scheme("awq-int4", 4, group=128, scale_bits=20)
GPTQ = Scheme("gptq-int4", 4, group=128, scale_bits=20)
INT8 = Scheme("int8", 8)
INT4 = Scheme("int4", 4, group=32, scale_bits=16)
NVFP4 = Scheme("nvfp4", 4, group=16, scale_bits=8)
MXFP4 = Scheme("mxfp4", 4, group=32, scale_bits=8)

EXPERTS_ONLY = {part: 1.0 if part in ("experts", "dense") else 0.0 for part in LINEARS}
EIGHT_BITS = frozenset({"fp8", "fp8-block", "fp8-online", "fp8-online-block"})
ONLINE = frozenset({"fp8-online", "fp8-online-block"})

# What the words mean, in the order in which they are tried, on the text in lower case.
_WORDS: tuple[tuple[str, Scheme], ...] = (
    (r"nvfp4|modelopt_fp4|\bfp4\b", NVFP4),
    (r"mxfp4", MXFP4),
    (r"(online.*block|block.*online|fp8_per_block)", FP8_ONLINE_BLOCK),
    (r"online|fp8_per_tensor", FP8_ONLINE),
    (r"fp8.?block|block.?fp8|fine.?grained", FP8_BLOCK),
    (r"w8a16.*int|int8|w8a8.*int", INT8),
    (r"fp8|w8a16|w8a8|f8_e4m3", FP8),
    (r"gptq|auto.?round|w4a16", GPTQ),
    (r"awq", AWQ),
    (r"int4|4.?bit", AWQ),
    (r"bf16|bfloat16|fp16|float16|f16|none|half|16.?bit", BF16),
)

KNOWN = "bf16, fp8, fp8-block, fp8-online, awq, gptq, nvfp4, mxfp4, int8"


def named(word: str, hybrid: bool = False) -> Scheme:
    """The scheme that a user means. Raises ValueError.

    `hybrid`: of models with linear attention, four-bit checkpoints keep all attention in 16 bits.
    """
    text = word.strip().lower()
    for pattern, scheme in _WORDS:
        if re.search(pattern, text):
            return replace(scheme, shares=EXPERTS_ONLY) if hybrid and scheme.bits == 4 else scheme
    raise ValueError(f"plan does not know the quantization {word!r}; it knows {KNOWN}")


def read(config: Config, layers: int) -> Scheme:
    """How a checkpoint's weights are stored, as its config.json says. Raises UnknownConfig."""
    own = _section(config)
    try:
        scheme = _by_method(own, layers) if own else BF16
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        if isinstance(error, UnknownConfig):
            raise
        raise UnknownConfig("quantization_config in the config has a form that plan cannot read") from None
    if config_value(config, "expert_dtype") == "fp4":
        return replace(scheme, experts=MXFP4)
    return scheme


def config_value(config: Config, name: str) -> Any:
    """A field, at the top or in the language model's part."""
    parts = [config, *(part for part in config.values() if isinstance(part, Mapping))]
    return next((part[name] for part in parts if name in part), None)


def _section(config: Config) -> Config | None:
    found = config_value(config, "quantization_config") or config_value(config, "compression_config")
    return found if isinstance(found, Mapping) and found else None


def _by_method(own: Config, layers: int) -> Scheme:
    method = str(own.get("quant_method", own.get("quant_algo", ""))).lower()
    group = own.get("group_size")
    if method.startswith("modelopt") or "quant_algo" in own:
        return _modelopt(own, layers)
    if method == "compressed-tensors":
        return _compressed_tensors(own, layers)
    if method == "fp8":
        block = own.get("weight_block_size")
        scheme = replace(FP8_BLOCK, block=int(block[0])) if isinstance(block, list) and block else FP8
        return _without(scheme, own, layers)
    simple = {"mxfp4": MXFP4, "gpt_oss_mxfp4": MXFP4, "fbgemm_fp8": FP8, "ptpc_fp8": FP8}
    if method in simple:
        return _only_experts(_without(simple[method], own, layers), method)
    if method in ("awq", "gptq", "auto-round", "intel/auto-round", "awq_marlin", "gptq_marlin", "inc"):
        scheme = AWQ if "awq" in method else GPTQ
        bits = int(own.get("bits", own.get("w_bit", 4)))
        size = int(group) if isinstance(group, int) and group > 0 else 128
        name = scheme.name if bits == 4 else f"{scheme.name.split('-')[0]}-int{bits}"
        return _without(replace(scheme, name=name, bits=bits, group=size), own, layers)
    if method == "bitsandbytes":
        return replace(INT4, name="bitsandbytes", bits=4 if own.get("load_in_4bit") else 8, group=64)
    raise UnknownConfig(f"plan does not know the quantization method {method or 'without a name'!r} yet")


def _only_experts(scheme: Scheme, method: str) -> Scheme:
    if "mxfp4" not in method:
        return scheme
    return replace(scheme, shares={part: 1.0 if part in ("experts", "mtp") else 0.0 for part in LINEARS})


def _modelopt(own: Config, layers: int) -> Scheme:
    algorithm = str(own.get("quant_algo", "")).upper()
    kv = own.get("kv_cache_quant_algo") or own.get("kv_cache_scheme")
    listed = own.get("quantized_layers")
    if algorithm == "MIXED_PRECISION" and isinstance(listed, Mapping):
        return replace(_mixed(listed), fp8_kv=bool(kv))
    kinds = {"NVFP4": NVFP4, "FP8": FP8, "FP8_PB_WO": FP8_BLOCK, "W4A16_NVFP4": NVFP4, "MXFP8": FP8}
    if algorithm not in kinds:
        raise UnknownConfig(
            f"plan does not know ModelOpt's quantization {algorithm or 'without a name'!r} yet"
        )
    return _without(replace(kinds[algorithm], fp8_kv=bool(kv)), own, layers)


def _mixed(listed: Mapping[str, Any]) -> Scheme:
    """Each layer names its own: experts in four bits, the rest in eight, as far as they are listed."""
    algorithms: dict[str, set[str]] = {}
    for name, entry in listed.items():
        algorithm = entry.get("quant_algo", "") if isinstance(entry, Mapping) else ""
        algorithms.setdefault(part_of_module(str(name)), set()).add(str(algorithm).upper())
    shares = {part: 1.0 if part in algorithms else 0.0 for part in LINEARS}
    four = any("FP4" in algorithm for algorithm in algorithms.get("experts", set()))
    rest = any(
        "FP4" in algorithm for part in ("attention", "dense") for algorithm in algorithms.get(part, ())
    )
    scheme = NVFP4 if rest else FP8
    return replace(
        scheme, name="nvfp4" if four else scheme.name, shares=shares, experts=NVFP4 if four else None
    )


def _compressed_tensors(own: Config, layers: int) -> Scheme:
    groups = own.get("config_groups")
    found = list(groups.values()) if isinstance(groups, Mapping) else []
    schemes = [_weights(group) for group in found if isinstance(group, Mapping) and group.get("weights")]
    if not schemes:
        raise UnknownConfig(
            "the compressed-tensors section of the config names no weights; complete the file"
        )
    main = min(schemes, key=lambda scheme: scheme.bits)
    return _without(replace(main, fp8_kv=bool(own.get("kv_cache_scheme"))), own, layers)


def _weights(group: Config) -> Scheme:
    weights = group["weights"]
    bits, kind = weights.get("num_bits"), str(weights.get("type", "")).lower()
    size = weights.get("group_size")
    if kind == "float" and bits == 4:
        return NVFP4 if size in (16, None) else MXFP4
    if kind == "float" and bits == 8:
        return FP8_BLOCK if weights.get("block_structure") else FP8
    if kind == "int" and bits == 8:
        return INT8
    if kind == "int" and bits == 4:
        return replace(INT4, group=size if isinstance(size, int) and size > 0 else 128)
    raise UnknownConfig(
        f"plan does not know compressed weights of the type {kind or 'unknown'}, {bits} bits yet"
    )


_LEFT_OUT = (
    "modules_to_not_convert",
    "ignore",
    "exclude_modules",
    "ignored_layers",
    "modules_to_not_quantize",
)


def _without(scheme: Scheme, own: Config, layers: int) -> Scheme:
    """The scheme without the modules that the config leaves out of it."""
    named = [str(entry) for name in _LEFT_OUT for entry in (own.get(name) or ())]
    # GPTQ marks them in a table of patterns, AutoRound by sixteen bits.
    named += [name[2:] for name in own.get("dynamic") or () if name.startswith("-:")]
    exceptions = own.get("extra_config") or {}
    named += [name for name, entry in exceptions.items() if entry.get("bits", 16) >= 16]
    return replace(scheme, shares=_shares(named, layers)) if named else scheme


def _shares(left_out: Iterable[str], layers: int) -> dict[str, float]:
    whole: set[str] = set()
    some: dict[str, set[int]] = {}
    for entry in left_out:
        part = part_of_module(entry.replace("*", ".").replace("\\", ""))
        index = layer_of(entry)
        if part not in LINEARS or (part == "dense" and not re.search(r"mlp|ffn|feed_forward|proj", entry)):
            continue
        if _small(entry):
            continue
        if index is None:
            whole.add(part)
        elif index < layers:
            some.setdefault(part, set()).add(index)
    shares = {part: 0.0 if part in whole else 1.0 for part in LINEARS}
    for part, indexes in some.items():
        if part not in whole:
            # Of a kind of layer that not every layer has, those that are listed are likely all.
            shares[part] = 0.0 if len(indexes) * 5 >= layers else 1 - len(indexes) / layers
    return shares


def _small(entry: str) -> bool:
    """Modules of no size: norms, gates, convolutions, the projections of a few values per head."""
    return bool(
        re.search(r"norm|conv1d|in_proj_[ab]|\.gate$|gate\.weight|_gate$|dt_bias|A_log|indexer", entry)
    )
