"""One request's whole journey, without I/O: what comes in is told to it, what to do comes out.

    begin(body)          the client's request            -> a call to an engine, or a refusal
    extracted(texts)     the PDFs of the request, read   -> a call to an engine, or a refusal
    answered(status)     the engine's head came          -> the client's head
    receive(data)        bytes of the engine's answer    -> bytes for the client
    upstream_closed()    the engine's answer is over     -> the end, an error, or another call
    tick(now)            the time asked for has come     -> a ping, a no-op event, a time-out
    client_closed()      the client went away            -> the engine's work is cancelled

    phase       leaves by                                     to
    reading     the text of the request's PDFs                counting, asking, or ended
    counting    the prompt's exact size                       asking, or ended: too long
    asking      200; an error; no connection                  streaming or collecting; rejected; asking
    rejected    the error's text                              counting, asking, or ended
    streaming   the engine's end, its failure                 searching, asking, or ended
    collecting  the engine's end, its failure                 searching, asking, or ended
    searching   what was found on the web                     asking, or ended

A request goes out optimistically. Its prompt is counted only when an estimate comes near the
window, or when the engine says that it is over it. Beside it stand `asking`, the engine's side,
and `answering`, the client's.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Literal, Protocol

from msgspec import Struct

from dragoman.journey.answering import Answering
from dragoman.journey.asking import Asking
from dragoman.journey.pipeline import NewId
from dragoman.journey.pool import Allowed, Model, Pool
from dragoman.journey.rejection import Rejection, read_count
from dragoman.journey.searching import Searching, SearchService
from dragoman.model.effects import Call, Cancel, Done, Effect, Extract, Outcome, Wait
from dragoman.model.errors import BadAnswer, DragomanError, TimedOut
from dragoman.model.events import Stopped, TextDelta
from dragoman.model.reply import ReplyHead
from dragoman.model.turn import Request
from dragoman.turns.documents import unread, with_texts
from dragoman.turns.mode import has_images
from dragoman.turns.sanitize import sanitize
from dragoman.turns.servertools import NAME, asked_search, continued, missing, with_search
from dragoman.turns.unknown import NOTE, tellable, unknown
from dragoman.wire import ClientWire

PATIENCE = 5.0
"""Seconds after which a streamed reply opens although the engine has not answered yet."""
LIMIT = 64 * 1024 * 1024
"""The largest whole answer of an engine, in bytes."""
SEARCH_PATIENCE = 15.0
"""Seconds after which a web search is given up; the reply goes on without it."""
SEARCH_LIMIT = 4 * 1024 * 1024
"""The largest answer of a search provider, in bytes."""

Phase = Literal["reading", "asking", "counting", "rejected", "streaming", "collecting", "searching", "ended"]


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
    search: SearchService | None = None
    usage_window: int | None = None
    vision_model: str = ""
    allowed: Allowed = None


class Journey(Protocol):
    """What a transport carries out: tell it what happens, do what it answers until `Done`."""

    def begin(self, body: bytes) -> list[Effect]: ...
    def extracted(self, texts: Mapping[str, str]) -> list[Effect]: ...
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
        self._phase: Phase = "reading"
        self._now = self._since = self._search_since = given.now
        self._request: Request
        self._asking: Asking | None = None
        self._searching: Searching | None = None
        self._notes: list[str] = []
        self._status = 0
        self._body = bytearray()

    def begin(self, body: bytes) -> list[Effect]:
        """The client's request."""
        try:
            self._request = self._given.wire.decode_request(body)
        except DragomanError as error:
            return self._fail(error)
        documents = unread(self._request)
        return [Extract(documents), Wait(self._next_tick)] if documents else self._start()

    def extracted(self, texts: Mapping[str, str]) -> list[Effect]:
        """The text of each PDF of the request, by its data."""
        if self._phase != "reading":
            return []
        self._request = with_texts(self._request, texts)
        return self._start()

    def answered(self, status: int) -> list[Effect]:
        """The engine's head came."""
        self._status = status
        if self._phase != "asking":
            return []
        if status != 200:
            self._phase = "rejected"
            return []
        self._phase = "streaming" if self._request.stream else "collecting"
        if self._asking is not None:
            self._answering.stages.read_with(self._asking.readings())
            self._answering.may_again = self._asking.constrained
        return self._open()

    def receive(self, data: bytes, now: float) -> list[Effect]:
        """Bytes of the engine's answer."""
        self._now = now
        if self._phase == "streaming":
            return self._settled(self._answering.receive(data, now))
        if self._phase == "ended":
            return []
        self._body += data
        if self._phase == "searching" and len(self._body) > SEARCH_LIMIT:
            return [Cancel(), *self._searched(None, "its answer is too large")]
        if len(self._body) > LIMIT:
            return [Cancel(), *self._fail(BadAnswer("the engine's answer is larger than 64 MiB"))]
        return []

    def upstream_closed(self, error: str | None = None) -> list[Effect]:
        """The engine's answer is over, by itself or by `error`."""
        body, self._body = bytes(self._body), bytearray()
        asking, status = self._asking, self._status
        if asking is None:
            return []
        whole = None if error or status != 200 else body
        match self._phase:
            case "asking":
                why = error or "it closed the connection before it answered"
                return self._ask(lambda: asking.unreachable(why))
            case "counting":
                return self._ask(lambda: asking.counted(read_count(whole or b""), status))
            case "rejected":
                return self._rejected(asking, Rejection(status, body))
            case "searching":
                return self._searched(whole, error or (f"it answered {status}" if status != 200 else ""))
            case "streaming":
                return self._settled(self._answering.finish_stream(error or "it closed the connection"))
            case "collecting" if error is not None:
                failure = BadAnswer(f"the engine broke off its answer: {error}")
                return self._settled(self._answering.broken(failure))
            case "collecting":
                return self._settled(self._answering.whole(body, self._now))
        return []

    def tick(self, now: float) -> list[Effect]:
        """The time of the last `Wait` has come."""
        self._now = now
        if self._phase == "ended":
            return []
        if self._phase != "streaming" and now >= self._deadline:
            if self._phase == "searching":
                return [Cancel(), *self._searched(None, f"no answer within {SEARCH_PATIENCE:g} s")]
            seconds = round(now - self._since)
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

    def _start(self) -> list[Effect]:
        """The request is complete: make it fit to be asked, and ask."""
        given = self._given
        try:
            model = self._model()
            request = self._with_search(self._request)
            unable = missing(request.tools)
            request, notes = sanitize(request, images=model.images)
        except DragomanError as error:
            return self._fail(error)
        self._request = request
        self._notes += notes
        asking = self._asking = Asking(given.pool, model, request)
        return self._say(unable) if unable else self._ask(asking.first)

    def _rejected(self, asking: Asking, rejection: Rejection) -> list[Effect]:
        """The engine refused; pictures that it will not see go to the model that does."""
        if rejection.no_images and asking.model.images and self._given.vision_model:
            asking.model.images = False
            asking.finish(0)
            return self._start()
        return self._ask(lambda: asking.rejected(rejection))

    def _model(self) -> Model:
        """The model that answers; another one where there are pictures that it would not see."""
        given, request = self._given, self._request
        model = given.pool.find(request.model, given.allowed)
        if model.images or not given.vision_model or not has_images(request):
            return model
        seeing = given.pool.find(given.vision_model)
        return seeing if given.pool.permits(seeing, given.allowed) else model

    def _with_search(self, request: Request) -> Request:
        """Web search as a tool of the gateway's own, where the client wants it and somebody can search."""
        tool, service = asked_search(request.tools), self._given.search
        if tool is None or service is None:
            return request
        self._searching = Searching(service, tool)
        self._answering.search_with(NAME)
        return with_search(request)

    def _say(self, text: str) -> list[Effect]:
        """A reply of the gateway's own."""
        effects = self._open()
        effects += self._answering.say([TextDelta(text), Stopped("end")])
        return self._settled([*effects, *self._answering.finish()])

    def _ask(self, next_call: Callable[[], Call]) -> list[Effect]:
        """Make the call, or tell the client why there is none."""
        try:
            call = next_call()
        except DragomanError as error:
            return self._fail(error)
        self._phase = "counting" if self._asking and self._asking.counting else "asking"
        return [call, Wait(self._next_tick)]

    def _open(self) -> list[Effect]:
        """The head of the reply, where it was not sent yet."""
        if self._answering.opened:
            return []
        effects = self._answering.open(self._head(), self._request, self._now)
        return [*effects, Wait(self._next_tick)] if effects else []

    def _head(self) -> ReplyHead:
        given, asking = self._given, self._asking
        estimate = asking.model.estimate(asking.sent_bytes) if asking else 0
        window = asking.model.window if asking else None
        scale = given.usage_window / window if given.usage_window and window else 1.0
        return ReplyHead(given.new_id("msg_"), self._request.model, given.wall, estimate, scale)

    def _settled(self, effects: list[Effect]) -> list[Effect]:
        """What the client's side did, and what follows from it."""
        if self._answering.ending is not None:
            return [*effects, *self._end()]
        if self._answering.wants_again and self._asking is not None:
            self._answering.anew()
            self._body.clear()
            self._wait_anew()
            return [*effects, *self._ask(self._asking.unconstrained)]
        return [*effects, *self._search()] if self._answering.searching else effects

    def _search(self) -> list[Effect]:
        """Look for what the model wants to know next, or ask it again with all that was found."""
        answering, searching, asking = self._answering, self._searching, self._asking
        if searching is None or asking is None:
            return []
        if not searching.results and searching.spent:
            return self._settled(answering.finish())
        effects: list[Effect] = []
        for wanted in answering.stages.searches[len(searching.results) :]:
            started, call = searching.start(wanted)
            effects += answering.say([started])
            if call is not None:
                self._phase, self._search_since = "searching", self._now
                return [*effects, call, Wait(self._next_tick)]
            effects += answering.say([searching.finish(None)])
        if answering.stages.calls:
            return self._settled([*effects, *answering.finish()])
        self._wait_anew()
        self._request = continued(asking.request, answering.next_round(), searching.results)
        searching.results = []
        return [*effects, *self._ask(lambda: asking.again(self._request))]

    def _searched(self, body: bytes | None, failure: str = "") -> list[Effect]:
        """A search came to its end: what it found, or why it found nothing."""
        if self._searching is None:
            return []
        self._body.clear()
        return [*self._answering.say([self._searching.finish(body, failure)]), *self._search()]

    def _fail(self, error: DragomanError) -> list[Effect]:
        return [*self._answering.fail(error), *self._end()]

    def _end(self) -> list[Effect]:
        if self._phase == "ended":
            return []
        self._phase = "ended"
        answering, stages, asking = self._answering, self._answering.stages, self._asking
        advice = asking.finish(stages.usage.input, stages) if asking is not None else ""
        fields = unknown(asking.request) if asking is not None else []
        notes = [*self._notes, *(asking.notes if asking is not None else ()), *[NOTE] * len(fields)]
        outcome = Outcome(
            status=answering.status,
            ending=answering.ending or "broken",
            model=asking.model.id if asking else "",
            error=answering.error,
            usage=stages.usage,
            calls=stages.calls,
            repairs=stages.tally.repairs,
            tools=stages.tally.of(self._offered) if stages.tally else {},
            advice=advice,
            notes=Counter(notes) if notes else {},
            unknown=tellable(fields),
            first_token=answering.first_token,
        )
        return [Done(outcome)]

    @property
    def _offered(self) -> frozenset[str]:
        """The names of the client's tools; before its request could be read there are none."""
        return frozenset(tool.name for tool in self._asking.request.tools) if self._asking else frozenset()

    def _wait_anew(self) -> None:
        """What is asked next has the whole time again, for a client that sees the reply grow."""
        if self._request.stream:
            self._since = self._now

    @property
    def _deadline(self) -> float:
        if self._phase == "searching":
            return self._search_since + SEARCH_PATIENCE
        given, timeout = self._given, None
        if self._asking is not None and self._asking.replica is not None:
            timeout = self._asking.replica.upstream.timeout
        if self._request.stream:
            return self._since + (timeout or given.timeout)
        # A client that hears nothing gives up, Claude Code after 300 s; no engine's patience helps it.
        return self._since + min(timeout or given.whole_timeout, given.whole_timeout)

    @property
    def _next_tick(self) -> float:
        if self._phase == "streaming":
            return self._answering.next_tick
        if self._answering.streaming:
            return min(self._answering.next_tick, self._deadline)
        return min(self._given.now + PATIENCE, self._deadline) if self._request.stream else self._deadline
