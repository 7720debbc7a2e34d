"""What a check is, and what it is given: the endpoint in one protocol."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from typing import Any

from dragoman.verify.dialects import Dialect, Question, Reply
from dragoman.verify.endpoint import Answer, Asking, Endpoint
from dragoman.verify.outcome import Seen

ROOM_FOR_THOUGHTS = 4096
"""Tokens for an answer after thoughts."""


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation with the endpoint; `limit` is the time that the check has, in seconds."""

    endpoint: Endpoint
    dialect: Dialect
    limit: float

    async def ask(self, question: Question) -> Reply:
        """The answer to a question. Raises Refused or Failed."""
        return await self.endpoint.ask(self.dialect, question)

    async def hear(self, question: Question) -> Reply:
        """The answer, asked for again with more room where thoughts took all there was."""
        reply = await self.ask(question)
        if reply.stop == "length" and reply.thinking and not (reply.text.strip() or reply.calls):
            return await self.ask(replace(question, max_tokens=ROOM_FOR_THOUGHTS))
        return reply

    def asking(self, question: Question) -> AbstractAsyncContextManager[Asking]:
        """The answer while it comes."""
        return self.endpoint.asking(self.dialect, question)

    async def post(self, body: Any, path: str = "") -> Answer:
        """A body of any kind to the protocol's route, or to another one."""
        return await self.endpoint.post(self.dialect, path or self.dialect.PATH, body)


@dataclass(frozen=True, slots=True)
class Check:
    """One proof. `needs` names checks that must have passed; `rank` orders them; `quick`: it is done in
    seconds; `skill`: a weak model may leave it open; `client`: only where this program is asked for;
    `only`: the protocols that have it, empty for all; `limit` is in seconds."""

    title: str
    proves: str
    how: str
    mend: str
    rank: int
    run: Callable[[Talk], Awaitable[Seen]]
    needs: tuple[str, ...] = ("speaks",)
    quick: bool = False
    skill: bool = False
    per_protocol: bool = True
    only: tuple[str, ...] = ()
    client: str = ""
    limit: float = 60.0
