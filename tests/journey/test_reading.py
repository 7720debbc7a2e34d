"""Replies read again: raw text into calls, and the engine's own calls repaired by the tools' schemas.

Streamed equals whole equals any cutting. The calls are looked at as a client gets them: folded, settled.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from dragoman import folder
from dragoman.journey.pipeline import Stages
from dragoman.journey.reading import Reading, TextReading, readings, starts_in_reasoning
from dragoman.model.engine import EngineFacts, Mode
from dragoman.model.events import (
    CallArguments,
    CallEnded,
    CallStarted,
    Event,
    Repaired,
    Stopped,
    TextDelta,
    ThinkingDelta,
    Usage,
    Used,
)
from dragoman.model.profile import UNKNOWN, Profile
from dragoman.model.reply import fold
from dragoman.model.turn import Reasoning, Request, Text, Thinking, Tool, ToolCall, ToolChoice
from dragoman.toolcalls import compile_tools
from dragoman.turns.repair import settle
from dragoman.wire.openai_chat.answer import StreamDecoder, decode_answer
from tests.scripts import call
from tests.streams import JSON_VALUES, MARKS, split_text
from tests.toolcalls.reading import items

PROFILES = {profile.family: profile for profile in folder.profiles()}
SCHEMA = {
    "type": "object",
    "properties": {
        "path": {"type": "string"},
        "limit": {"type": "integer"},
        "deep": {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": False},
        "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "all": {"type": "boolean"},
    },
    "required": ["path"],
    "additionalProperties": False,
}
TOOLS = (Tool("Read", schema=Raw(json.dumps(SCHEMA).encode())), Tool("ListFiles"), Tool("mcp__files__search"))
ASKED = Request("m", (), tools=TOOLS)
NATIVE = EngineFacts("vllm", "0.32.0", parses=True, renders=True, counts=True, reasons=False)


def stages(
    mode: Mode = "native",
    request: Request = ASKED,
    facts: EngineFacts = NATIVE,
    profile: Profile = UNKNOWN,
) -> list[Reading]:
    return readings(mode, request, facts, profile, folder.catalog(), compile_tools(request.tools))


def read(made: Sequence[Reading], events: Iterable[Event], broken: bool = False) -> list[Event]:
    """What a reply comes to, each event fed by itself."""
    found = Stages(lambda prefix: f"{prefix}1")
    found.read_with(made)
    passed = [one for event in events for one in found.feed([event])]
    rest = found.close()
    assert broken or not rest
    assert found.close() == []
    return passed + rest


def native(*calls: tuple[str, str], stop: Stopped | None = None) -> list[Event]:
    events: list[Event] = []
    for index, (name, arguments) in enumerate(calls):
        events += [CallStarted(f"id-{index}", name), CallArguments(arguments), CallEnded()]
    return [*events, stop or Stopped("tool")]


def repairs(made: Sequence[Reading], events: Iterable[Event]) -> dict[str, int]:
    found = Stages(lambda prefix: prefix)
    found.read_with(made)
    found.feed(events)
    return found.tally.repairs


REPAIRED: dict[str, tuple[str, str, str, dict[str, Any], list[str]]] = {
    "what is right stays": ("Read", '{"path": "a", "limit": 3}', "Read", {"path": "a", "limit": 3}, []),
    "null for an optional": ("Read", '{"path": "a", "limit": null}', "Read", {"path": "a"}, ["null"]),
    "null where it is allowed": (
        "Read",
        '{"path": "a", "note": null}',
        "Read",
        {"path": "a", "note": None},
        [],
    ),
    "an unknown key": ("Read", '{"path": "a", "why": "b", "x": [1]}', "Read", {"path": "a"}, ["unknown"]),
    "an unknown key first": ("Read", '{"why": "b", "path": "a"}', "Read", {"path": "a"}, ["unknown"]),
    "an unknown key below": (
        "Read",
        '{"path": "a", "deep": {"a": "x", "b": 1}}',
        "Read",
        {"path": "a", "deep": {"a": "x"}},
        ["unknown"],
    ),
    "an unknown key where all are allowed": ("ListFiles", '{"any": 1}', "ListFiles", {"any": 1}, []),
    "another case of the name": ("read", '{"path": "a"}', "Read", {"path": "a"}, ["name"]),
    "another style of the name": ("list_files", "{}", "ListFiles", {}, ["name"]),
    "the name without its server": ("search", "{}", "mcp__files__search", {}, ["name"]),
    "a number for a string": ("Read", '{"path": 42}', "Read", {"path": "42"}, ["type"]),
    "digits of a long number": (
        "Read",
        '{"path": 12345678901234567890.50}',
        "Read",
        {"path": "12345678901234567890.50"},
        ["type"],
    ),
    "a string for a number": (
        "Read",
        '{"path": "a", "limit": "3"}',
        "Read",
        {"path": "a", "limit": 3},
        ["type"],
    ),
    "a string for a boolean": (
        "Read",
        '{"path": "a", "all": "True"}',
        "Read",
        {"path": "a", "all": True},
        ["type"],
    ),
    "an object as a string": (
        "Read",
        '{"path": "a", "deep": "{\\"a\\": \\"x\\"}"}',
        "Read",
        {"path": "a", "deep": {"a": "x"}},
        ["type"],
    ),
    "arguments as a string": ("Read", '"{\\"path\\": \\"a\\"}"', "Read", {"path": "a"}, ["brace", "type"]),
    "no arguments": ("ListFiles", "", "ListFiles", {}, []),
    "white space for arguments": ("ListFiles", " \n", "ListFiles", {}, []),
    "an unknown tool passes": ("Fly", '{"to": "x", "n": null}', "Fly", {"to": "x", "n": None}, []),
    "a closing tag is content": (
        "Read",
        '{"path": "</tool_call>\\n<tool_call>"}',
        "Read",
        {"path": "</tool_call>\n<tool_call>"},
        [],
    ),
    "JSON in a string is content": (
        "Read",
        '{"path": "{\\"a\\": null}"}',
        "Read",
        {"path": '{"a": null}'},
        [],
    ),
    "quotes in a key": ("ListFiles", '{"a\\"b\\\\": 1}', "ListFiles", {'a"b\\': 1}, []),
    "the first of two": ("ListFiles", '{"a": 1, "a": 2}', "ListFiles", {"a": 1}, ["duplicate"]),
}


@pytest.mark.requirement("CC-46")
@pytest.mark.requirement("CC-47")
@pytest.mark.requirement("CC-48")
@pytest.mark.requirement("CC-49")
@pytest.mark.parametrize("sentence", REPAIRED)
def test_an_engines_call_is_repaired_by_its_schema(sentence: str) -> None:
    name, arguments, meant, fitting, kinds = REPAIRED[sentence]
    for pieces in ([arguments], list(arguments)):
        given = map(CallArguments, pieces)
        events: list[Event] = [CallStarted("id-0", name), *given, CallEnded(), Stopped("tool")]
        found = read(stages(), events)
        assert items(found) == [("call", (meant, fitting))]
        assert sorted(repairs(stages(), events)) == kinds
        assert found[-1] == Stopped("tool")


BROKEN: dict[str, tuple[str, Stopped, list[Any]]] = {
    "cut by length, something was sent": (
        '{"path": "a", "limit": 1',
        Stopped("length"),
        [("broken", ("Read", '{"path": "a"'))],
    ),
    "cut by length in a string": (
        '{"path": "a/b',
        Stopped("length"),
        [("broken", ("Read", '{"path": "a/b'))],
    ),
    "cut by length, nothing was sent": ('{"limit": 1', Stopped("length"), []),
    "cut by length before any argument": ("{", Stopped("length"), []),
    "its end is missing, all that is required is there": (
        '{"path": "a", "limit": 1',
        Stopped("tool"),
        [("call", ("Read", {"path": "a", "limit": 1}))],
    ),
}


@pytest.mark.requirement("CC-45")
@pytest.mark.parametrize("sentence", BROKEN)
def test_a_call_that_is_not_whole(sentence: str) -> None:
    arguments, stop, expected = BROKEN[sentence]
    assert items(read(stages(), native(("Read", arguments), stop=stop))) == expected


@pytest.mark.requirement("CC-45")
def test_what_cannot_be_repaired_is_text_where_nothing_was_sent_and_raw_where_something_was() -> None:
    ((kind, text),) = items(read(stages(), native(("Read", "rm -rf /"))))
    assert kind == "text"
    assert "rm -rf /" in text
    ((kind, (name, arguments)),) = items(read(stages(), native(("Read", '{"path": "a", ??? }'))))
    assert (kind, name) == ("broken", "Read")
    assert arguments.startswith('{"path": "a')
    assert "???" in arguments


@pytest.mark.requirement("CC-45")
def test_a_break_of_the_engine_never_closes_a_call() -> None:
    events: list[Event] = [CallStarted("1", "Read"), CallArguments('{"path": "a", "limit": 1'), CallEnded()]
    assert items(read(stages(), events, broken=True)) == [("broken", ("Read", '{"path": "a"'))]
    assert items(read(stages(), events[:-1], broken=True)) in ([("broken", ("Read", '{"path": "a"'))],)


def test_a_cut_call_before_a_whole_one_is_not_closed_either() -> None:
    events = native(("Read", '{"path": "a", "limit": 1'), ("ListFiles", "{}"), stop=Stopped("length"))
    assert items(read(stages(), events)) == [
        ("broken", ("Read", '{"path": "a"')),
        ("call", ("ListFiles", {})),
    ]


def test_calls_keep_the_places_of_text_and_thinking_and_have_their_own_ids() -> None:
    made = stages()
    events = [
        ThinkingDelta("hm"),
        TextDelta("one <"),
        *native(("Read", '{"path": "a"}'))[:-1],
        TextDelta("two"),
    ]
    found = read(made, [*events, Stopped("tool"), Used(Usage(1, 2))])
    assert items(found) == [
        ("thinking", "hm"),
        ("text", "one <"),
        ("call", ("Read", {"path": "a"})),
        ("text", "two"),
    ]
    passed: list[Event] = []
    for event in native(("Read", "{}"), ("Read", "{}")):
        passed += made[0].feed(event)
    assert [event.id for event in passed if isinstance(event, CallStarted)] == ["id-0", "id-1"]


def chunk(calls: list[dict[str, Any]], finish: str | None = None) -> bytes:
    return json.dumps(
        {"choices": [{"index": 0, "delta": {"tool_calls": calls}, "finish_reason": finish}]}
    ).encode()


def piece(index: int, arguments: str, name: str | None = None) -> dict[str, Any]:
    function = {"arguments": arguments} | ({"name": name} if name else {})
    return {"index": index, "function": function} | ({"id": f"id-{index}"} if name else {})


def test_interleaved_parallel_calls_come_one_after_the_other_each_repaired() -> None:
    decoder = StreamDecoder()
    chunks = [
        chunk([piece(0, '{"pa', "read"), piece(1, "", "listfiles")]),
        chunk([piece(1, '{"x":')]),
        chunk([piece(0, 'th": 1')]),
        chunk([piece(1, " null}"), piece(0, ', "limit": null}')]),
        chunk([], "tool_calls"),
    ]
    found = read(stages(), [event for data in chunks for event in decoder.feed(data)])
    assert items(found) == [("call", ("Read", {"path": "1"})), ("call", ("ListFiles", {"x": None}))]


@given(
    st.dictionaries(st.text(max_size=8), JSON_VALUES, max_size=4),
    st.lists(MARKS, min_size=2, max_size=2),
    st.sampled_from(["tool_calls", "stop", None]),
)
def test_streamed_is_whole_is_any_cutting_and_nothing_right_is_changed(
    arguments: dict[str, Any], marks: list[list[int]], finish: str | None
) -> None:
    text = json.dumps(arguments, ensure_ascii=False)
    function = {"name": "ListFiles", "arguments": text}
    message = {"content": "Well.", "tool_calls": [{"id": "a", "function": function}]}
    body = json.dumps({"choices": [{"message": message, "finish_reason": finish or "stop"}]}).encode()
    whole = items(read(stages(), decode_answer(body)))
    assert whole == [("text", "Well."), ("call", ("ListFiles", arguments))]
    for places in marks:
        decoder = StreamDecoder()
        fed = [
            chunk([piece(0, "", "ListFiles")]),
            *(chunk([piece(0, part)]) for part in split_text(text, places)),
        ]
        events: list[Event] = [TextDelta("Well.")]
        events += [event for data in [*fed, chunk([], finish or "stop")] for event in decoder.feed(data)]
        assert items(read(stages(), events)) == whole


@given(
    st.text(st.sampled_from('{}[]",:\\abc1 \n<>/'), max_size=30), st.sampled_from(["tool", "length"]), MARKS
)
def test_whatever_an_engine_takes_for_arguments_comes_to_the_same_however_it_is_cut(
    text: str, reason: Any, marks: list[int]
) -> None:
    whole = items(read(stages(), native(("Read", '{"path": "a", ' + text), stop=Stopped(reason))))
    parts = split_text('{"path": "a", ' + text, marks)
    given = map(CallArguments, parts)
    events: list[Event] = [CallStarted("1", "Read"), *given, CallEnded(), Stopped(reason)]
    assert items(read(stages(), events)) == whole
    if reason == "length":
        complete = json_object('{"path": "a", ' + text)
        assert complete or all(kind != "call" for kind, _ in whole)


def json_object(text: str) -> bool:
    """Whether braces close, so that an engine's call ends before the limit does."""
    from dragoman.wire.openai_chat.calls import JsonSpan

    span = JsonSpan()
    span.feed(text)
    return span.complete


RAW: dict[str, tuple[str, list[Any]]] = {
    "text and a call": (
        "I shall.\n" + call("Read", path="a"),
        [("text", "I shall."), ("call", ("Read", {"path": "a"}))],
    ),
    "thinking and a call": (
        "<think>Hm.</think>\n\n" + call("read", path="a"),
        [("thinking", "Hm."), ("call", ("Read", {"path": "a"}))],
    ),
    "another family's tags": (
        "<tool_call>\n<function=Read>\n<parameter=path>\na\n</parameter>\n</function>\n</tool_call>",
        [("call", ("Read", {"path": "a"}))],
    ),
    "text alone": ("1 < 2 <b>", [("text", "1 < 2 <b>")]),
}


@pytest.mark.parametrize("mode", ["raw", "completion", "rendered", "native"])
@pytest.mark.parametrize("sentence", RAW)
def test_calls_in_the_text_are_read_in_every_mode(sentence: str, mode: Mode) -> None:
    text, expected = RAW[sentence]
    profile = PROFILES["qwen_hybrid"]
    for parts in ([text], list(text)):
        found = read(stages(mode, profile=profile), [*map(TextDelta, parts), Stopped("end")])
        assert [
            (kind, value.rstrip() if kind == "text" else value) for kind, value in items(found)
        ] == expected


def test_calls_that_a_parser_should_have_found_are_counted() -> None:
    text = call("Read", path="a")
    assert repairs(stages("native"), [TextDelta(text), Stopped("end")]) == {"leak": 1}
    assert repairs(stages("raw"), [TextDelta(text), Stopped("end")]) == {}
    unknown = EngineFacts()
    assert repairs(stages("native", facts=unknown), [TextDelta(text), Stopped("end")]) == {}


FORBIDDEN = Request("m", (), tools=TOOLS, tool_choice=ToolChoice("none"))


@pytest.mark.parametrize("mode", ["raw", "completion", "rendered", "native"])
def test_a_call_that_the_client_forbade_is_text(mode: Mode) -> None:
    text = "No: " + call("Read", path="a")
    found = read(stages(mode, FORBIDDEN), [TextDelta(text), Stopped("end")])
    assert items(found) == [("text", text)]


def test_a_forbidden_call_of_the_engines_own_is_text() -> None:
    found = read(stages("native", FORBIDDEN), native(("Read", '{"path": "a"}')))
    assert items(found) == [
        (
            "text",
            '<tool_call>\n{"name": "Read", "arguments": {"path": "a"}\n</tool_call>'.replace(
                '"}\n<', '"}}\n<'
            ),
        )
    ]
    cut = native(("Read", '{"path": '))[:-2]
    assert items(read(stages("native", FORBIDDEN), cut, broken=True))[0][0] == "text"


@pytest.mark.parametrize("mode", ["raw", "native"])
def test_one_call_at_a_time_is_one(mode: Mode) -> None:
    request = Request("m", (), tools=TOOLS, tool_choice=ToolChoice(parallel=False))
    own = native(("Read", '{"path": "a"}'), ("Read", '{"path": "b"}'))
    text: list[Event] = [TextDelta(call("Read", path="a") + call("Read", path="b")), Stopped("end")]
    events = own if mode == "native" else text
    assert items(read(stages(mode, request), events)) == [("call", ("Read", {"path": "a"}))]
    assert repairs(stages(mode, request), events)["parallel"] == 1


THOUGHT: dict[str, tuple[Mode, str, bool | None, bool | None, list[Event], list[Any]]] = {
    "the prompt opened the thinking, nobody splits it": (
        "raw",
        "qwen_thinking",
        None,
        False,
        [TextDelta("Hm.\n</think>\n\nYes.")],
        [("thinking", "Hm."), ("text", "Yes.")],
    ),
    "the engine splits it": (
        "raw",
        "qwen_thinking",
        None,
        True,
        [ThinkingDelta("Hm."), TextDelta("Yes.")],
        [("thinking", "Hm."), ("text", "Yes.")],
    ),
    "nobody knows whether it splits, and it does": (
        "raw",
        "qwen_thinking",
        None,
        None,
        [ThinkingDelta("Hm."), TextDelta("Yes.")],
        [("thinking", "Hm."), ("text", "Yes.")],
    ),
    "it splits, and the model did not think": (
        "raw",
        "qwen_thinking",
        None,
        True,
        [TextDelta("Yes.")],
        [("text", "Yes.")],
    ),
    "no parser of the engine's sees a completion": (
        "completion",
        "qwen_thinking",
        None,
        True,
        [TextDelta("Hm.\n</think>\n\nYes.")],
        [("thinking", "Hm."), ("text", "Yes.")],
    ),
    "thinking is switched off": (
        "completion",
        "qwen35",
        False,
        True,
        [TextDelta("Yes, </think> it is called.")],
        [("text", "Yes, </think> it is called.")],
    ),
    "thinking is switched on": (
        "completion",
        "qwen35",
        True,
        True,
        [TextDelta("Hm.</think>Yes.")],
        [("thinking", "Hm."), ("text", "Yes.")],
    ),
    "a family that never thinks, and a reasoning parser": (
        "raw",
        "qwen_instruct",
        None,
        True,
        [ThinkingDelta("Yes. "), ThinkingDelta(call("Read", path="a"))],
        [("text", "Yes. "), ("call", ("Read", {"path": "a"}))],
    ),
    "a call in the thinking that the engine split off": (
        "raw",
        "qwen_thinking",
        None,
        True,
        [ThinkingDelta("Hm. " + call("Read", path="a"))],
        [("thinking", "Hm. "), ("call", ("Read", {"path": "a"}))],
    ),
    "an engine that parses calls and leaves thinking in the text": (
        "native",
        "qwen_thinking",
        None,
        False,
        [TextDelta("Hm.</think>"), TextDelta("Yes."), *native(("Read", '{"path": "a"}'))[:-1]],
        [("thinking", "Hm."), ("text", "Yes."), ("call", ("Read", {"path": "a"}))],
    ),
    "an engine of which nothing is known splits as it likes": (
        "native",
        "qwen_thinking",
        None,
        None,
        [TextDelta("Yes.")],
        [("text", "Yes.")],
    ),
}


@pytest.mark.parametrize("sentence", THOUGHT)
def test_thinking(sentence: str) -> None:
    mode, family, enabled, reasons, events, expected = THOUGHT[sentence]
    request = Request("m", (), tools=TOOLS, reasoning=Reasoning(enabled))
    facts = EngineFacts("vllm", parses=mode == "native", reasons=reasons)
    made = stages(mode, request, facts, PROFILES[family])
    assert items(read(made, [*events, Stopped("end")])) == expected


def test_thinking_is_told_apart_where_no_tools_are_offered() -> None:
    request, facts = Request("m", ()), EngineFacts("vllm", parses=True, reasons=False)
    made = stages("native", request, facts, PROFILES["qwen_thinking"])
    assert items(read(made, [TextDelta("Hm.</think>Yes."), Stopped("end")])) == [
        ("thinking", "Hm."),
        ("text", "Yes."),
    ]
    assert stages("native", request, EngineFacts(), PROFILES["qwen_thinking"]) == []
    assert stages("native", request, facts, PROFILES["qwen_coder"]) != stages("native", request)


BEGINS: dict[str, tuple[str, bool | None, bool | None]] = {
    "a family that always thinks": ("qwen_thinking", None, True),
    "one that opens the thinking itself": ("qwen_hybrid", True, False),
    "one that never thinks": ("qwen_coder", None, False),
    "a switch that is on": ("qwen35", True, True),
    "a switch that is off": ("qwen35", False, False),
    "a switch that nobody touched": ("qwen35", None, None),
}


@pytest.mark.parametrize(("family", "enabled", "begins"), BEGINS.values(), ids=BEGINS)
def test_whether_a_reply_begins_inside_of_thinking(
    family: str, enabled: bool | None, begins: bool | None
) -> None:
    request = Request("m", (), reasoning=Reasoning(enabled))
    assert starts_in_reasoning(request, PROFILES[family]) is begins
    assert starts_in_reasoning(request, UNKNOWN) is None


def test_a_whole_reply_is_what_its_stream_comes_to() -> None:
    text = "I shall.\n" + call("read", path=3) + "\nDone."
    events: list[Event] = [*map(TextDelta, text), Stopped("end")]
    whole = read(stages("raw"), [TextDelta(text), Stopped("end")])
    assert settle(fold(read(stages("raw"), events))) == settle(fold(whole))
    assert [type(block) for block in fold(whole).blocks][:2] == [Text, ToolCall]
    assert Thinking not in map(type, fold(whole).blocks)


def test_text_leaves_in_the_feed_that_brought_it() -> None:
    reading = TextReading(folder.catalog().auto("hermes_json"), compile_tools(TOOLS), False)
    assert reading.feed(TextDelta("Hello")) == [TextDelta("Hello")]
    assert reading.feed(TextDelta(" <tool")) == [TextDelta(" ")]
    assert reading.feed(TextDelta("box>")) == [TextDelta("<toolbox>")]
    assert reading.feed(CallStarted("1", "Read")) == [CallStarted("1", "Read")]
    assert [Repaired("x")] == reading.feed(Repaired("x"))
