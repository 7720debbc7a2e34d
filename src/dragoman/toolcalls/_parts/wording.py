"""How a family is told of tools, calls and results in plain text, where an engine takes none.

The counterpart of the format's reader: what is written here, it reads back.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from dragoman.model.turn import Tool


class Frame(Struct, frozen=True):
    """What stands before, between and behind several of a kind that follow each other."""

    opens: str = ""
    between: str = "\n"
    closes: str = ""

    def round(self, parts: Sequence[str]) -> str:
        return f"{self.opens}{self.between.join(parts)}{self.closes}"


PLAIN = Frame()


def signature(tool: Tool) -> str:
    """The tool as one line of JSON, in OpenAI's form, as templates write it."""
    return f'{{"type": "function", "function": {function(tool)}}}'


def function(tool: Tool) -> str:
    """The tool as one line of JSON, without the frame of OpenAI's."""
    named = f'"name": {as_json(tool.name)}, "description": {as_json(tool.description)}'
    return f'{{{named}, "parameters": {spaced(bytes(tool.schema).decode())}}}'


def indented(tool: Tool) -> str:
    """As `signature`, over several lines; as one line where it is too deep to be read."""
    try:
        return json.dumps(json.loads(signature(tool)), ensure_ascii=False, indent=4)
    except (ValueError, RecursionError):
        return signature(tool)


class Wording(Struct, frozen=True):
    """`sheet` is the text that offers the tools, `{tools}` in it their list, each made by `tool`.

    `call` is given name, arguments and id, `result` text and id. `first`: the sheet stands before the
    user's own system text.
    """

    sheet: str
    call: Callable[[str, Mapping[str, Any], str], str]
    result: Callable[[str, str], str]
    tool: Callable[[Tool], str] = signature
    tools: Frame = PLAIN
    calls: Frame = PLAIN
    results: Frame = PLAIN
    first: bool = False

    def offer(self, tools: Sequence[Tool]) -> str:
        return self.sheet.replace("{tools}", self.tools.round([self.tool(tool) for tool in tools]))


def spaced(text: str) -> str:
    """JSON as Jinja's `tojson` writes it; as it is where it is too deep or too large to be read."""
    try:
        return as_json(json.loads(text))
    except (ValueError, RecursionError):
        return text


def as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def as_text(value: Any) -> str:
    """A value between tags: strings as they are, all else as JSON."""
    return value if isinstance(value, str) else as_json(value)
