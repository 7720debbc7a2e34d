"""Every tool call gets exactly one result, in the order of the calls.

Clients send results as the tools finish; templates that ignore ids need the order of the calls.
"""

from collections.abc import Callable, Iterable, Sequence

from dragoman.model.memo import on_value
from dragoman.model.turn import Block, Text, ToolCall, ToolResult, Turn

MISSING = Text("[no result came back for this call]")


def answer_calls(turns: Sequence[Turn], notes: list[str]) -> list[Turn]:
    """Turns (roles alternating) with the results after each assistant turn put in order.

    A result without a call becomes text, a call without a result gets one that says so, and of
    two results of one call the first is kept. Text stays behind the results.
    """
    answered: list[Turn] = []
    calls: Sequence[ToolCall] = ()
    for turn in turns:
        if turn.role == "user":
            kept = RESULTS(turn) == [call.id for call in calls]
            answered.append(turn if kept else Turn("user", tuple(ordered(turn.blocks, calls, notes))))
            calls = ()
            continue
        if calls:
            notes.append("result_filled")
            answered.append(Turn("user", tuple(filled(calls, {}))))
        answered.append(turn)
        calls = CALLS(turn)
    if calls:
        notes.append("result_filled")
        answered.append(Turn("user", tuple(filled(calls, {}))))
    return answered


CALLS: Callable[[Turn], list[ToolCall]] = on_value(
    lambda turn: [block for block in turn.blocks if isinstance(block, ToolCall)]
)


def leading_results(turn: Turn) -> list[str] | None:
    """The calls that a turn answers, where the results stand first and each answers another call."""
    ids = [block.call_id for block in turn.blocks if isinstance(block, ToolResult)]
    first = all([isinstance(block, ToolResult) for block in turn.blocks[: len(ids)]])
    return ids if first and len(set(ids)) == len(ids) else None


RESULTS = on_value(leading_results)


def ordered(blocks: Sequence[Block], calls: Sequence[ToolCall], notes: list[str]) -> list[Block]:
    if not calls and not any(isinstance(block, ToolResult) for block in blocks):
        return list(blocks)
    wanted = {call.id for call in calls}
    results: dict[str, ToolResult] = {}
    rest: list[Block] = []
    for block in blocks:
        if not isinstance(block, ToolResult):
            rest.append(block)
        elif block.call_id not in wanted:
            notes.append("orphan_result")
            rest += as_text(block)
        elif block.call_id in results:
            notes.append("duplicate_result")
        else:
            results[block.call_id] = block
    if len(results) < len(wanted):
        notes.append("result_filled")
    return [*filled(calls, results), *rest]


def filled(calls: Iterable[ToolCall], results: dict[str, ToolResult]) -> list[ToolResult]:
    return [results.get(call.id) or ToolResult(call.id, (MISSING,), is_error=True) for call in calls]


def as_text(result: ToolResult) -> list[Block]:
    return [Text(f"[result of an unknown tool call {result.call_id!r}]"), *result.content]
