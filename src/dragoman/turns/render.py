"""Tools, calls and results written into the messages, for engines that take no tools at all.

The wording is the one that the model was trained on, that of its family's chat template (NOTICE), so that
it is asked as it is used to. Families without a wording of their own are asked in that of Hermes.
"""

import json
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any

from msgspec.structs import replace

from dragoman.model.turn import Block, Image, Request, Text, ToolCall, ToolChoice, ToolResult, Turn
from dragoman.toolcalls import HERMES, Wording


def rendered(request: Request, wording: Wording = HERMES) -> Request:
    """The request without tools, saying the same in text."""
    if not request.tools:
        return request
    sheet, own = wording.offer(request.tools), "\n".join(text.text for text in request.system)
    said = [sheet, own] if wording.first else [own, sheet]
    return replace(
        request,
        system=(Text("\n\n".join(filter(None, said))),),
        turns=tuple(Turn(turn.role, as_text(turn.blocks, wording)) for turn in request.turns),
        tools=(),
        tool_choice=ToolChoice(),
    )


def as_text(blocks: Sequence[Block], wording: Wording) -> tuple[Block, ...]:
    """Calls and results that follow each other become one text; what results show stands behind it."""
    made: list[Block] = []
    for kind, group in groupby(blocks, type):
        same, said = list(group), SAYS.get(kind)
        made += said(same, wording) if said else same
    return tuple(made)


def calls_as_text(calls: Sequence[Any], wording: Wording) -> list[Block]:
    said = [wording.call(call.name, arguments_of(call), call.id) for call in calls]
    return [Text(wording.calls.round(said))]


def results_as_text(results: Sequence[Any], wording: Wording) -> list[Block]:
    said = [wording.result(text_of(result), result.call_id) for result in results]
    shown = [part for result in results for part in result.content if isinstance(part, Image)]
    return [Text(wording.results.round(said)), *shown]


SAYS: dict[type, Callable[[Sequence[Any], Wording], list[Block]]] = {
    ToolCall: calls_as_text,
    ToolResult: results_as_text,
}


def text_of(result: ToolResult) -> str:
    error = "[the tool reported an error]\n" if result.is_error else ""
    return error + "\n".join(part.text for part in result.content if isinstance(part, Text))


def arguments_of(call: ToolCall) -> dict[str, Any]:
    """The arguments as an object, whatever they are."""
    try:
        found = json.loads(call.arguments)
    except (ValueError, RecursionError):
        found = None
    return found if isinstance(found, dict) else {"arguments": call.arguments}
