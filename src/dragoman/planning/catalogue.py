"""The built-in table of models: which checkpoints a name means. It comes in from `catalogue/models/`.

A name that no hub has, but people write, is resolved to what is meant, and the resolution says so.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from msgspec import Struct

from dragoman.model.checkpoint import Checkpoint
from dragoman.planning import quantization
from dragoman.planning.architecture import Architecture
from dragoman.planning.quantization import Scheme

SOURCE = "the built-in table"


class Published(Struct, frozen=True, forbid_unknown_fields=True):
    """One checkpoint on a hub: its id, how it is quantized, its size in bytes where it was looked up."""

    id: str
    quantization: dict[str, Any] | None = None
    size: int | None = None
    config: dict[str, Any] = {}
    community: bool = False
    """Made by others than the model's or the GPU's maker."""
    unverified: bool = False


class Model(Struct, frozen=True, forbid_unknown_fields=True):
    """A model and its checkpoints, the unquantized one first. `coding`: SWE-bench Verified, as published."""

    name: str
    checkpoint: tuple[Published, ...]
    config: dict[str, Any] = {}
    aliases: tuple[str, ...] = ()
    same_shape: str = ""
    """The model whose config this one's is laid over."""
    coding: float | None = None
    since: str = ""
    """The first vLLM that runs it."""
    trust_remote_code: bool = False
    """Its tokenizer is code that comes with the checkpoint."""
    unverified: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """One checkpoint that may be meant. `word`: a quantization that only its name says."""

    checkpoint: Checkpoint
    model: Model | None = None
    word: str = ""
    community: bool = False
    unverified: bool = False


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a name means: its checkpoints, best guess first. `note` says what was made of the name.

    `exact`: the name is a checkpoint's own, so that no other may take its place.
    """

    choices: tuple[Choice, ...]
    exact: bool
    note: str = ""


def complete(models: Iterable[Model]) -> tuple[Model, ...]:
    """The table with every config whole."""
    known = {model.name: model for model in models}

    def whole(model: Model) -> dict[str, Any]:
        if not model.same_shape:
            return model.config
        return merged(whole(known[model.same_shape]), model.config)

    fields = Model.__struct_fields__
    return tuple(
        Model(**{name: getattr(model, name) for name in fields} | {"config": whole(model)})
        for model in known.values()
    )


def merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """One mapping laid over another, nested ones too."""
    both = dict(under)
    for name, value in over.items():
        old = both.get(name)
        both[name] = merged(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return both


def choices(model: Model) -> tuple[Choice, ...]:
    """The checkpoints of a model."""
    return tuple(_choice(model, published) for published in model.checkpoint)


def resolve(name: str, models: Sequence[Model]) -> Resolved | None:
    """What a user's name means; None where the table has nothing like it."""
    wanted = _key(name)
    last = _last(wanted)
    for model in models if "/" not in name else ():
        # Without an organisation it is the model that is named, not one of its checkpoints.
        if _key(model.name) == last:
            return _by_alias(name, model)
    for model in models:
        for found in choices(model):
            own = _key(found.checkpoint.id)
            if own == wanted:
                return Resolved((found,), exact=True)
            if "/" not in name and _last(own) == last:
                note = f"{name} is taken as {found.checkpoint.id}."
                return Resolved((found,), exact=True, note=note)
    for model in models:
        if last in {_key(model.name), *map(_key, model.aliases)}:
            return _by_alias(name, model)
    return _by_suffix(name, models)


def _by_alias(name: str, model: Model) -> Resolved:
    found = choices(model)
    ids = " or ".join(choice.checkpoint.id for choice in found[:2])
    exists = "" if _key(model.name) == _last(_key(name)) else " does not exist;"
    note = f"{name}{exists} {ids} is meant." if exists else f"{name} is taken as {ids}."
    return Resolved(found, exact=False, note=note)


_SUFFIX = re.compile(
    r"[-_. ]+(fp8(?:[-_.]?(?:dynamic|block|w8a16))?|nvfp4|fp4|mxfp4|awq(?:[-_.]?int4|[-_.]?4bit)?|"
    r"w4a16|w8a16|gptq(?:[-_.]?int4|[-_.]?4bit)?|autoround(?:[-_.]?int4)?|int4|int8|bf16)$"
)


def _by_suffix(name: str, models: Sequence[Model]) -> Resolved | None:
    """A known model in a form that the table does not have, as the name says: `...-AWQ`, `...-FP8`."""
    last = _last(_key(name))
    found = _SUFFIX.search(last)
    if not found:
        return None
    stem, word = last[: found.start()], found[1]
    for model in models:
        ids = {_last(_key(published.id)) for published in model.checkpoint if not published.quantization}
        if stem in ids | {_key(model.name)} | set(map(_key, model.aliases)):
            if published := _published(name, model, word):
                note = f"{name} does not exist; {published.checkpoint.id} is meant."
                return Resolved((published,), exact=True, note=note)
            checkpoint = Checkpoint(name, model.config, source=f"{SOURCE}: {model.name}")
            note = f"{name} is not in the table: taken as {model.name} with {word} weights, as its name says."
            return Resolved((Choice(checkpoint, model, word),), exact=True, note=note)
    return None


def _published(name: str, model: Model, word: str) -> Choice | None:
    """The checkpoint of the same organisation that is stored so."""
    organisation, wanted = _key(name).rpartition("/")[0], quantization.named(word).name
    for choice in choices(model):
        stored = quantization.read(choice.checkpoint.config, 1).name
        same = not organisation or _key(choice.checkpoint.id).startswith(f"{organisation}/")
        if same and (stored == wanted or (wanted, stored) == ("fp8", "fp8-block")):
            return choice
    return None


def word_of(name: str) -> str:
    """The quantization that a name ends in, if any."""
    found = _SUFFIX.search(_last(_key(name)))
    return found[1] if found else ""


def scheme_of(choice: Choice, arch: Architecture) -> Scheme:
    """How a choice's weights are stored. Raises UnknownConfig."""
    if choice.word:
        return quantization.named(choice.word, hybrid=arch.linear is not None)
    return quantization.read(choice.checkpoint.config, arch.layers)


def similar(name: str, models: Sequence[Model], most: int = 3) -> list[str]:
    """Ids of the table that look like the name."""
    from difflib import get_close_matches

    ids = {_last(_key(p.id)): p.id for model in models for p in model.checkpoint}
    return [ids[key] for key in get_close_matches(_last(_key(name)), ids, most, 0.5)]


def _choice(model: Model, published: Published) -> Choice:
    config = merged(model.config, published.config)
    if published.quantization:
        config["quantization_config"] = published.quantization
    unverified = model.unverified or published.unverified
    checkpoint = Checkpoint(published.id, config, size=published.size, source=SOURCE)
    return Choice(checkpoint, model, "", published.community, unverified)


def _key(name: str) -> str:
    return re.sub(r"[\s_]+", "-", name.strip().rstrip("/").lower())


def _last(key: str) -> str:
    return key.rpartition("/")[2]


def single(checkpoint: Checkpoint, models: Sequence[Model] = ()) -> Resolved:
    """A checkpoint that was read. Where its config does not say how its weights are stored, the table may,
    or its name.
    """
    if quantization.config_value(checkpoint.config, "quantization_config") or checkpoint.tensors:
        return Resolved((Choice(checkpoint),), exact=True)
    silent = "The config does not say how the weights are stored"
    known = resolve(checkpoint.id, models)
    section = known.choices[0].checkpoint.config.get("quantization_config") if known and known.exact else None
    if section:
        whole = replace(checkpoint, config={**checkpoint.config, "quantization_config": section})
        note = f"{silent}; the built-in table does."
        return Resolved((Choice(whole),), exact=True, note=note)
    word = word_of(checkpoint.id)
    note = f"{silent}; the name says {word}." if word else ""
    return Resolved((Choice(checkpoint, None, word),), exact=True, note=note)
