"""One request's whole journey, without I/O: what comes in is told to it, what to do comes out.

    begin(body)          the client's request            -> a call to an engine, or a refusal
    answered(status)     the engine's head came          -> the client's head
    receive(data)        bytes of the engine's answer    -> bytes for the client
    upstream_closed()    the engine's answer is over     -> the end, an error, or another call
    tick(now)            the time asked for has come     -> a ping, a no-op event, a time-out
    client_closed()      the client went away            -> the engine's work is cancelled

    phase       leaves by                                     to
    counting    the prompt's exact size                       asking, or ended: too long
    asking      200; an error; no connection                  streaming or collecting; rejected; asking
    rejected    the error's text                              counting, asking, or ended
    streaming   the engine's end, its failure                 ended
    collecting  the engine's end                              ended

A request goes out optimistically. Its prompt is counted only when an estimate comes near the
window, or when the engine says that it is over it (turns/fit).
"""

from typing import Literal, Protocol

from msgspec import Struct
from msgspec.structs import replace

from dragoman.answering import Answering
from dragoman.model.effects import Call, Cancel, Done, Effect, Outcome, Wait
from dragoman.model.errors import (
    BadAnswer,
    Busy,
    DragomanError,
    PromptTooLong,
    TimedOut,
    Unreachable,
)
from dragoman.model.reply import ReplyHead
from dragoman.model.turn import Request
from dragoman.pipeline import NewId
from dragoman.pool import Model, Pool, Replica
from dragoman.rejection import Rejection, read_count
from dragoman.turns.fit import NEAR, fit
from dragoman.turns.sanitize import sanitize
from dragoman.wire import ClientWire
from dragoman.wire.openai_chat.upstream import encode_count, encode_request

PATIENCE = 5.0
"""Seconds after which a streamed reply opens although the engine has not answered yet."""
LIMIT = 64 * 1024 * 1024
"""The largest whole answer of an engine, in bytes."""
MENDS = 2
"""How often a refused request is mended and sent again."""

Phase = Literal["asking", "counting", "rejected", "streaming", "collecting", "ended"]


class Circumstances(Struct, frozen=True):
    """What an exchange is given from outside. Times are in seconds, `wall` is Unix time."""

    wire: ClientWire
    pool: Pool
    new_id: NewId
    request_id: str
    now: float
    wall: int = 0
    timeout: float = 600.0
    whole_timeout: float = 290.0


class Journey(Protocol):
    """What a transport carries out: tell it what happens, do what it answers until `Done`."""

    def begin(self, body: bytes) -> list[Effect]: ...
    def answered(self, status: int) -> list[Effect]: ...
    def receive(self, data: bytes, now: float) -> list[Effect]: ...
    def upstream_closed(self, error: str | None = None) -> list[Effect]: ...
    def tick(self, now: float) -> list[Effect]: ...
    def client_closed(self) -> list[Effect]: ...


class Exchange:
    """A request for a reply."""

    def __init__(self, given: Circumstances) -> None:
        self._given = given
        self._answering = Answering(given.wire, given.new_id, given.request_id)
        self._phase: Phase = "asking"
        self._now = given.now
        self._request: Request
        self._model: Model | None = None
        self._replica: Replica | None = None
        self._tried: list[Replica] = []
        self._mended = 0
        self._sent_bytes = 0
        self._status = 0
        self._body = bytearray()

    def begin(self, body: bytes) -> list[Effect]:
        """The client's request."""
        try:
            request = self._given.wire.decode_request(body)
            self._model = self._given.pool.find(request.model)
            request, _notes = sanitize(request, images=self._model.images)
        except DragomanError as error:
            return self._fail(error)
        window = self._model.window
        if window is not None and request.max_tokens is not None:
            request = replace(request, max_tokens=min(request.max_tokens, max(window - 1, 1)))
        self._request = request
        return self._ask(self._model, counted=False)

    def answered(self, status: int) -> list[Effect]:
        """The engine's head came."""
        self._status = status
        if self._phase != "asking":
            return []
        if status != 200:
            self._phase = "rejected"
            return []
        self._phase = "streaming" if self._request.stream else "collecting"
        return self._open() if self._request.stream else []

    def receive(self, data: bytes, now: float) -> list[Effect]:
        """Bytes of the engine's answer."""
        self._now = now
        if self._phase == "streaming":
            effects = self._answering.receive(data, now)
            return effects if self._answering.ending is None else [*effects, *self._end()]
        if self._phase == "ended":
            return []
        self._body += data
        if len(self._body) > LIMIT:
            return [Cancel(), *self._fail(BadAnswer("the engine's answer is larger than 64 MiB"))]
        return []

    def upstream_closed(self, error: str | None = None) -> list[Effect]:
        """The engine's answer is over, by itself or by `error`."""
        body, self._body = bytes(self._body), bytearray()
        if self._model is None:
            return []
        match self._phase:
            case "asking":
                return self._ask_another(error or "it closed the connection before it answered")
            case "counting":
                return self._counted(None if error or self._status != 200 else read_count(body))
            case "rejected":
                return self._rejected(self._model, Rejection(self._status, body))
            case "streaming":
                effects = self._answering.finish_stream(error or "it closed the connection")
                return [*effects, *self._end()]
            case "collecting" if error is not None:
                return self._fail(BadAnswer(f"the engine broke off its answer: {error}"))
            case "collecting":
                return [*self._answering.whole(self._head(), self._request, body, self._now), *self._end()]
        return []

    def tick(self, now: float) -> list[Effect]:
        """The time of the last `Wait` has come."""
        self._now = now
        if self._phase == "ended":
            return []
        if self._phase in ("asking", "counting", "collecting", "rejected") and now >= self._deadline:
            seconds = round(now - self._given.now)
            return [Cancel(), *self._fail(TimedOut(f"the engine did not answer within {seconds} s"))]
        effects: list[Effect] = []
        if self._request.stream and now >= self._given.now + PATIENCE:
            effects += self._open()
        return [*effects, *self._answering.keep_alive(now), Wait(self._next_tick)]

    def client_closed(self) -> list[Effect]:
        """The client went away: nobody needs what the engine still does."""
        if self._phase == "ended":
            return []
        answering = self._answering
        answering.ending, answering.status, answering.error = "cancelled", 499, "the client went away"
        return [Cancel(), *self._end()]

    def _ask(self, model: Model, counted: bool = True) -> list[Effect]:
        """Call the best replica left; with an uncounted prompt near the window, count first."""
        replica = self._given.pool.choose(model, self._tried)
        if replica is None:
            return self._fail(Busy(f"no replica serves {model.id} at present"))
        self._take(replica)
        body = encode_request(self._request, replica.serves[model.id], replica.terms)
        self._sent_bytes = len(body)
        near = model.window is not None and model.estimate(len(body)) > NEAR * model.window
        if near and replica.tokenize and not counted:
            return self._count(model, replica)
        self._phase = "asking"
        call = Call("POST", replica.url("/v1/chat/completions"), replica.headers, body)
        return [call, Wait(self._next_tick)]

    def _count(self, model: Model, replica: Replica) -> list[Effect]:
        self._phase = "counting"
        body = encode_count(self._request, replica.serves[model.id], replica.terms)
        return [Call("POST", replica.url("/tokenize"), replica.headers, body), Wait(self._next_tick)]

    def _counted(self, tokens: int | None) -> list[Effect]:
        model, replica = self._model, self._replica
        if model is None or replica is None:
            return []
        if tokens is not None:
            model.learn(self._sent_bytes, tokens)
            return self._ask_fitted(model, tokens)
        if self._status in (404, 405, 501):
            replica.tokenize = False
        return self._fail(self._too_long(model)) if self._mended else self._ask(model)

    def _ask_fitted(self, model: Model, prompt: int) -> list[Effect]:
        """Ask with the room for the reply that a prompt of so many tokens leaves."""
        if model.window is None:
            return self._ask(model)
        try:
            room = fit(prompt, model.window, self._request.max_tokens)
        except PromptTooLong as error:
            return self._fail(error)
        self._request = replace(self._request, max_tokens=room)
        return self._ask(model)

    def _too_long(self, model: Model) -> PromptTooLong:
        """The engine says that the prompt is over its window, and nobody can say by how much."""
        window = model.window or 0
        return PromptTooLong(max(window + 1, model.estimate(self._sent_bytes)), window)

    def _ask_another(self, error: str) -> list[Effect]:
        """No answer began, so another replica may be asked."""
        model, replica = self._model, self._replica
        if model is None or replica is None:
            return []
        self._tried.append(replica)
        self._given.pool.lost(replica)
        if self._given.pool.choose(model, self._tried) is not None:
            return self._ask(model)
        return self._fail(Unreachable(f"the engine at {replica.upstream.root} cannot be reached: {error}"))

    def _rejected(self, model: Model, rejection: Rejection) -> list[Effect]:
        """The engine refused: mend what can be mended and ask again, else say what it said."""
        if rejection.busy and self._replica is not None:
            self._tried.append(self._replica)
            if self._given.pool.choose(model, self._tried) is not None:
                return self._ask(model)
        self._mended += 1
        over = rejection.overflow
        if self._mended > MENDS:
            return self._fail(self._too_long(model) if over else rejection.error())
        if rejection.no_images and model.images:
            model.images = False
            self._request, _notes = sanitize(self._request, images=False)
            return self._ask(model)
        if over is None:
            return self._fail(rejection.error())
        model.window = over.window or model.window
        if over.room is not None:
            self._request = replace(self._request, max_tokens=None)
            return self._ask(model)
        if self._replica is not None and self._replica.tokenize:
            return self._count(model, self._replica)
        return (
            self._fail(self._too_long(model)) if over.prompt is None else self._ask_fitted(model, over.prompt)
        )

    def _open(self) -> list[Effect]:
        effects = self._answering.open(self._head(), self._request, self._now)
        return [*effects, Wait(self._next_tick)] if effects else []

    def _head(self) -> ReplyHead:
        given = self._given
        estimate = self._model.estimate(self._sent_bytes) if self._model else 0
        return ReplyHead(given.new_id("msg_"), self._request.model, given.wall, estimate)

    def _fail(self, error: DragomanError) -> list[Effect]:
        return [*self._answering.fail(error), *self._end()]

    def _end(self) -> list[Effect]:
        if self._phase == "ended":
            return []
        self._phase = "ended"
        answering, stages = self._answering, self._answering.stages
        if self._model is not None:
            self._model.learn(self._sent_bytes, stages.usage.input)
        self._take(None)
        outcome = Outcome(
            status=answering.status,
            ending=answering.ending or "broken",
            model=self._model.id if self._model else "",
            error=answering.error,
            usage=stages.usage,
            calls=stages.calls,
            first_token=answering.first_token,
        )
        return [Done(outcome)]

    def _take(self, replica: Replica | None) -> None:
        """Count this exchange in at a replica, and out at the one before."""
        if self._replica is not replica:
            if self._replica is not None:
                self._replica.in_flight -= 1
            if replica is not None:
                replica.in_flight += 1
            self._replica = replica

    @property
    def _deadline(self) -> float:
        given, timeout = self._given, None
        if self._replica is not None:
            timeout = self._replica.upstream.timeout
        return given.now + (timeout or (given.timeout if self._request.stream else given.whole_timeout))

    @property
    def _next_tick(self) -> float:
        if self._answering.opened:
            return self._answering.next_tick
        return min(self._given.now + PATIENCE, self._deadline) if self._request.stream else self._deadline
