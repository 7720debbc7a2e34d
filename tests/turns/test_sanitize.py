"""Sanitizing loses nothing, is done once, and keeps the beginning of a conversation as it was."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw
from msgspec.structs import replace

from dragoman.model.errors import BadRequest
from dragoman.model.turn import (
    Block,
    Document,
    Image,
    Opaque,
    Request,
    Text,
    Thinking,
    Tool,
    ToolCall,
    ToolChoice,
    ToolResult,
    Turn,
)
from dragoman.turns.sanitize import ATTRIBUTION, sanitize
from dragoman.wire.anthropic.request import decode_request
from dragoman.wire.openai_chat.upstream import encode_request
from tests.streams import JSON_VALUES

PICTURE = Image("image/png", "AA")
NO_PICTURE = Text("[an image stood here; this model reads text only]")
CALL = ToolCall("1", "f", "{}")


def turns_of(*turns: Turn, images: bool = True) -> tuple[Turn, ...]:
    return sanitize(Request("m", turns), images=images)[0].turns


BLOCKS: dict[str, tuple[Block, tuple[Block, ...]]] = {
    "text": (Text("a"), (Text("a"),)),
    "empty text": (Text(""), ()),
    "a picture": (PICTURE, (NO_PICTURE,)),
    "a document of text": (
        Document("t", "text/plain", text="a"),
        (Text('<document title="t">\na\n</document>'),),
    ),
    "a PDF": (
        Document("t", "application/pdf", "AA"),
        (Text("[the document 't' (application/pdf) stood here; it cannot be shown to this model]"),),
    ),
    "a kind that nobody knows": (
        Opaque("hologram", Raw(b"{}")),
        (Text("[content of type 'hologram' stood here; it cannot be shown to this model]"),),
    ),
    "a call in a user's turn": (ToolCall("1", "f", "{}"), (Text("[a call of the tool 'f' stood here: {}]"),)),
    "thinking in a user's turn": (Thinking("a"), ()),
}


@pytest.mark.requirement("CC-25")
@pytest.mark.parametrize(("block", "blocks"), BLOCKS.values(), ids=BLOCKS)
def test_blocks_of_a_user_for_a_model_that_reads_text_only(block: Block, blocks: tuple[Block, ...]) -> None:
    (turn,) = turns_of(Turn("user", (Text("."), block)), images=False)
    assert turn.blocks == (Text("."), *blocks)
    calling, result = turns_of(
        Turn("assistant", (CALL,)), Turn("user", (ToolResult("1", (block,)),)), images=False
    )
    assert calling.blocks == (CALL,)
    assert result.blocks == (ToolResult("1", blocks),)


ECHOED: dict[str, tuple[Block, tuple[Block, ...]]] = {
    "thinking of whatever signature": (Thinking("a", "foreign"), (Thinking("a", "foreign"),)),
    "empty thinking": (Thinking(""), ()),
    "hidden thinking": (Thinking("", "x", redacted=True), ()),
    "empty text": (Text(""), ()),
    "a picture": (PICTURE, (NO_PICTURE,)),
    "a result in the wrong place": (
        ToolResult("1", (Text("a"),)),
        (Text("[result of an unknown tool call '1']"), Text("a")),
    ),
}


@pytest.mark.requirement("CC-23")
@pytest.mark.requirement("CC-24")
@pytest.mark.parametrize(("block", "blocks"), ECHOED.values(), ids=ECHOED)
def test_blocks_of_the_assistant(block: Block, blocks: tuple[Block, ...]) -> None:
    (turn,) = turns_of(Turn("assistant", (Text("."), block)))
    assert turn.blocks == (Text("."), *blocks)


@pytest.mark.requirement("CC-21")
@pytest.mark.requirement("CC-28")
def test_a_tool_that_was_found_is_named() -> None:
    found, odd = (
        Opaque("tool_reference", Raw(raw)) for raw in (b'{"tool_name":"mcp__a__b"}', b'{"tool_name":5}')
    )
    _calling, result = turns_of(Turn("assistant", (CALL,)), Turn("user", (ToolResult("1", (found, odd)),)))
    assert result.blocks == (
        ToolResult(
            "1",
            (
                Text("[tool_reference: the tool 'mcp__a__b' can be called from now on]"),
                Text("[content of type 'tool_reference' stood here; it cannot be shown to this model]"),
            ),
        ),
    )


ARGUMENTS: dict[str, tuple[str, str]] = {
    "an object keeps its bytes": ('{"b": 1.0,"a":{}}', '{"b": 1.0,"a":{}}'),
    "nothing": ("", "{}"),
    "a string": ('"ls"', '{"input":"ls"}'),
    "a list": ("[1, 2]", '{"input":[1, 2]}'),
    "null": ("null", '{"input":null}'),
    "no JSON": ("{'a': 1}", '{"input":"{\'a\': 1}"}'),
    "half an object": ('{"a": "', '{"input":"{\\"a\\": \\""}'),
    "a huge number": ("1" * 30, '{"input":' + "1" * 30 + "}"),
}


@pytest.mark.requirement("CC-22")
@pytest.mark.parametrize(("arguments", "mended"), ARGUMENTS.values(), ids=ARGUMENTS)
def test_arguments_in_history_are_objects(arguments: str, mended: str) -> None:
    turn, _results = turns_of(Turn("assistant", (ToolCall("1", "f", arguments),)))
    assert turn.blocks == (ToolCall("1", "f", mended),)


def test_arguments_nested_too_deep_are_kept_as_text() -> None:
    deep = '{"a":' * 5000 + "1" + "}" * 5000
    turn, _results = turns_of(Turn("assistant", (ToolCall("1", "f", deep),)))
    assert isinstance(turn.blocks[0], ToolCall)
    assert json.loads(turn.blocks[0].arguments) == {"input": deep}


def test_pictures_stay_for_a_model_that_takes_them() -> None:
    assert turns_of(Turn("user", (PICTURE,))) == (Turn("user", (PICTURE,)),)
    (turn,) = turns_of(Turn("user", (Image(),)))
    assert isinstance(turn.blocks[0], Text)


@pytest.mark.requirement("CC-15")
def test_the_attribution_goes_and_all_other_system_text_stays() -> None:
    request = Request("m", (), system=(Text(ATTRIBUTION + " cc_version=2"), Text("a"), Text(""), Text("b")))
    made, notes = sanitize(request)
    assert made.system == (Text("a"), Text("b"))
    assert notes == ["attribution_removed"]


ORDERS: dict[str, tuple[list[tuple[str, str]], list[tuple[str, str]]]] = {
    "neighbours of one role are one": (
        [("user", "a"), ("user", "b"), ("assistant", "c")],
        [("user", "a|b"), ("assistant", "c")],
    ),
    "a system message becomes a marked text at its place": (
        [("user", "a"), ("system", "b"), ("assistant", "c"), ("user", "d"), ("system", "e")],
        [
            ("user", "a|<system-reminder>\nb\n</system-reminder>"),
            ("assistant", "c"),
            ("user", "d|<system-reminder>\ne\n</system-reminder>"),
        ],
    ),
    "a system message first": ([("system", "a")], [("user", "<system-reminder>\na\n</system-reminder>")]),
    "turns without content go": (
        [("user", "a"), ("assistant", ""), ("user", "b")],
        [("user", "a|b")],
    ),
    "nothing at all is an empty turn": ([("user", "")], [("user", "")]),
}


@pytest.mark.requirement("CC-17")
@pytest.mark.requirement("CC-18")
@pytest.mark.parametrize(("sent", "placed"), ORDERS.values(), ids=ORDERS)
def test_order_of_turns(sent: list[tuple[Any, str]], placed: list[tuple[str, str]]) -> None:
    turns = turns_of(*(Turn(role, (Text(text),)) for role, text in sent))
    made = [(turn.role, "|".join(b.text for b in turn.blocks if isinstance(b, Text))) for turn in turns]
    assert made == placed


@pytest.mark.requirement("CC-27")
def test_the_servers_tools_are_not_the_engines_business() -> None:
    tools = (Tool("f"), Tool("web_search", kind="web_search_20250305"))
    made, notes = sanitize(Request("m", (), tools=tools, tool_choice=ToolChoice("required")))
    assert made.tools == (Tool("f"),)
    assert notes == ["server_tool_removed"]
    alone, notes = sanitize(Request("m", (), tools=tools[1:], tool_choice=ToolChoice("required")))
    assert (alone.tools, alone.tool_choice) == ((), ToolChoice())
    assert notes == ["server_tool_removed", "tool_choice_removed"]


NOTED: dict[str, tuple[Block, list[str]]] = {
    "a call whose arguments are no object": (ToolCall("c", "f", "rm -r"), ["arguments_enclosed"]),
    "a call as it should be": (ToolCall("c", "f", "{}"), []),
    "hidden thinking": (Thinking("x", redacted=True), ["thinking_removed"]),
    "thinking": (Thinking("x"), []),
    "empty thinking, which says nothing": (Thinking(""), []),
    "an empty text, which says nothing": (Text(""), []),
}


@pytest.mark.parametrize(("block", "said"), NOTED.values(), ids=NOTED)
def test_what_is_changed_in_an_assistant_turn_is_said(block: Block, said: list[str]) -> None:
    turns = (Turn("user", (Text("a"),)), Turn("assistant", (block, Text("b"))))
    _, notes = sanitize(Request("m", turns))
    assert [note for note in notes if note != "result_filled"] == said


def test_a_choice_that_cannot_be_is_the_clients_mistake() -> None:
    request = Request("m", (), tools=(Tool("f"),), tool_choice=ToolChoice("named", "g"))
    with pytest.raises(BadRequest, match=r"^\$\.tool_choice\.name: no tool 'g'"):
        sanitize(request)


PART = {"type": "text", "text": "more"}
WIRE_BLOCKS: dict[str, list[dict[str, Any]]] = {
    "user": [
        {"type": "text", "text": "a"},
        {"type": "text", "text": ""},
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AA"}},
        {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "AA"}},
        {"type": "tool_result", "tool_use_id": "orphan", "content": "lost"},
        {"type": "hologram"},
    ],
    "assistant": [
        {"type": "text", "text": "b"},
        {"type": "thinking", "thinking": "hm", "signature": ""},
        {"type": "thinking", "thinking": "", "signature": ""},
        {"type": "redacted_thinking", "data": "x"},
    ],
}


@st.composite
def steps(draw: st.DrawFn, number: int) -> list[dict[str, Any]]:
    """One step of a session of Claude Code: calls and their results, or words; system text at times."""
    calls = [
        {"type": "tool_use", "id": f"{number}-{index}", "name": "f", "input": draw(JSON_VALUES)}
        for index in range(draw(st.integers(0, 3)))
    ]
    said = [
        {"type": "text", "text": f"said {number}"},
        *draw(st.lists(st.sampled_from(WIRE_BLOCKS["assistant"]))),
    ]
    results = [
        {
            "type": "tool_result",
            "tool_use_id": call["id"],
            "content": draw(st.sampled_from(["done", "", [PART], [WIRE_BLOCKS["user"][2], PART]])),
            "is_error": draw(st.booleans()),
        }
        for call in draw(st.permutations(calls))
    ]
    results = results[: draw(st.integers(0, len(results)))] if draw(st.booleans()) else results
    words = [{"type": "text", "text": f"asked {number}"}] if not results else []
    more = draw(st.lists(st.sampled_from(WIRE_BLOCKS["user"]), max_size=2))
    step = [
        {"role": "assistant", "content": [*said, *calls]},
        {"role": "user", "content": [*results, *words, *more]},
    ]
    if draw(st.booleans()):
        step.append({"role": "system", "content": f"reminder {number}"})
    return step


@st.composite
def sessions(draw: st.DrawFn) -> list[list[dict[str, Any]]]:
    first: list[dict[str, Any]] = [
        {"role": "user", "content": [{"type": "text", "text": "begin"}]},
        {"role": "system", "content": "s"},
    ]
    return [first, *(draw(steps(number)) for number in range(draw(st.integers(1, 4))))]


def prompt(messages: list[dict[str, Any]], images: bool) -> list[Any]:
    body = {
        "model": "m",
        "max_tokens": 5,
        "system": [
            {"type": "text", "text": ATTRIBUTION + str(len(messages))},
            {"type": "text", "text": "be"},
        ],
        "messages": messages,
    }
    request, _notes = sanitize(decode_request(json.dumps(body).encode()), images=images)
    again, _notes = sanitize(request, images=images)
    assert again == request
    messages_sent: list[Any] = json.loads(encode_request(request, "m"))["messages"]
    return messages_sent


@pytest.mark.requirement("CC-16")
@pytest.mark.requirement("CC-65")
@given(sessions(), st.booleans())
def test_a_longer_conversation_begins_as_the_shorter_one(
    session: list[list[dict[str, Any]]], images: bool
) -> None:
    messages: list[dict[str, Any]] = []
    before: list[Any] = []
    for step in session:
        messages = [*messages, *step]
        marked = json.loads(json.dumps(messages))
        for message in marked[-1:]:
            if isinstance(message["content"], list) and message["content"]:
                message["content"][-1]["cache_control"] = {"type": "ephemeral"}
        now = prompt(marked, images)
        assert now[: len(before)] == before
        assert now == prompt(marked, images)
        before = now


@pytest.mark.requirement("CC-65")
@given(sessions())
def test_the_bytes_of_the_shorter_prompt_begin_the_longer_one(session: list[list[dict[str, Any]]]) -> None:
    encoded = b""
    messages: list[dict[str, Any]] = []
    for step in session:
        messages = [*messages, *step]
        body = {"model": "m", "max_tokens": 5, "messages": messages}
        request, _notes = sanitize(decode_request(json.dumps(body).encode()), images=False)
        now = encode_request(replace(request, max_tokens=None, sampling={}), "m")
        assert now.startswith(encoded)
        encoded = now[: now.index(b'}],"chat_template_kwargs"')]


@pytest.mark.requirement("CC-19")
def test_a_string_and_a_list_of_one_text_are_the_same() -> None:
    as_string = prompt([{"role": "user", "content": "a"}], images=False)
    assert as_string == prompt([{"role": "user", "content": [{"type": "text", "text": "a"}]}], images=False)
