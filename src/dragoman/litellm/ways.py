"""Everything but the models: key, address, limits, time-outs; also where they stand in the wrong block."""

from collections.abc import Callable, Iterable
from ipaddress import ip_address
from typing import Any, TypeVar

from msgspec import Struct

from dragoman.litellm import keys
from dragoman.litellm.block import Block, ExpectedError, flag, line, number, port, text
from dragoman.settings import WEAK_KEYS, Level, SettingsError

T = TypeVar("T")

MISPLACED = "LiteLLM ignores it here, it is honoured all the same"
WEAK = "it stands in published guides; on loopback it is accepted, beyond it is refused"
BYTES = 1024 * 1024


class Ways(Struct, frozen=True):
    """The blocks, and LiteLLM's variables as one more."""

    general: Block
    litellm: Block
    router: Block
    variables: Block


class At(Struct, frozen=True):
    """One of the places where a value may stand."""

    block: Block
    name: str
    misplaced: bool = False


def read(ways: Ways) -> dict[str, Any]:
    """Values of Settings, those alone that are given. Raises SettingsError."""
    general, variables = ways.general, ways.variables
    found = {
        "host": first(
            address, "the address to listen on", [At(variables, "HOST"), At(general, "host", misplaced=True)]
        ),
        "port": first(
            port, "the port to listen on", [At(variables, "PORT"), At(general, "port", misplaced=True)]
        ),
        "key": key(ways),
        "allow_weak_key": weak_key(ways),
        "body_limit": body_limit(general),
        "verbose": verbose(ways),
        **timeouts(ways),
    }
    return {name: value for name, value in found.items() if value is not None}


def first(kind: Callable[[Any], T], meaning: str, places: Iterable[At]) -> T | None:
    """The first that is given; there is a remark on all."""
    found: T | None = None
    for at in places:
        if found is None:
            level: Level = "mended" if at.misplaced else "understood"
            said = f"{meaning}; {MISPLACED}" if at.misplaced else meaning
            found = at.block.take(at.name, kind, said, level)
        elif at.name in at.block:
            at.block.value(at.name, lambda given: given)
            at.block.say(at.name, "ignored", "it is said elsewhere already")
    return found


def address(given: Any) -> str:
    """Some systems have a variable HOST that holds something else."""
    said = text(given)
    try:
        return said if said == "localhost" else str(ip_address(said))
    except ValueError:
        raise ExpectedError("an address such as 127.0.0.1") from None


def key(ways: Ways) -> str | None:
    """Raises SettingsError: what was meant as a key must not be left out in silence."""
    places = [
        At(ways.general, "master_key"),
        At(ways.litellm, "master_key", misplaced=True),
        At(ways.variables, "LITELLM_MASTER_KEY"),
    ]
    for at in places:
        try:
            at.block.value(at.name, line)
        except ExpectedError as error:
            raise SettingsError(f"{at.block.at(at.name)}: expected {error}") from None
    places = [at for at in places if at.block.given.get(at.name) not in (None, "")]
    found = first(line, "the key that clients must send", places)
    if found in WEAK_KEYS:
        places[0].block.say(places[0].name, "understood", WEAK)
    return found


def weak_key(ways: Ways) -> bool | None:
    return first(
        flag,
        "a published key is accepted; no key at all only on loopback",
        [
            At(ways.general, "dangerously_permit_weak_or_unset_master_key"),
            At(ways.variables, "LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY"),
        ],
    )


def body_limit(general: Block) -> int | None:
    size = general.take("max_request_size_mb", number, "the largest request body")
    return None if size is None else max(1, int(size * BYTES))


def verbose(ways: Ways) -> bool | None:
    """Asked for in one place is asked for."""
    meaning = "everything is logged"
    asked = [
        ways.general.take(name, flag, f"{meaning}; {MISPLACED}", "mended")
        for name in ("detailed_debug", "debug")
    ]
    asked += [block.take("set_verbose", flag, meaning) for block in (ways.litellm, ways.router)]
    asked += [
        ways.variables.take(name, switch, meaning) for name in ("DEBUG", "DETAILED_DEBUG", "LITELLM_LOG")
    ]
    return True if any(asked) else None


def switch(given: Any) -> bool:
    """Many programs have a variable DEBUG with words of their own in it."""
    return str(given).strip().lower() in ("true", "1", "yes", "on", "debug")


def timeouts(ways: Ways) -> dict[str, float | None]:
    meaning = "seconds until an engine must have begun to answer"
    both = first(
        number,
        meaning,
        [
            At(ways.router, "timeout"),
            At(ways.litellm, "request_timeout"),
            At(ways.variables, "REQUEST_TIMEOUT"),
        ],
    )
    streamed = ways.router.take("stream_timeout", number, f"{meaning} a streamed request")
    return {"timeout": streamed or both, "whole_timeout": both}


def close(ways: Ways) -> None:
    """Remark on all that is left in the blocks."""
    for name in ("drop_params", "modify_params"):
        ways.general.take(name, flag, f"{MISPLACED}: {keys.LITELLM_ALWAYS[name]}", "mended")
    if ways.general.take("cancel_on_disconnect", flag, "an engine stops when its client goes") is False:
        ways.general.say("cancel_on_disconnect", "warning", "an engine always stops when its client goes")
    if ways.litellm.take("drop_params", flag, keys.ALWAYS_DROPPED) is False:
        ways.litellm.say("drop_params", "warning", f"it is off, and yet {keys.ALWAYS_DROPPED}")
    if ways.litellm.take("require_auth_for_metrics_endpoint", flag, "/metrics needs the key") is False:
        ways.litellm.say(
            "require_auth_for_metrics_endpoint", "warning", "/metrics needs the key all the same"
        )
    strategy = ways.router.take("routing_strategy", text, "the replica with the fewest requests is chosen")
    if strategy and strategy != "least-busy":
        ways.router.say("routing_strategy", "ignored", f"{strategy} is not known; {keys.LEAST_BUSY}")
    for name in ("callbacks", "success_callback", "failure_callback"):
        callbacks(ways.litellm, name)
    ways.general.close({}, keys.GENERAL_IGNORED)
    ways.litellm.close(keys.LITELLM_ALWAYS, keys.LITELLM_IGNORED)
    ways.router.close({}, keys.ROUTER_IGNORED)


def callbacks(litellm: Block, name: str) -> None:
    given = litellm.value(name, lambda value: value)
    named = [word for word in (given if isinstance(given, list) else [given]) if isinstance(word, str)]
    if "prometheus" in named:
        litellm.say(name, "understood", "/metrics is always there")
    if rest := [word for word in named if word != "prometheus"]:
        litellm.say(name, "ignored", f"nothing is sent to {', '.join(rest)}")
