"""One request of a hot route: let in, its body read, carried out, and counted at its end.

All of it in callbacks, called by the door that the request came through.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from dragoman.journey.answering import refusal
from dragoman.journey.exchange import Journey
from dragoman.model.effects import Open, Outcome, Send
from dragoman.model.errors import BadRequest, Busy, DragomanError, RateLimited, TooLarge
from dragoman.settings import Settings
from dragoman.transport.answer import Answer, Turn
from dragoman.transport.carrier import Carrier, Outside
from dragoman.transport.gate import Gate, fault_of_ours, wire_of
from dragoman.transport.keys import Holder, Limits

COUNT = "/v1/messages/count_tokens"

log = logging.getLogger("dragoman")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request's head. `path` is as routes know it."""

    method: str
    path: str
    headers: Mapping[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Guest:
    """A request that was let in. `began` is in the loop's seconds."""

    path: str
    request_id: str
    holder: Holder
    began: float


class House(Protocol):
    """Whom visits are for: the gateway."""

    gate: Gate
    outside: Outside
    settings: Settings
    visits: "set[Visit]"

    def hot(self, asked: Asked) -> bool: ...
    def journey(self, guest: Guest) -> Journey: ...
    def ended(self, guest: Guest, outcome: Outcome, now: float) -> None: ...


class Visit:
    """Begin with `enter`; `read` what comes of the body until it is `whole`; `left` is called at its end,
    when it is `over`."""

    def __init__(
        self, house: House, asked: Asked, transport: asyncio.Transport, turn: Turn, left: Callable[[], None]
    ) -> None:
        self._house, self._asked, self._left = house, asked, left
        self._loop = asyncio.get_running_loop()
        self._id = house.gate.new_id("req_")
        self._answer = Answer(transport, turn, self._id)
        self._guest: Guest | None = None
        self._limits: Limits | None = None
        self._carrier: Carrier | None = None
        self._body = bytearray()
        self._held = self.over = False

    def enter(self) -> None:
        """Its head is here."""
        house, asked = self._house, self._asked
        house.visits.add(self)
        try:
            holder = house.gate.admit(asked.path, asked.headers)
            self._guest = Guest(asked.path, self._id, holder, self._loop.time())
            self._find_place(self._guest)
            check_length(asked.headers.get(b"content-length", b"0"), house.settings.body_limit)
        except DragomanError as error:
            self._refuse(error)
        except Exception as fault:
            self._fail(fault)

    def read(self, data: bytes) -> None:
        """A piece of its body."""
        if self.over:
            return
        self._body += data
        limit = self._house.settings.body_limit
        if len(self._body) > limit:
            self._refuse(
                TooLarge(f"the request has more than {limit} bytes, which is the most that is taken")
            )

    def whole(self) -> None:
        """All of its body is here."""
        if self.over or self._guest is None:
            return
        body, self._body = bytes(self._body), bytearray()
        try:
            journey = self._house.journey(self._guest)
        except Exception as fault:
            self._fail(fault)
            return
        self._carrier = Carrier(journey, self._house.outside, self._answer, self._ended)
        self._carrier.begin(body)

    def hold(self, held: bool) -> None:
        """The client takes no more for now, or does again."""
        self._held = held
        if self._carrier is not None:
            self._carrier.hold(held)

    def gone(self) -> None:
        """The client went away."""
        if self.over:
            return
        if self._carrier is None:
            self._leave()
        else:
            self._carrier.client_gone()

    def break_off(self) -> None:
        """The gateway ends; who has no answer yet is told so."""
        if not self._answer.begun:
            self._say(Busy("the gateway is being stopped; try again in a few seconds"))
        self._answer.close(unread=self._held)  # now, so that no request behind this one begins
        self.gone()

    def _find_place(self, guest: Guest) -> None:
        """Raises RateLimited where the key's limits leave no room."""
        limits = guest.holder.counts if guest.path == COUNT else guest.holder.replies
        try:
            limits.enter(guest.began)
        except RateLimited:
            log.info("%s: refused by a limit of the key %s.", self._id, guest.holder.name)
            raise
        self._limits = limits

    def _refuse(self, error: DragomanError) -> None:
        self._say(error)
        self._leave()

    def _say(self, error: DragomanError) -> None:
        """The error is the whole answer."""
        self._answer.drop()
        for effect in refusal(error, wire_of(self._asked.path, self._asked.headers), self._id):
            match effect:
                case Open(status, headers):
                    self._answer.head(status, headers)
                case Send(data):
                    self._answer.data(data)
        self._answer.flush(ended=True)

    def _ended(self, result: Outcome | Exception) -> None:
        if isinstance(result, Exception):
            self._fail(result)
            return
        self._leave()
        if self._guest is None:
            return
        try:
            self._house.ended(self._guest, result, self._loop.time())
        except Exception:
            log.exception("%s: was answered, but not counted.", self._id)

    def _fail(self, fault: Exception) -> None:
        log.error("%s: failed by a fault of ours.", self._id, exc_info=fault)
        if self._answer.begun:
            self._answer.close()
            self._leave()
            return
        self._refuse(fault_of_ours(self._id))

    def _leave(self) -> None:
        self.over = True
        self._body = bytearray()
        self._carrier = None  # they know each other, and garbage in circles is collected late and dearly
        self._house.visits.discard(self)
        if self._limits is not None and self._guest is not None:
            self._limits.leave(self._guest.began, self._loop.time())
        self._left()


def check_length(length: bytes, limit: int) -> None:
    """What a client says of its body, before that comes. Raises TooLarge or BadRequest."""
    if not length.isdigit():
        raise BadRequest("content-length: expected a whole number")
    if int(length) > limit:
        raise TooLarge(f"the request has {int(length)} bytes; at most {limit} are taken")
