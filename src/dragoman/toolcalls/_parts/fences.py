"""Code fences: what stands in one is an example, unless it is the whole answer."""

import re
from collections.abc import Iterable

import msgspec

from dragoman.model.events import CallArguments, CallEnded, CallStarted, Event, Repaired
from dragoman.toolcalls._parts.coercion import kind_of
from dragoman.toolcalls._parts.json_text import strict
from dragoman.toolcalls._parts.naming import Toolset
from dragoman.toolcalls._parts.schema import Shape
from dragoman.toolcalls._parts.source import Source

TICKS = "```"
LINE = 8
LOOK = 80
INFO = re.compile(r"```[\w+-]*[ \t]*\r?\n\s*")
KEYS = ("name", "tool_name", "function", "arguments", "parameters", "type", "tool")
CALL = re.compile(rf"\[?\s*\{{\s*[\"'](?:{'|'.join(KEYS)})[\"']\s*:")
BEGUN = re.compile(r"\[?\s*(?:\{\s*(?:[\"'](\w*)[\"']?\s*)?)?\Z")
WHOLE = re.compile(r"\s*```[\w+-]*[ \t]*\r?\n(.*?)\s*```\s*\Z", re.DOTALL)


class Fences:
    """`open` while the text seen stands inside a code fence."""

    def __init__(self) -> None:
        self.open = False
        self._line = ""

    def see(self, text: str) -> None:
        if len(self._line) >= LINE and "\n" not in text:
            return
        first, *others = text.split("\n")
        self._begin(first)
        for line in others:
            self._line = ""
            self._begin(line)

    def _begin(self, text: str) -> None:
        before = self._line.lstrip().startswith(TICKS)
        self._line = (self._line + text)[:LINE]
        if not before and self._line.lstrip().startswith(TICKS):
            self.open = not self.open


def begins_call(source: Source, openers: Iterable[str]) -> bool | None:
    """Whether a fence here may hold a call and nothing else; None: not known yet."""
    rest = source.text[source.pos : source.pos + 2 * LOOK]
    info = INFO.match(rest)
    if info is None:
        return None if len(rest) < LOOK and not source.closed and "\n" not in rest else False
    inner = rest[info.end() :]
    if CALL.match(inner) or any(inner.startswith(opener) for opener in openers):
        return True
    begun = BEGUN.match(inner)
    hopeful = begun and any(key.startswith(begun[1] or "") for key in KEYS)
    hopeful = hopeful or any(opener.startswith(inner) for opener in openers)
    return None if hopeful and len(inner) < LOOK and not source.closed else False


def unfenced(text: str) -> str | None:
    """What a fence holds that is the whole of a text; None where it is not, or more than one."""
    match = WHOLE.match(text)
    return None if match is None or f"\n{TICKS}" in match[1] else match[1]


def fits(events: Iterable[Event], tools: Toolset) -> bool:
    """Whether these events are calls of tools on offer, with arguments that fit, and nothing else."""
    shape, pieces, calls = None, [""], 0
    for event in events:
        match event:
            case CallStarted(_, name) if tools.offers(name):
                shape, pieces = tools.shape(name), []
            case CallArguments(text):
                pieces.append(text)
            case CallEnded():
                calls += 1
                if shape is None or not _valid("".join(pieces), shape):
                    return False
            case Repaired(kind) if kind not in ("text", "broken"):
                pass
            case _:
                return False
    return calls > 0


def _valid(arguments: str, shape: Shape) -> bool:
    try:
        msgspec.json.decode(arguments, type=dict[str, msgspec.Raw])
        value = strict(arguments)
    except (ValueError, RecursionError):
        return False
    declared = not shape.properties or value.keys() <= shape.properties.keys()
    kinds = all(own.allows(kind_of(value[key])) for key, own in shape.properties.items() if key in value)
    return declared and kinds and shape.required <= value.keys()
