"""Which model answers to a name that a client asks for."""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

from dragoman.model.errors import UnknownModel

PREFIX = "anthropic/"
"""Published names begin with it: Claude Code lists such ids and still believes our window."""


def published(model: str) -> str:
    """The name under which Claude Code takes a model: `anthropic/<served name>`."""
    return model if model.startswith(PREFIX) else PREFIX + model


DISBELIEVED = (
    "Claude Code takes a model of such a name for Anthropic's and does not believe its context window; "
    f"{PREFIX}<the engine's name>, which is served as well, works better"
)


def disbelieved(name: str) -> bool:
    """Whether Claude Code takes a model of this name for Anthropic's, whose windows it believes to know."""
    return name.startswith("claude-") or "sonnet" in name or "haiku" in name


def route(name: str, known: Mapping[str, str], aliases: Mapping[str, str], default: str | None) -> str:
    """The model behind `name`: `known` by itself or by its published name, by an alias (the longest
    pattern wins), or the default for any `claude-*`. An alias to "" means the default.

    Raises UnknownModel, naming what is known.
    """
    if name in known:
        return known[name]
    if (bare := name.removeprefix(PREFIX)) in known:
        return known[bare]
    target = target_of(name, aliases)
    if target is not None and target in known:
        return known[target]
    if target is not None and default is not None:
        return default
    raise UnknownModel(name, dict.fromkeys([*map(published, known.values()), *known, *aliases]))


def target_of(name: str, aliases: Mapping[str, str]) -> str | None:
    """What a name that no model has stands for; "" is the default, None nothing."""
    if name in aliases:
        return aliases[name]
    patterns = [pattern for pattern in aliases if fnmatchcase(name, pattern)]
    if patterns:
        return aliases[max(patterns, key=len)]
    return "" if name.removeprefix(PREFIX).startswith("claude-") else None


def reached(
    names: Iterable[str], known: Mapping[str, str], aliases: Mapping[str, str], default: str | None
) -> frozenset[str]:
    """The models behind names and patterns, as clients write them or as engines call them.

    A pattern stands for the models and aliases that it matches, and for what a client gets who writes it
    literally. It is not held against what clients write: who may use `*-small` gains nothing by asking
    for `claude-small`, which is one more name of the default. Nor does the default stand in for a model
    that is not there.
    """
    found: set[str | None] = set()
    for name in names:
        found |= {model for own, model in known.items() if matches(own, name)}
        for one in (name, *(alias for alias in aliases if fnmatchcase(alias, name))):
            if one not in known and one.removeprefix(PREFIX) not in known:
                target = target_of(one, aliases)
                found.add(default if target == "" else known.get(target or ""))
    return frozenset(model for model in found if model is not None)


def matches(name: str, pattern: str) -> bool:
    """Whether a name or pattern means a model, by its own name or the published one."""
    return any(pattern == own or fnmatchcase(own, pattern) for own in (name, published(name)))
