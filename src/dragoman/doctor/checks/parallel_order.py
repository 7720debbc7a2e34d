"""Results of parallel calls that do not stand as templates read them."""

from collections.abc import Iterator, Mapping
from typing import Any

from dragoman.doctor.check import Check, Finding
from dragoman.doctor.recorded import blocks, messages
from dragoman.doctor.seen import Seen


def judge(seen: Seen) -> list[Finding]:
    request = seen.request
    if request is None or request.wrong:
        return []
    wrong = next((words for turn in turns(request.body) if (words := amiss(*turn))), "")
    if not wrong:
        return []
    return [
        Finding(
            f"Of parallel tool calls, {wrong}.",
            "Chat templates that do not read ids give each result to the call at its place, so that the "
            "model "
            "takes one for another; some refuse the request.",
            "Send one result for each call, in the order of the calls, right behind them.",
            "It puts the results in the order of the calls, and fills in those that are missing.",
            place=request.file,
        )
    ]


def amiss(calls: list[str], results: list[str]) -> str:
    """What is wrong with the results of one turn's calls."""
    if len(set(results)) < len(results):
        return "one has two results"
    if set(results) - set(calls):
        return "a result belongs to no call of the turn before it"
    if set(calls) - set(results):
        return "one has no result"
    return "" if calls == results else "the results stand in another order than the calls"


def turns(body: Mapping[str, Any]) -> Iterator[tuple[list[str], list[str]]]:
    """The ids of each turn's calls, and of the results that follow; calls that end a request are open."""
    calls: list[str] = []
    results: list[str] = []
    for message in messages(body):
        if message.get("role") == "assistant":
            if calls or results:
                yield calls, results
            calls, results = called(message), []
        else:
            results += resulting(message)
    if results:
        yield calls, results


def called(message: Mapping[str, Any]) -> list[str]:
    listed = message.get("tool_calls")
    own = [call for call in listed if isinstance(call, dict)] if isinstance(listed, list) else []
    used = [block for block in blocks(message) if block.get("type") == "tool_use"]
    return [str(call.get("id")) for call in (*own, *used)]


def resulting(message: Mapping[str, Any]) -> list[str]:
    if message.get("role") == "tool":
        return [str(message.get("tool_call_id"))]
    return [str(block.get("tool_use_id")) for block in blocks(message) if block.get("type") == "tool_result"]


CHECK = Check("results of parallel tool calls in the wrong order", judge)
