"""Tools, calls and results written into the messages, for engines that take no tools at all.

The wording is the one that the model was trained on, taken from its family's chat template (NOTICE), so
that a model is asked as it is used to. Families without a wording here are asked in that of Hermes.
"""

import json
from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from dragoman.model.turn import Block, Image, Request, Text, Tool, ToolCall, ToolChoice, ToolResult, Turn

HERMES = """# Tools

You may call one or more functions to assist with the user query.

You are provided with function signatures within <tools></tools> XML tags:
<tools>
{tools}
</tools>

For each function call, return a json object with function name and arguments within <tool_call></tool_call> \
XML tags:
<tool_call>
{{"name": <function-name>, "arguments": <args-json-object>}}
</tool_call>"""


def rendered(request: Request) -> Request:
    """The request without tools, saying the same in text."""
    if not request.tools:
        return request
    sheet = HERMES.format(tools="\n".join(map(signature, request.tools)))
    before = "\n".join(text.text for text in request.system)
    return replace(
        request,
        system=(Text(f"{before}\n\n{sheet}" if before else sheet),),
        turns=tuple(Turn(turn.role, as_text(turn.blocks)) for turn in request.turns),
        tools=(),
        tool_choice=ToolChoice(),
    )


def signature(tool: Tool) -> str:
    """The tool as one line of JSON, as templates write it."""
    named = f'"name": {as_json(tool.name)}, "description": {as_json(tool.description)}'
    schema = spaced(bytes(tool.schema).decode())
    return f'{{"type": "function", "function": {{{named}, "parameters": {schema}}}}}'


def as_text(blocks: Sequence[Block]) -> tuple[Block, ...]:
    return tuple(said for block in blocks for said in said_in_text(block))


def said_in_text(block: Block) -> list[Block]:
    match block:
        case ToolCall(name=name, arguments=arguments):
            called = f'{{"name": {as_json(name)}, "arguments": {spaced(arguments)}}}'
            return [Text(f"<tool_call>\n{called}\n</tool_call>")]
        case ToolResult(content=content, is_error=failed):
            said = "\n".join(part.text for part in content if isinstance(part, Text))
            error = "[the tool reported an error]\n" if failed else ""
            shown = [part for part in content if isinstance(part, Image)]
            return [Text(f"<tool_response>\n{error}{said}\n</tool_response>"), *shown]
    return [block]


def spaced(text: str) -> str:
    """JSON as Jinja's `tojson` writes it; as it is where it is too deep or too large to be read."""
    try:
        return as_json(json.loads(text))
    except (ValueError, RecursionError):
        return text


def as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
