"""Drives one exchange as a transport would, and holds it to the rules that every journey keeps."""

import json
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

from dragoman import folder
from dragoman.journey.exchange import Circumstances, Exchange, Journey
from dragoman.journey.pool import Pool
from dragoman.model.effects import Call, Cancel, Done, Effect, Extract, Open, Outcome, Send, Wait
from dragoman.model.turn import Document
from dragoman.settings import Upstream
from dragoman.wire import ClientWire, anthropic, openai_chat
from tests.streams import AnthropicMessage, anthropic_events, chat_chunks

START = 1000.0
WIRES: dict[str, ClientWire] = {"anthropic": anthropic, "openai_chat": openai_chat}


def pool_of(replicas: int = 1, window: int | None = 4096) -> Pool:
    upstreams = [Upstream(f"http://engine-{number}") for number in range(replicas)]
    pool = Pool(upstreams, {}, folder.profiles(), folder.catalog())
    for replica in pool.replicas:
        pool.listed(replica, {"tiny": window})
    return pool


class Driven:
    """An exchange, and what a transport would have seen of it. Every step checks the rules."""

    def __init__(
        self, pool: Pool, wire: ClientWire = anthropic, make: Callable[[Circumstances], Journey] = Exchange
    ) -> None:
        numbers = count(1)
        self.pool = pool
        self.now = START
        self.wire = wire
        self.calls: list[Call] = []
        self.alive: Call | None = None
        self.opened: Open | None = None
        self.out = b""
        self.wait: float | None = None
        self.reading: tuple[Document, ...] = ()
        self.outcome: Outcome | None = None
        self.sent_at = START
        self.journey = make(
            Circumstances(
                wire=wire,
                pool=pool,
                new_id=lambda prefix: f"{prefix}{next(numbers)}",
                request_id="req_1",
                now=START,
            )
        )

    def begin(self, body: bytes | dict[str, Any]) -> "Driven":
        given = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self._obey(self.journey.begin(given))

    def read(self, text: str) -> "Driven":
        """All documents that were to be read hold this text."""
        documents, self.reading = self.reading, ()
        return self._obey(self.journey.extracted({document.data: text for document in documents}))

    def head(self, status: int = 200) -> "Driven":
        assert self.alive
        return self._obey(self.journey.answered(status))

    def send(self, data: bytes) -> "Driven":
        assert self.alive
        return self._obey(self.journey.receive(data, self.now))

    def end(self, error: str | None = None) -> "Driven":
        assert self.alive
        self.alive = None
        return self._obey(self.journey.upstream_closed(error))

    def answer(self, status: int, body: bytes | dict[str, Any]) -> "Driven":
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.head(status).send(data)
        return self.end() if self.alive and self.outcome is None else self

    def tick(self, seconds: float) -> "Driven":
        self.now += seconds
        return self._obey(self.journey.tick(self.now))

    def leave(self) -> "Driven":
        return self._obey(self.journey.client_closed())

    def pass_time(self, seconds: float) -> "Driven":
        """Let time pass as a timer does: a tick at each time that was waited for."""
        until = self.now + seconds
        while self.outcome is None and self.wait is not None and self.wait <= until:
            self.now = max(self.now, self.wait)
            self._obey(self.journey.tick(self.now))
            assert self.wait > self.now or self.outcome, "a tick asks for a later one"
        self.now = until
        return self

    def _obey(self, effects: Sequence[Effect]) -> "Driven":
        assert self.outcome is None or not effects, "nothing follows Done"
        for effect in effects:
            assert self.outcome is None, "Done is the last effect"
            match effect:
                case Call():
                    self.alive = effect
                    self.calls.append(effect)
                    assert effect.method == "GET" or json.loads(effect.body)
                case Extract(documents):
                    self.reading = documents
                case Cancel():
                    self.alive, self.reading = None, ()
                case Open():
                    assert self.opened is None, "one head"
                    self.opened = effect
                case Send(data):
                    assert self.opened is not None, "the head comes first"
                    self.out += data
                    self.sent_at = self.now
                case Wait(until):
                    self.wait = until
                case Done(outcome):
                    self.outcome = outcome
        if self.outcome is None:
            assert self.alive or self.reading, "a journey that is not over waits for an engine, or for texts"
            assert self.wait is not None, "and for a time"
        else:
            self.check_ended(self.outcome)
        self.check_out()
        return self

    def check_ended(self, outcome: Outcome) -> None:
        assert all(replica.in_flight == 0 for replica in self.pool.replicas)
        assert (outcome.ending == "complete") == (not outcome.error)
        if outcome.ending != "cancelled":
            assert self.opened is not None
            assert self.opened.status == outcome.status
            if "content-length" in self.opened.headers:
                assert int(self.opened.headers["content-length"]) == len(self.out)

    def check_out(self) -> None:
        """What went out so far is the beginning of something well-formed; at the end it is whole."""
        if self.opened is None:
            return
        over = self.outcome is not None and self.outcome.ending != "cancelled"
        if self.opened.headers["content-type"] == "application/json":
            assert isinstance(json.loads(self.out), dict)
        elif self.wire is anthropic:
            made = AnthropicMessage()
            for event in anthropic_events(self.out):
                made.feed(event)
            assert bool(made.over) == over
        elif over and self.outcome is not None and self.outcome.ending != "broken":
            assert chat_chunks(self.out)[-1] is None
        else:
            assert None not in chat_chunks(self.out)

    @property
    def paths(self) -> list[str]:
        """The engines' paths that were called: `0/tokenize`."""
        return [call.url.removeprefix("http://engine-") for call in self.calls]

    @property
    def error(self) -> dict[str, Any]:
        """The error that the client saw, as an answer or as an event."""
        text = self.out.decode()
        body = json.loads(text[text.rindex("data: ") + 6 :] if "data: " in text else text)
        error: dict[str, Any] = body["error"]
        return error


def asking(stream: bool = True, **fields: Any) -> dict[str, Any]:
    body = {"model": "claude-x", "max_tokens": 100, "messages": [{"role": "user", "content": "Hi"}]}
    return body | {"stream": stream} | fields


def chunk(finish: str | None = None, **delta: Any) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return b"data: %s\n\n" % json.dumps({"choices": [choice]}).encode()


def call_chunk(arguments: str, name: str | None = None, index: int = 0) -> bytes:
    function = {"arguments": arguments} | ({"name": name} if name else {})
    call = {"index": index, "function": function} | ({"id": f"call-{index}"} if name else {})
    return chunk(tool_calls=[call])


TEXT = chunk(content="Hello")
STOP = chunk("stop")
USAGE = b'data: {"choices":[],"usage":{"prompt_tokens":30,"completion_tokens":2}}\n\n'
END = STOP + USAGE + b"data: [DONE]\n\n"


def whole(finish: str = "stop", **message: Any) -> dict[str, Any]:
    usage = {"prompt_tokens": 30, "completion_tokens": 2}
    return {"choices": [{"index": 0, "message": message, "finish_reason": finish}], "usage": usage}


def says(message: str) -> dict[str, Any]:
    return {"error": {"message": message, "type": "BadRequestError", "code": 400}}


OVERFLOW = (
    "This model's maximum context length is 4096 tokens. However, your prompt contains at least 4097 input "
    "tokens, which exceeds this limit even without any output tokens."
)
NO_PICTURES = says("tiny is not a multimodal model")
