"""The client's side of an exchange: one head, one end, and signs of life in between."""

import json

from dragoman.journey.answering import PING, PULSE, Answering, answer
from dragoman.model.effects import Effect, Open, Send
from dragoman.model.errors import BadAnswer, Busy
from dragoman.model.turn import Request
from dragoman.wire import anthropic, openai_chat
from tests.journeys import END, STOP, TEXT, call_chunk, whole
from tests.streams import ASKED, HEAD, anthropic_events, anthropic_message


def answering() -> Answering:
    return Answering(anthropic, lambda prefix: f"{prefix}1", "req_1")


def sent(effects: list[Effect]) -> bytes:
    return b"".join(effect.data for effect in effects if isinstance(effect, Send))


def test_a_stream_from_its_head_to_its_end() -> None:
    made = answering()
    assert not made.opened
    effects = made.open(HEAD, ASKED, 0.0)
    assert isinstance(effects[0], Open)
    assert effects[0].headers["content-type"].startswith("text/event-stream")
    effects += made.receive(TEXT, 1.0)
    assert made.first_token == 1.0
    effects += made.receive(END, 2.0)
    assert anthropic_message(sent(effects))["stop_reason"] == "end_turn"
    assert made.ending == "complete"
    assert made.receive(TEXT, 3.0) == made.finish_stream() == []


def test_signs_of_life() -> None:
    made = answering()
    assert made.keep_alive(1000.0) == []
    made.open(HEAD, ASKED, 0.0)
    assert made.next_tick == PING
    assert made.keep_alive(PING - 0.1) == []
    kinds: list[str] = []
    for second in range(int(PING), int(PULSE) + 1, int(PING)):
        kinds += [event["type"] for event in anthropic_events(sent(made.keep_alive(float(second))))]
    assert kinds == ["ping"] * 9 + ["message_delta"]
    made.receive(TEXT, PULSE + 5)
    assert made.next_tick == PULSE + 5 + PING


def test_a_whole_reply() -> None:
    made = answering()
    request = Request(ASKED.model, ASKED.turns)
    assert made.open(HEAD, request, 0.0) == []
    head, body = made.whole(json.dumps(whole(content="a")).encode(), 1.0)
    assert isinstance(head, Open)
    assert head.status == 200
    assert json.loads(sent([body]))["content"] == [{"type": "text", "text": "a"}]
    assert made.ending == "complete"


def test_an_error_before_the_head_is_an_answer_of_its_own() -> None:
    made = answering()
    head, body = made.fail(Busy("full", 7))
    assert isinstance(head, Open)
    assert (head.status, head.headers["retry-after"]) == (529, "7")
    assert json.loads(sent([body]))["request_id"] == "req_1"
    assert (made.ending, made.status, made.error) == ("refused", 529, "full")


def test_an_error_after_the_head_is_an_event() -> None:
    made = answering()
    made.open(HEAD, ASKED, 0.0)
    effects = made.fail(BadAnswer("gone"))
    assert anthropic_events(sent(effects))[-1]["error"]["message"] == "gone"
    assert (made.ending, made.status) == ("broken", 200)


def test_a_break_after_a_whole_call_is_an_end() -> None:
    made = answering()
    made.open(HEAD, ASKED, 0.0)
    made.receive(call_chunk("{}", "f"), 1.0)
    made.finish_stream("reset")
    assert made.ending == "repaired_break"
    assert "reset" in made.error


def test_a_break_after_the_reason_is_a_complete_reply() -> None:
    made = answering()
    made.open(HEAD, ASKED, 0.0)
    made.receive(TEXT + STOP, 1.0)
    made.finish_stream("reset")
    assert made.ending == "complete"


def test_an_answer_in_json_says_its_length() -> None:
    head, body = answer(404, b"{}")
    assert head == Open(404, {"content-type": "application/json", "content-length": "2"})
    assert body == Send(b"{}")


def test_each_protocol_has_its_own_status() -> None:
    made = Answering(openai_chat, lambda prefix: prefix, "r")
    made.fail(Busy("full"))
    assert made.status == 503
