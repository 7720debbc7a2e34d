"""The models of a configuration: its entries as upstreams, and the other names that lead to them."""

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from typing import Any

from msgspec.structs import replace

from dragoman.litellm.block import Block
from dragoman.litellm.entries import Entry, Given, engine_id, read_entry
from dragoman.settings import Upstream
from dragoman.turns.route import DISBELIEVED, disbelieved


def read_models(
    root: Block, router: Block, litellm: Block, api_base: str
) -> tuple[tuple[Upstream, ...], dict[str, str]]:
    """The engines to call, and the names that clients may use besides -> the models behind them."""
    given = Given(shared(router), api_base)
    named: dict[str, str] = {}
    """Every name of the configuration, patterns too -> the model's own."""
    upstreams: list[Upstream] = []
    for block, entry in read_entries(root, given):
        own = named.setdefault(entry.name, entry.upstream.name)
        if any(upstream.name == own != "" for upstream in upstreams):
            block.say("", "understood", f"another replica of {entry.name}")
        elif disbelieved(entry.name) and not entry.pattern:
            block.say("model_name", "warning", DISBELIEVED)
        upstreams.append(replace(entry.upstream, name=own))
    patterns = {name: own for name, own in named.items() if "*" in name and own}
    known = [*named, *(upstream.model for upstream in upstreams)]
    return tuple(upstreams), {**patterns, **read_aliases(router, litellm, known)}


def shared(router: Block) -> dict[Any, Any]:
    """What every entry's litellm_params leave open."""
    block = router.block("default_litellm_params")
    for name in block.given:
        block.say(name, "understood", "read with every entry that leaves it open")
    return dict(block.given)


def read_entries(root: Block, given: Given) -> Iterator[tuple[Block, Entry]]:
    for index, member in enumerate(root.items("model_list")):
        block = Block(f"model_list[{index}]", member if isinstance(member, dict) else {}, root.remarks)
        entry = read_entry(block, given)
        if entry is not None:
            yield block, entry


def read_aliases(router: Block, litellm: Block, known: Iterable[str]) -> dict[str, str]:
    """Both of LiteLLM's maps."""
    known = list(known)
    found: dict[str, str] = {}
    for block in (litellm.block("model_alias_map"), router.block("model_group_alias")):
        for alias in block.given:
            if target := target_of(block, alias):
                found[str(alias)] = checked(block, str(alias), target, known)
    return found


def target_of(block: Block, alias: Any) -> str:
    """A name, or a mapping with the name as `model`."""
    given = block.value(alias, lambda value: value)
    if isinstance(given, dict):
        if given.get("hidden"):
            block.say(f"{alias}.hidden", "ignored", "every name is listed")
        given = given.get("model")
    if not isinstance(given, str) or not given:
        block.say(alias, "warning", "expected the name of a model, so it is ignored")
        return ""
    return given


def checked(block: Block, alias: str, target: str, known: list[str]) -> str:
    """The target as it is known, with a remark."""
    own = target if target in known else engine_id(target)
    if alias in known:
        block.say(alias, "warning", "a model has this very name, which goes before")
    elif own in known or any("*" in name and fnmatchcase(own, name) for name in known):
        block.say(alias, "understood", f"another name for {own}")
    else:
        block.say(
            alias, "warning", f"no entry is called {own}; where no engine lists it, the first model answers"
        )
    if disbelieved(alias) and "*" not in alias:
        block.say(alias, "warning", DISBELIEVED)
    return own
