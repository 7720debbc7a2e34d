"""The names of the tools on offer, and which of them a model meant.

Never fuzzier than the steps here; a name that none of them finds passes through unchanged, so
that the client tells the model.
"""

import re
from collections.abc import Iterable

from dragoman.model.turn import Tool
from dragoman.toolcalls._parts.schema import ANY, Shape, compile_schema

DEBRIS = re.compile(r"<[|｜/]?[^<>]*[|｜]?>|[\s\"'`()]+|:\d+$|\.call$")
PREFIX = re.compile(r"^(?:functions?|tools?|default_api|namespace)[./:]")
WORD = re.compile(r"[^0-9a-z\u0080-\U0010ffff]+")


class Toolset:
    """The tools on offer, compiled once. `open` takes every name: nobody knows what was offered."""

    def __init__(self, shapes: dict[str, Shape], is_open: bool = False) -> None:
        self.shapes = shapes
        self.open = is_open
        self._folded = _unique((name.casefold(), name) for name in shapes)
        self._words = _unique((_words(name), name) for name in shapes)
        self._tails = _unique(
            (_words(name.rsplit("__", 1)[-1]), name) for name in shapes if name.startswith("mcp__")
        )

    def __bool__(self) -> bool:
        return self.open or bool(self.shapes)

    def shape(self, name: str) -> Shape:
        return self.shapes.get(name, ANY)

    def offers(self, name: str) -> bool:
        return self.open or name in self.shapes

    def meant(self, name: str) -> str:
        """The tool on offer that `name` means; `name` itself where it means none."""
        if name in self.shapes:
            return name
        bare = DEBRIS.sub("", name)
        for candidate in (bare, PREFIX.sub("", bare)):
            if candidate and (found := self._find(candidate)):
                return found
        return name.strip()

    def split(self, text: str) -> tuple[str, str]:
        """A name with something glued to it: the longest name on offer that begins it, and the rest."""
        fitting = [name for name in self.shapes if text.startswith(name)]
        name = max(fitting, key=len, default="")
        return name, text[len(name) :]

    def _find(self, name: str) -> str | None:
        if name in self.shapes:
            return name
        words = _words(name)
        found = self._folded.get(name.casefold()) or self._words.get(words) or self._tails.get(words)
        if found is None and name.startswith("mcp__"):
            found = self._words.get(_words(name.rsplit("__", 1)[-1]))
        return found or None


def _unique(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Key to name; an empty name where two share the key."""
    found: dict[str, str] = {}
    for key, name in pairs:
        found[key] = "" if key in found else name
    found.pop("", None)
    return found


def _words(name: str) -> str:
    return WORD.sub("", name.casefold())


def compile_tools(tools: Iterable[Tool]) -> Toolset:
    """The tools of a request; costs a walk over their schemas, so keep the result for the next request."""
    return Toolset({tool.name: compile_schema(bytes(tool.schema)) for tool in tools})


ANYTHING = Toolset({}, is_open=True)
"""Nobody knows what was offered: every name is taken as it is."""
