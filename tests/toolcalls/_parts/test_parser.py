"""The stage itself: closing, costs, thinking, and text that is none of a format's business."""

import json
import time
from collections.abc import Callable

import pytest

from dragoman.model.events import Rethought, TextDelta, ThinkingDelta
from dragoman.toolcalls import Parser
from dragoman.toolcalls.hermes_json import FORMAT as HERMES
from dragoman.toolcalls.qwen_xml import FORMAT as QWEN
from tests.toolcalls.reading import TOOLS, pieces_of


def test_close_gives_what_was_held_back_once() -> None:
    parser = Parser(HERMES, TOOLS, False)
    assert parser.feed("a <tool") == [TextDelta("a ")]
    assert parser.close() == [TextDelta("<tool")]
    assert parser.close() == []
    assert parser.feed("more") == []


def test_json_that_is_an_answer_does_not_wait_for_its_end() -> None:
    parser = Parser(HERMES, TOOLS, False)
    assert parser.feed('{"city": ') == [TextDelta('{"city": ')]
    fenced = Parser(HERMES, TOOLS, False)
    assert fenced.feed('```json\n{"city": ') == [TextDelta('```json\n{"city": ')]


def test_an_undecided_start_holds_nothing_back() -> None:
    parser = Parser(HERMES, TOOLS, None)
    assert parser.feed("Hm.") == [TextDelta("Hm.")]
    events = parser.feed("</think>Hi")
    assert Rethought() in events
    assert events[-1] == TextDelta("Hi")


def test_once_decided_a_closer_is_text() -> None:
    parser = Parser(HERMES, TOOLS, None)
    assert parser.feed("<think>Hm.</think>Hi</think>") == [ThinkingDelta("Hm."), TextDelta("Hi</think>")]


def hermes(content: str) -> str:
    return f"<tool_call>\n{json.dumps({'name': 'Write', 'arguments': {'content': content}})}\n</tool_call>"


def raw_lines(content: str) -> str:
    return hermes(content).replace("\\n", "\n")


def qwen(content: str) -> str:
    parameter = f"<parameter=content>\n{content}\n</parameter>"
    return f"<tool_call>\n<function=Write>\n{parameter}\n</function>\n</tool_call>"


def closers(content: str) -> str:
    return qwen("</parameter>\n" * (len(content) // 13))


def listed(content: str) -> str:
    items = [{"content": words} for words in pieces_of(content, 20)]
    return f"<tool_call>\n{json.dumps({'name': 'Write', 'arguments': {'todos': items}})}\n</tool_call>"


def quotes(content: str) -> str:
    return hermes("X").replace("X", '","a' * (len(content) // 4))


def spaces(content: str) -> str:
    return hermes("x") + " " * len(content)


@pytest.mark.parametrize("render", [str, hermes, raw_lines, qwen, closers, listed, quotes, spaces])
def test_the_cost_is_linear(render: Callable[[str], str]) -> None:
    """Four times the text may cost eight times the time, for the noise; quadratic would be sixteen."""
    line = 'def f(x: int) -> str:\n    return f"<b>{x}</b>" if x < 3 else None  # 中文\n'

    def cost(size: int) -> float:
        pieces = pieces_of(render((line * size)[:size]), 4)
        best = 10.0
        for _ in range(3):
            parser = Parser(QWEN, TOOLS, False)
            began = time.process_time()
            for piece in pieces:
                parser.feed(piece)
            parser.close()
            best = min(best, time.process_time() - began)
        return best

    assert cost(40_000) < 8 * cost(10_000) + 0.01
