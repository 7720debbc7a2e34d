"""A block of a configuration while it is read: typed values out, and a remark on each of its keys.

What is of the wrong type is remarked on and left out; a variable that is not set ends the reading where
its key is used, and is a warning elsewhere.
"""

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from math import isfinite
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from dragoman.settings import Level, Remark, SettingsError

T = TypeVar("T")

TRUE, FALSE = frozenset({"true", "yes", "on", "1"}), frozenset({"false", "no", "off", "0", ""})


class ExpectedError(Exception):
    """`str(error)` says what a value should have been."""


class Unset(Struct, frozen=True):
    """Stands where a configuration names a variable that is not set."""

    variable: str


class Block:
    """`given` at `path`. Whatever was not taken when `close` is called is remarked on there."""

    def __init__(self, path: str, given: Mapping[Any, Any], remarks: list[Remark]) -> None:
        self.path = path
        self.given = given
        self.remarks = remarks
        self._taken: dict[Any, None] = {}

    def __contains__(self, name: str) -> bool:
        return self.given.get(name) is not None

    def at(self, name: Any) -> str:
        return f"{self.path}.{name}" if self.path else str(name)

    def say(self, name: Any, level: Level, text: str) -> None:
        """A remark on one of the keys; on the block itself for none."""
        self.remarks.append(Remark(self.at(name) if name else self.path, level, text))

    def value(self, name: str, kind: Callable[[Any], T]) -> T | None:
        """The value, None where there is none. Raises ExpectedError where it is of another kind,
        SettingsError for a variable that is not set."""
        self._taken[name] = None
        given = self.given.get(name)
        if given is None:
            return None
        if (found := unset(given, self.at(name))) is not None:
            raise SettingsError(f"{found[0]}: the environment variable {found[1]} is not set")
        return kind(given)

    def take(
        self, name: str, kind: Callable[[Any], T], meaning: str, level: Level = "understood"
    ) -> T | None:
        """The value with a remark on it; None, with another remark, where it cannot be used."""
        try:
            value = self.value(name, kind)
        except ExpectedError as error:
            self.say(name, "warning", f"expected {error}, so it is ignored")
            return None
        if value is not None:
            self.say(name, level, meaning)
        return value

    def block(self, name: str, under: Mapping[Any, Any] | None = None) -> "Block":
        """The block of that name, empty where there is none; `under` holds what it leaves open."""
        self._taken[name] = None
        given = self.given.get(name)
        if given is not None and not isinstance(given, dict):
            self.say(name, "warning", "expected names with values, so it is ignored")
            given = None
        return Block(self.at(name), {**(under or {}), **(given or {})}, self.remarks)

    def items(self, name: str) -> list[Any]:
        """The members of the list of that name."""
        self._taken[name] = None
        given = self.given.get(name)
        if given is not None and not isinstance(given, list):
            self.say(name, "error", "expected a list")
        return given if isinstance(given, list) else []

    def close(self, always: Mapping[str, str], ignored: Mapping[str, str]) -> None:
        """Remark on what was not taken: what needs no key here, what is ignored and why."""
        for name in self.given:
            if name in self._taken:
                continue
            self._taken[name] = None
            if name in always:
                self.say(name, "understood", always[name])
            else:
                known = {**always, **ignored, **dict.fromkeys(self._taken, "")}
                self.say(name, "ignored", ignored.get(name) or reason(name, known))
            self.warn_of_unset(name)

    def warn_of_unset(self, *names: str) -> None:
        """Of variables in values that are not used; in all of them for no name."""
        for name in names or self.given:
            if (found := unset(self.given[name], self.at(name))) is not None:
                self.remarks.append(
                    Remark(found[0], "warning", f"the environment variable {found[1]} is not set")
                )


def reason(name: Any, known: Mapping[str, str]) -> str:
    """Why an unknown key is ignored; a family of keys is known by its first word."""
    if not isinstance(name, str):
        return "names are text"
    known = {key: why for key, why in known.items() if isinstance(key, str) and key != name}
    for prefix, why in known.items():
        if prefix.endswith("_") and name.startswith(prefix):
            return why
    near = get_close_matches(name, known, n=1)
    return f"unknown; did you mean {near[0]}?" if near else "unknown"


def unset(given: Any, path: str) -> tuple[str, str] | None:
    """Path and variable of the first one within that is not set."""
    if isinstance(given, Unset):
        return path, given.variable
    parts: list[tuple[str, Any]] = []
    if isinstance(given, dict):
        parts = [(f"{path}.{name}", value) for name, value in given.items()]
    elif isinstance(given, list):
        parts = [(f"{path}[{index}]", value) for index, value in enumerate(given)]
    return next((found for place, value in parts if (found := unset(value, place))), None)


def text(given: Any) -> str:
    """A number is taken as its digits."""
    if isinstance(given, bool) or not isinstance(given, str | int | float):
        raise ExpectedError("text")
    return str(given)


def number(given: Any) -> float:
    try:
        value = float(given) if not isinstance(given, bool) else -1.0
    except (TypeError, ValueError, OverflowError):
        value = -1.0
    if not isfinite(value) or value <= 0:
        raise ExpectedError("a number above 0")
    return value


def count(given: Any) -> int:
    value = number(given)
    if value != int(value):
        raise ExpectedError("a whole number above 0")
    return int(value)


def port(given: Any) -> int:
    return 0 if given in (0, "0") else count(given)


def flag(given: Any) -> bool:
    if isinstance(given, bool):
        return given
    said = str(given).strip().lower() if isinstance(given, str | int) else "?"
    if said not in TRUE | FALSE:
        raise ExpectedError("true or false")
    return said in TRUE


def json(given: Any) -> Any:
    """What JSON can say of it; a date becomes its text."""
    try:
        return msgspec.json.decode(msgspec.json.encode(given))
    except (msgspec.MsgspecError, TypeError, ValueError, RecursionError):
        raise ExpectedError("what JSON can say") from None


def mapping(given: Any) -> dict[str, Any]:
    if not isinstance(given, dict) or not all(isinstance(name, str) for name in given):
        raise ExpectedError("names with values")
    value: dict[str, Any] = json(given)
    return value


def line(given: Any) -> str:
    """Text that can stand in a header."""
    value = text(given)
    if not value.isascii() or not value.isprintable():
        raise ExpectedError("one line of ASCII")
    return value


def headers(given: Any) -> dict[str, str]:
    """Header fields; those of the connection itself are not the configuration's."""
    if not isinstance(given, dict) or not all(isinstance(name, str) for name in given):
        raise ExpectedError("names with values")
    if not all(
        name and name.isascii() and name.replace("-", "").replace("_", "").isalnum() for name in given
    ):
        raise ExpectedError("names of headers")
    return {name.lower(): line(value) for name, value in given.items()}
