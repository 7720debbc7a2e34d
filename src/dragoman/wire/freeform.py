"""Freeform tools take raw text; a model calls functions, so it sees one with the string `input`.

`described` and SCHEMA offer it, `wrap` turns a past text into the arguments of such a call, `Unwrapping` the
arguments of a new call into its text, while they stream. How they are cut never changes the text.
"""

import re
from typing import Any

import msgspec
from msgspec import Raw
from msgspec.json import decode, encode

SCHEMA = Raw(
    b'{"type":"object","properties":{"input":{"type":"string","description":"The text of the call."}},'
    b'"required":["input"],"additionalProperties":false}'
)

OPENING = re.compile(r'\s*\{\s*"input"\s*:\s*"')
PATIENCE = 64
"""Characters of space and opening after which arguments are of another shape; those are held to the end."""
MARK = re.compile(r'["\\]')
ESCAPE = re.compile(
    r"\\(?:u(?P<pair>[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    r"|u(?P<one>[0-9a-fA-F]{4})|(?P<short>[\"\\/bfnrt]))"
)
PARTIAL = re.compile(
    r"\\(?:u(?:[0-9a-fA-F]{0,3}|[dD][89abAB][0-9a-fA-F]{2}(?:\\(?:u(?:[dD](?:[c-fC-F][0-9a-fA-F]?)?)?)?)?)?)?\Z"
)
SHORT = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


def described(description: str, syntax: str, definition: str) -> str:
    """What the model is told of such a tool, its grammar included: no engine enforces it here."""
    told = [description, "Give the text of the call as the string `input`, in JSON."]
    if definition:
        told.append(f"The text follows this {syntax} grammar:\n{definition}")
    return "\n".join(filter(None, told))


def wrap(text: str) -> str:
    """The arguments of a call with this text."""
    return encode({"input": text}).decode()


def unwrap(arguments: str) -> str:
    """The text of a call with these arguments."""
    unwrapping = Unwrapping()
    return unwrapping.feed(arguments) + unwrapping.close()


class Unwrapping:
    """Feed it the pieces of a call's arguments, then close it. `complete` once the text has ended."""

    def __init__(self) -> None:
        self.complete = False
        self._begun = self._other_shape = False
        self._held: list[str] = []
        self._tail = ""

    def feed(self, arguments: str) -> str:
        """The text that these arguments add."""
        if self.complete:
            return ""
        if self._begun:
            return self._inside(self._tail + arguments)
        self._held.append(arguments)
        if self._other_shape:
            return ""
        held = "".join(self._held)
        opening = OPENING.match(held)
        if opening is None:
            self._other_shape = len(held) > PATIENCE
            return ""
        self._begun = True
        return self._inside(held[opening.end() :])

    def close(self) -> str:
        """What was held back, once. Arguments of another shape are taken for what they mean most likely."""
        held, self._held = "".join(self._held), []
        if self._begun or not held:
            return ""
        text, self.complete = meant(held)
        return text

    def _inside(self, text: str) -> str:
        """The inside of the string; half an escape at the end waits for its other half."""
        pieces: list[str] = []
        position, self._tail = 0, ""
        while mark := MARK.search(text, position):
            pieces.append(text[position : mark.start()])
            position = mark.start()
            if mark.group() == '"':
                self.complete = True
                return "".join(pieces)
            if PARTIAL.match(text, position):
                self._tail = text[position:]
                return "".join(pieces)
            escape = ESCAPE.match(text, position)
            pieces.append(unescape(escape) if escape else "\\")
            position = escape.end() if escape else position + 1
        pieces.append(text[position:])
        return "".join(pieces)


def unescape(found: re.Match[str]) -> str:
    if pair := found["pair"]:
        return bytes.fromhex(pair[:4] + pair[6:]).decode("utf-16-be")
    if one := found["one"]:
        return "\ufffd" if one[0] in "dD" and one[1] in "89abAB" + "cdefCDEF" else chr(int(one, 16))
    return SHORT.get(found["short"], found["short"])


def meant(arguments: str) -> tuple[str, bool]:
    """The text that a model meant with arguments which do not begin with `input`, and whether it is whole.

    `input` behind other properties, or the only string there is, or a bare JSON string; else all of it.
    """
    try:
        value: Any = decode(arguments)
    except (msgspec.DecodeError, RecursionError):
        return arguments, not arguments.lstrip().startswith(("{", '"'))
    if isinstance(value, str):
        return value, True
    if isinstance(value, dict):
        strings = [text for text in value.values() if isinstance(text, str)]
        given = value.get("input", strings[0] if len(strings) == 1 else None)
        if isinstance(given, str):
            return given, True
        if not value:
            return "", True
    return arguments, True
