"""The options by which a user pins parts of a plan, as `dragoman plan` has them, for `up` too."""

import inspect
from collections.abc import Callable
from dataclasses import fields
from functools import wraps
from typing import Any


def pinned(command: Callable[..., int]) -> Callable[..., int]:
    """The command with the options of `plan` that pin something; it gets them as one value, `pins`."""
    from dragoman.cli.plan import plan
    from dragoman.planning.pins import Pins

    names = {each.name for each in fields(Pins)}
    theirs = inspect.signature(plan).parameters
    borrowed = [theirs[name].replace(kind=inspect.Parameter.KEYWORD_ONLY) for name in theirs if name in names]
    own = [each for each in inspect.signature(command).parameters.values() if each.name != "pins"]

    @wraps(command)
    def planning(**given: Any) -> int:
        said = {each.name: given.pop(each.name) for each in borrowed}
        return command(pins=Pins(**said), **given)

    parameters = [*own, *borrowed]
    planning.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    planning.__annotations__ = {each.name: each.annotation for each in parameters} | {"return": int}
    return planning
