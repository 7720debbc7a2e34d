"""Journeys of a request: by a table for each row of the contract, and in any order at random."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from dragoman.journey import exchange
from dragoman.journey.answering import PING, PULSE
from dragoman.journey.exchange import PATIENCE
from dragoman.model.effects import Ending
from tests.journeys import (
    END,
    NO_PICTURES,
    OVERFLOW,
    START,
    STOP,
    TEXT,
    USAGE,
    WIRES,
    Driven,
    asking,
    call_chunk,
    chunk,
    pool_of,
    says,
    whole,
)
from tests.streams import anthropic_events, anthropic_message, chat_chunks

PICTURE = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AA"}}
FULL_CALL = call_chunk('{"a":1}', "Bash")
BIG = asking(messages=[{"role": "user", "content": "x" * 15_500}])
FAILURE = b'data: {"error":{"message":"CUDA"}}\n\n'
WHOLE = json.dumps(whole(content="a")).encode()
CHAT, TOKENIZE = "/v1/chat/completions", "/tokenize"

REFUSED: dict[str, tuple[Callable[[Driven], object], int, int, str, str]] = {
    "a bad request": (lambda d: d.begin(b"{"), 400, 400, "invalid_request_error", "not valid JSON"),
    "a wrong type": (
        lambda d: d.begin(asking(messages=5)),
        400,
        400,
        "invalid_request_error",
        "$.messages: Expected array, got int",
    ),
    "empty messages": (
        lambda d: d.begin(asking(messages=[])),
        400,
        400,
        "invalid_request_error",
        "at least one",
    ),
    "an unknown model": (
        lambda d: d.begin(asking(model="gpt")),
        404,
        404,
        "not_found_error",
        "model: gpt is not served here; known models: anthropic/tiny, tiny",
    ),
    "a prompt over the window, as it was counted": (
        lambda d: d.begin(BIG).answer(200, {"count": 5000}),
        400,
        400,
        "invalid_request_error",
        "prompt is too long: 5000 tokens > 4096 maximum",
    ),
    "a prompt over the window, as the engine says": (
        lambda d: d.begin(asking()).answer(400, says(OVERFLOW)).answer(200, {"count": 5000}),
        400,
        400,
        "invalid_request_error",
        "prompt is too long: 5000 tokens > 4096 maximum",
    ),
    "the same where nobody counts": (
        lambda d: d.begin(asking()).answer(400, says(OVERFLOW)).answer(404, b""),
        400,
        400,
        "invalid_request_error",
        "prompt is too long: 4097 tokens > 4096 maximum",
    ),
    "a refusal of the engine's": (
        lambda d: d.begin(asking()).answer(400, says("Grammar error")),
        400,
        400,
        "invalid_request_error",
        "the engine refused the request: Grammar error",
    ),
    "a full queue": (
        lambda d: d.begin(asking()).answer(503, says("full")),
        529,
        503,
        "overloaded_error",
        "the engine is busy: full",
    ),
    "too many requests for the engine": (
        lambda d: d.begin(asking()).answer(429, b"slow down"),
        529,
        503,
        "overloaded_error",
        "the engine is busy: slow down",
    ),
    "an engine out of reach": (
        lambda d: d.begin(asking()).end("Connection refused"),
        502,
        502,
        "api_error",
        "the engine at http://engine-0 cannot be reached: Connection refused",
    ),
    "an engine that hangs up before it answers": (
        lambda d: d.begin(asking()).end(),
        502,
        502,
        "api_error",
        "closed the connection before it answered",
    ),
    "an engine's own failure": (
        lambda d: d.begin(asking()).answer(500, b"Internal Server Error"),
        502,
        502,
        "api_error",
        "the engine answered 500: Internal Server Error",
    ),
    "a page of HTML": (
        lambda d: d.begin(asking()).answer(502, b"<html><h1>Bad Gateway</h1></html>"),
        502,
        502,
        "api_error",
        "the engine answered 502: Bad Gateway",
    ),
    "a redirection": (lambda d: d.begin(asking()).answer(302, b""), 502, 502, "api_error", "answered 302"),
    "a key that the engine refuses": (
        lambda d: d.begin(asking()).answer(401, says("Unauthorized")),
        502,
        502,
        "api_error",
        "the engine refused the gateway's key",
    ),
    "rubbish instead of a whole reply": (
        lambda d: d.begin(asking(stream=False)).answer(200, b"<html>"),
        502,
        502,
        "api_error",
        "no chat completion",
    ),
    "a whole reply without choices": (
        lambda d: d.begin(asking(stream=False)).answer(200, {"choices": []}),
        502,
        502,
        "api_error",
        "no choices",
    ),
    "a whole reply that is an error": (
        lambda d: d.begin(asking(stream=False)).answer(200, says("CUDA error")),
        502,
        502,
        "api_error",
        "CUDA error",
    ),
    "a whole reply that breaks off": (
        lambda d: d.begin(asking(stream=False)).head().send(b'{"cho').end("reset"),
        502,
        502,
        "api_error",
        "the engine broke off its answer: reset",
    ),
    "no whole reply in time": (
        lambda d: d.begin(asking(stream=False)).pass_time(300),
        504,
        504,
        "timeout_error",
        "the engine did not answer within 290 s",
    ),
}


@pytest.mark.requirement("CC-51")
@pytest.mark.requirement("CC-53")
@pytest.mark.requirement("CC-55")
@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize(("act", "anthropic", "chat", "kind", "message"), REFUSED.values(), ids=REFUSED)
def test_refused(
    act: Callable[[Driven], object], anthropic: int, chat: int, kind: str, message: str, wire: str
) -> None:
    driven = Driven(pool_of(), WIRES[wire])
    act(driven)
    assert driven.outcome is not None
    assert driven.outcome.ending == "refused"
    assert driven.outcome.status == (anthropic if wire == "anthropic" else chat)
    if wire == "anthropic":
        assert driven.error["type"] == kind
        assert message in driven.error["message"]
    elif "too long" in message:
        assert driven.error["code"] == "context_length_exceeded"
    assert driven.opened is not None
    busy = driven.outcome.status in (529, 503)
    assert ("retry-after" in driven.opened.headers) == busy
    if busy:
        assert int(driven.opened.headers["retry-after"]) <= 60


def test_nothing_is_known_before_the_first_probe() -> None:
    pool = pool_of(replicas=0)
    driven = Driven(pool).begin(asking())
    assert driven.outcome is not None
    assert driven.outcome.status == 529


STREAMED: dict[str, tuple[list[bytes | str], Ending, str | None, str]] = {
    "a complete reply": ([TEXT, END], "complete", "end_turn", ""),
    "the end without [DONE]": ([TEXT, STOP, "end"], "complete", "end_turn", ""),
    "a reset after the end": ([TEXT, STOP, "reset"], "complete", "end_turn", ""),
    "nothing but an end": ([END], "complete", "end_turn", ""),
    "a call": ([FULL_CALL, chunk("tool_calls"), END], "complete", "tool_use", ""),
    "cut in the middle of an event": ([TEXT, TEXT[:9], "reset"], "broken", None, "overloaded_error"),
    "before anything": (["end"], "broken", None, "overloaded_error"),
    "in the first block": ([TEXT, "reset"], "broken", None, "overloaded_error"),
    "after a closed block": (
        [chunk(reasoning="hm"), TEXT, "reset"],
        "broken",
        None,
        "api_error",
    ),
    "inside a call": ([call_chunk('{"a"', "Bash"), "reset"], "broken", None, "overloaded_error"),
    "inside a call after text": ([TEXT, call_chunk('{"a"', "Bash"), "end"], "broken", None, "api_error"),
    "after a closed call": ([FULL_CALL, "reset"], "repaired_break", "tool_use", ""),
    "inside the second call": (
        [FULL_CALL, call_chunk('{"b"', "Read", 1), "reset"],
        "repaired_break",
        "tool_use",
        "",
    ),
    "before the second call's arguments": (
        [FULL_CALL, call_chunk("", "Read", 1), "end"],
        "repaired_break",
        "tool_use",
        "",
    ),
    "rubbish in the middle": ([TEXT, b"data: <html>\n\n"], "broken", None, "overloaded_error"),
    "an error in the middle": (
        [TEXT, b'data: {"error":{"message":"CUDA"}}\n\n'],
        "broken",
        None,
        "overloaded_error",
    ),
    "an error after a closed call": (
        [FULL_CALL, TEXT, FAILURE],
        "repaired_break",
        "tool_use",
        "",
    ),
    "[DONE] without a reason": ([TEXT, b"data: [DONE]\n\n"], "broken", None, "overloaded_error"),
    "JSON instead of a stream": (
        [json.dumps(whole(content="a")).encode(), "end"],
        "broken",
        None,
        "overloaded_error",
    ),
}


@pytest.mark.requirement("CC-39")
@pytest.mark.requirement("CC-57")
@pytest.mark.requirement("CC-58")
@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize(("steps", "ending", "stop", "kind"), STREAMED.values(), ids=STREAMED)
def test_streamed(steps: list[bytes | str], ending: Ending, stop: str | None, kind: str, wire: str) -> None:
    driven = Driven(pool_of(), WIRES[wire]).begin(asking()).head()
    for step in steps:
        if isinstance(step, bytes):
            driven.send(step)
        else:
            driven.end(None if step == "end" else "connection reset")
    assert driven.outcome is not None
    assert (driven.outcome.ending, driven.outcome.status) == (ending, 200)
    if wire == "anthropic" and stop is not None:
        assert anthropic_message(driven.out)["stop_reason"] == stop
    elif wire == "anthropic":
        assert driven.error["type"] == kind
    if wire == "openai_chat" and stop is not None:
        finish = "tool_calls" if stop == "tool_use" else "stop"
        assert [c["choices"][0]["finish_reason"] for c in chat_chunks(driven.out)[:-1] if c["choices"]][
            -1
        ] == finish


def test_a_call_of_which_nothing_was_said_before_a_break_cannot_run() -> None:
    driven = Driven(pool_of()).begin(asking()).head().send(FULL_CALL + call_chunk("", "Read", 1)).end()
    first, second = anthropic_message(driven.out)["content"]
    assert first["input"] == {"a": 1}
    assert second["input"] == "{"
    assert driven.outcome is not None
    assert driven.outcome.calls >= 1


@pytest.mark.requirement("CC-03")
@pytest.mark.parametrize("wire", WIRES)
def test_a_whole_reply(wire: str) -> None:
    calls = [{"id": "x", "function": {"name": "Bash", "arguments": '{"a": 1}'}}]
    driven = Driven(pool_of(), WIRES[wire]).begin(asking(stream=False))
    driven.answer(200, whole("tool_calls", content="Now", tool_calls=calls))
    body = json.loads(driven.out)
    assert driven.outcome is not None
    assert (driven.outcome.ending, driven.outcome.calls) == ("complete", 1)
    assert (driven.outcome.usage.input, driven.outcome.usage.output) == (30, 2)
    if wire == "anthropic":
        assert [block["type"] for block in body["content"]] == ["text", "tool_use"]
        assert body["content"][1]["id"].startswith("toolu_")
    else:
        assert body["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"] == '{"a": 1}'


@pytest.mark.requirement("CC-36")
@pytest.mark.requirement("CC-37")
def test_ids_are_ours_and_differ_although_the_engine_repeats_its_own() -> None:
    again = call_chunk('{"a":1}', "Bash", 1).replace(b"call-1", b"call-0")
    driven = Driven(pool_of()).begin(asking()).head().send(FULL_CALL + again + END)
    message = anthropic_message(driven.out)
    ids = {block["id"] for block in message["content"]}
    assert len(ids) == 2
    assert all(id.startswith("toolu_") for id in ids)
    assert message["id"].startswith("msg_")


class TestReplicas:
    def test_another_is_asked_where_one_cannot_be_reached(self) -> None:
        driven = Driven(pool_of(3)).begin(asking()).end("refused").end("refused").head().send(TEXT + END)
        assert driven.paths == [f"{number}{CHAT}" for number in range(3)]
        assert driven.outcome is not None
        assert driven.outcome.ending == "complete"
        assert [replica.reachable for replica in driven.pool.replicas] == [False, False, True]

    def test_another_is_asked_where_one_is_full(self) -> None:
        driven = Driven(pool_of(2)).begin(asking()).answer(503, b"full")
        assert driven.paths == [f"0{CHAT}", f"1{CHAT}"]
        assert driven.pool.replicas[0].reachable
        driven.answer(429, b"full")
        assert driven.outcome is not None
        assert driven.outcome.status == 529

    def test_none_is_asked_again_once_an_answer_began(self) -> None:
        driven = Driven(pool_of(2)).begin(asking()).head().send(TEXT).end("reset")
        assert driven.paths == [f"0{CHAT}"]
        assert driven.outcome is not None
        assert driven.outcome.ending == "broken"

    def test_each_is_asked_once(self) -> None:
        driven = Driven(pool_of(2)).begin(asking()).end("refused").end("refused")
        assert driven.outcome is not None
        assert driven.outcome.status == 502

    def test_work_goes_where_the_least_is_in_flight(self) -> None:
        pool = pool_of(2)
        first, second = Driven(pool).begin(asking()), Driven(pool).begin(asking())
        assert first.paths + second.paths == [f"0{CHAT}", f"1{CHAT}"]
        assert [replica.in_flight for replica in pool.replicas] == [1, 1]
        pool.replicas[0].in_flight -= 1
        assert Driven(pool).begin(asking()).paths == [f"0{CHAT}"]


class TestWindow:
    def test_a_prompt_near_the_window_is_counted_first_and_its_reply_made_to_fit(self) -> None:
        driven = Driven(pool_of()).begin(BIG | {"max_tokens": 4000}).answer(200, {"count": 3500})
        assert driven.paths == [f"0{TOKENIZE}", f"0{CHAT}"]
        assert json.loads(driven.calls[1].body)["max_tokens"] == 596
        assert driven.opened is None

    def test_a_prompt_far_from_it_is_not(self) -> None:
        assert Driven(pool_of()).begin(asking()).paths == [f"0{CHAT}"]
        assert Driven(pool_of(window=None)).begin(BIG).paths == [f"0{CHAT}"]

    @pytest.mark.requirement("CC-12")
    def test_max_tokens_never_reaches_the_window(self) -> None:
        driven = Driven(pool_of()).begin(asking(max_tokens=64_000))
        assert json.loads(driven.calls[0].body)["max_tokens"] == 4095

    def test_a_count_that_fails_is_done_without(self) -> None:
        for failed in (
            Driven(pool_of()).begin(BIG).answer(500, b""),
            Driven(pool_of()).begin(BIG).answer(200, b"rubbish"),
            Driven(pool_of()).begin(BIG).end("reset"),
        ):
            assert failed.paths == [f"0{TOKENIZE}", f"0{CHAT}"]
            assert failed.pool.replicas[0].tokenize

    def test_an_engine_that_cannot_count_is_not_asked_again(self) -> None:
        pool = pool_of()
        Driven(pool).begin(BIG).answer(404, says("Not Found")).answer(500, b"")
        assert Driven(pool).begin(BIG).paths == [f"0{CHAT}"]

    def test_an_overflow_that_the_count_denies_is_asked_again_with_less_room(self) -> None:
        driven = Driven(pool_of(window=8192)).begin(asking(max_tokens=8000))
        driven.answer(400, says(OVERFLOW)).answer(200, {"count": 3000})
        assert driven.paths == [f"0{CHAT}", f"0{TOKENIZE}", f"0{CHAT}"]
        assert json.loads(driven.calls[2].body)["max_tokens"] == 1096
        driven.head().send(END)
        assert driven.outcome is not None
        assert driven.outcome.ending == "complete"

    def test_an_engine_that_never_has_enough_is_given_up(self) -> None:
        driven = Driven(pool_of()).begin(asking())
        for _time in range(2):
            driven.answer(400, says(OVERFLOW)).answer(200, {"count": 50})
        driven.answer(400, says(OVERFLOW))
        assert driven.outcome is not None
        assert driven.outcome.status == 400
        assert driven.error["message"].startswith("prompt is too long")

    def test_room_for_the_reply_that_is_over_the_window_is_asked_for_no_more(self) -> None:
        pool = pool_of(window=None)
        driven = Driven(pool).begin(asking(max_tokens=70_000))
        driven.answer(400, says("max_tokens=70000 cannot be greater than max_model_len=65536."))
        assert "max_tokens" not in json.loads(driven.calls[1].body)
        assert pool.models["tiny"].window == 65536

    def test_an_engine_that_names_the_sizes_needs_no_count(self) -> None:
        pool = pool_of(window=None)
        pool.replicas[0].tokenize = False
        wording = (
            "request (40000 tokens) exceeds the available context size (32768 tokens), try increasing it"
        )
        driven = Driven(pool).begin(asking()).answer(400, says(wording))
        assert driven.error["message"] == "prompt is too long: 40000 tokens > 32768 maximum"
        assert driven.paths == [f"0{CHAT}"]

    def test_no_sizes_are_made_up_where_nobody_knows_any(self) -> None:
        pool = pool_of(window=None)
        pool.replicas[0].tokenize = False
        driven = Driven(pool).begin(asking())
        driven.answer(400, says("the request exceeds the available context size"))
        assert driven.error["message"] == "prompt is too long for the engine's window"

    def test_exact_counts_teach_the_estimate(self) -> None:
        pool = pool_of()
        Driven(pool).begin(asking()).head().send(TEXT + END)
        assert pool.models["tiny"].bytes_per_token != 4.0


@pytest.mark.requirement("CC-25")
@pytest.mark.requirement("CC-59")
def test_pictures_that_the_engine_refuses_are_replaced_and_it_is_remembered() -> None:
    pool = pool_of()
    asked = asking(messages=[{"role": "user", "content": [PICTURE, {"type": "text", "text": "What is it?"}]}])
    driven = Driven(pool).begin(asked).answer(400, NO_PICTURES)
    first, second = (json.loads(call.body)["messages"][0]["content"] for call in driven.calls)
    assert isinstance(first, list)
    assert second == "[an image stood here; this model reads text only]\nWhat is it?"
    driven.head().send(TEXT + END)
    assert driven.outcome is not None
    assert driven.outcome.ending == "complete"
    again = Driven(pool).begin(asked)
    assert json.loads(again.calls[0].body)["messages"][0]["content"] == second


class TestSilence:
    @pytest.mark.requirement("CC-60")
    def test_a_stream_opens_with_the_engines_head(self) -> None:
        driven = Driven(pool_of()).begin(asking())
        assert driven.opened is None
        driven.head()
        assert [event["type"] for event in anthropic_events(driven.out)] == ["message_start"]

    @pytest.mark.requirement("CC-60")
    def test_a_stream_opens_by_itself_after_five_seconds(self) -> None:
        driven = Driven(pool_of()).begin(asking())
        assert driven.wait == START + PATIENCE
        driven.pass_time(4.9)
        assert driven.opened is None
        driven.pass_time(0.2)
        assert driven.opened is not None
        before = driven.out
        driven.head()
        assert driven.out == before
        driven.send(TEXT + END)
        assert driven.outcome is not None
        assert driven.outcome.ending == "complete"

    def test_a_whole_reply_waits_for_its_status(self) -> None:
        driven = Driven(pool_of()).begin(asking(stream=False)).pass_time(280)
        assert driven.opened is None
        driven.answer(200, whole(content="a"))
        assert driven.outcome is not None
        assert driven.outcome.ending == "complete"

    @pytest.mark.requirement("CC-63")
    @pytest.mark.parametrize("timeout", [None, 600.0])
    def test_a_whole_reply_is_given_up_before_claude_code_would(self, timeout: float | None) -> None:
        pool = pool_of()
        pool.replicas[0].upstream = replace(pool.replicas[0].upstream, timeout=timeout)
        driven = Driven(pool).begin(asking(stream=False)).pass_time(299)
        assert driven.outcome is not None
        assert (driven.outcome.status, driven.alive) == (504, None)

    @pytest.mark.requirement("CC-61")
    @pytest.mark.parametrize("state", ["the engine is silent", "a block is open", "no head has come"])
    def test_no_gap_is_longer_than_ten_seconds_or_a_hundred_without_an_event(self, state: str) -> None:
        driven = Driven(pool_of()).begin(asking())
        if state != "no head has come":
            driven.head()
        if state == "a block is open":
            driven.send(TEXT)
        driven.pass_time(PATIENCE)
        sent, said, real = len(driven.out), START + PATIENCE, START + PATIENCE
        for _second in range(330):
            driven.pass_time(1)
            new = anthropic_events(driven.out[sent:])
            sent = len(driven.out)
            said = driven.now if new else said
            real = driven.now if any(event["type"] != "ping" for event in new) else real
            assert driven.now - said <= PING
            assert driven.now - real <= PULSE

    @pytest.mark.requirement("CC-64")
    def test_a_stream_that_goes_on_is_never_cut(self) -> None:
        driven = Driven(pool_of()).begin(asking()).head()
        for _minute in range(30):
            driven.send(TEXT).pass_time(60)
        driven.send(END)
        assert driven.outcome is not None
        assert driven.outcome.ending == "complete"

    def test_an_engine_without_a_head_is_given_up_in_the_stream(self) -> None:
        driven = Driven(pool_of()).begin(asking()).pass_time(601)
        assert driven.outcome is not None
        assert (driven.outcome.ending, driven.alive) == ("broken", None)
        assert "did not answer within 600 s" in driven.error["message"]

    def test_another_replica_is_asked_behind_an_open_stream(self) -> None:
        driven = Driven(pool_of(2)).begin(asking()).pass_time(6).end("refused")
        assert driven.paths == [f"0{CHAT}", f"1{CHAT}"]
        driven.head().send(TEXT + END)
        assert anthropic_message(driven.out)["content"] == [{"type": "text", "text": "Hello"}]

    def test_an_error_behind_an_open_stream_is_an_event(self) -> None:
        driven = Driven(pool_of()).begin(asking()).pass_time(6).answer(500, b"boom")
        assert driven.outcome is not None
        assert (driven.outcome.status, driven.outcome.ending) == (200, "broken")
        assert "boom" in driven.error["message"]


@pytest.mark.requirement("CC-44")
@pytest.mark.parametrize("when", ["asking", "counting", "streaming", "collecting", "rejected"])
def test_a_client_that_leaves_frees_the_engine_at_once(when: str) -> None:
    driven = Driven(pool_of()).begin(BIG if when == "counting" else asking(stream=when != "collecting"))
    if when in ("streaming", "collecting"):
        driven.head()
    if when == "rejected":
        driven.head(400)
    driven.leave()
    assert driven.alive is None
    assert driven.outcome is not None
    assert (driven.outcome.status, driven.outcome.ending) == (499, "cancelled")
    assert driven.journey.client_closed() == []


def test_an_answer_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "LIMIT", 1000)
    driven = Driven(pool_of()).begin(asking(stream=False)).head().send(b"x" * 600).send(b"x" * 600)
    assert driven.outcome is not None
    assert (driven.outcome.status, driven.alive) == (502, None)
    assert driven.journey.receive(b"x" * 2000, driven.now) == []


def test_what_is_late_changes_nothing() -> None:
    driven = Driven(pool_of()).begin(asking()).head().send(TEXT + END)
    out = driven.out
    for late in (
        driven.journey.receive(TEXT, driven.now),
        driven.journey.upstream_closed("reset"),
        driven.journey.answered(200),
        driven.journey.tick(driven.now + 1000),
        driven.journey.client_closed(),
    ):
        assert late == []
    assert driven.out == out


@pytest.mark.parametrize("size", [1, 2, 5, 1000])
def test_how_the_engines_bytes_are_cut_changes_no_reply(size: int) -> None:
    stream = chunk(reasoning="hm") + TEXT + FULL_CALL + chunk("tool_calls") + USAGE + b"data: [DONE]\n\n"
    driven = Driven(pool_of()).begin(asking()).head()
    for start in range(0, len(stream), size):
        driven.send(stream[start : start + size])
    at_once = Driven(pool_of()).begin(asking()).head().send(stream)
    assert anthropic_message(driven.out) == anthropic_message(at_once.out)
    assert driven.outcome is not None
    assert driven.outcome.ending == "complete"


PIECES = st.sampled_from(
    [
        TEXT,
        chunk(reasoning="hm"),
        FULL_CALL,
        call_chunk('{"b"', "Read", 1),
        call_chunk(":2}", None, 1),
        call_chunk("", "Glob", 2),
        chunk("tool_calls"),
        STOP,
        chunk("length"),
        USAGE,
        b"data: [DONE]\n\n",
        b"data: <html>\n\n",
        b'data: {"error":{"message":"CUDA","code":503}}\n\n',
        TEXT[:20],
        b"\n\n",
        b": ping\n\n",
        json.dumps(whole(content="a")).encode(),
        json.dumps({"count": 4090}).encode(),
        json.dumps({"count": 10}).encode(),
        json.dumps(says(OVERFLOW)).encode(),
        json.dumps(NO_PICTURES).encode(),
        b"x" * 500,
    ]
)
REQUESTS: list[dict[str, Any]] = [
    asking(),
    asking(stream=False),
    BIG,
    BIG | {"stream": False},
    asking(messages=[{"role": "user", "content": [PICTURE]}]),
    asking(model="nobody"),
]
ACTS = st.one_of(
    st.tuples(st.just("head"), st.sampled_from([200, 200, 200, 400, 404, 429, 500, 503])),
    st.tuples(st.just("send"), PIECES),
    st.tuples(st.just("send"), PIECES),
    st.tuples(st.just("end"), st.sampled_from([None, "reset"])),
    st.tuples(st.just("pass_time"), st.sampled_from([0.1, 6.0, 11.0, 101.0, 400.0])),
    st.tuples(st.just("leave"), st.none()),
)


@settings(max_examples=400)
@given(
    st.sampled_from(REQUESTS),
    st.sampled_from(sorted(WIRES)),
    st.integers(0, 3),
    st.sampled_from([4096, None]),
    st.lists(ACTS, max_size=25),
)
def test_any_journey_ends_once_and_in_order(
    request: dict[str, Any], wire: str, replicas: int, window: int | None, acts: list[tuple[str, Any]]
) -> None:
    driven = Driven(pool_of(replicas, window), WIRES[wire]).begin(request)
    answered = False
    for name, value in acts:
        if driven.outcome is not None:
            break
        calls = len(driven.calls)
        if name == "head" and not answered:
            driven.head(value)
            answered = True
        elif name == "send" and answered:
            driven.send(value)
        elif name == "end":
            driven.end(value)
        elif name == "pass_time":
            driven.pass_time(value)
        elif name == "leave":
            driven.leave()
        if len(driven.calls) > calls:
            answered = False
    if driven.outcome is None:
        driven.leave()
    assert driven.outcome is not None
    assert driven.journey.receive(TEXT, driven.now) == []
    assert driven.journey.upstream_closed() == []
    assert driven.journey.tick(driven.now + 1e6) == []
