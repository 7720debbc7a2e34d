"""Carries out surveys of engines: asks their questions over HTTP, one kind of engine after the other."""

import asyncio
from collections.abc import Mapping
from typing import cast

from msgspec.json import encode

from dragoman import __version__, engines, folder
from dragoman.engines import Engine, Question, Reply
from dragoman.model.engine import EngineFacts
from dragoman.model.profile import Profile
from dragoman.transport.upstream import Upstream

USER_AGENT = f"dragoman/{__version__} (survey)"
TIMEOUT = 30.0
"""Seconds per question; some let the engine make a token."""


class Surveyor:
    """Asks one engine; what it was asked once is not asked again for the next kind."""

    def __init__(self, upstream: Upstream, root: str, headers: Mapping[str, str]) -> None:
        self._upstream, self._root = upstream, root
        self._headers = {**headers, "user-agent": USER_AGENT}
        self._answers: dict[bytes, Reply] = {}
        self.answered = True
        """Whether an answer came to each question, whatever it was."""

    async def survey(self, model: str, profile: Profile) -> EngineFacts:
        """What the engine is and does; the empty facts where no kind knows it."""
        for name in folder.names(engines):
            kind = cast(Engine, folder.load(engines, name))
            conversation = kind.survey(model, profile)
            try:
                question = next(conversation)
                while True:
                    question = conversation.send(await self._ask(question))
            except StopIteration as end:
                if end.value is not None:
                    return cast(EngineFacts, end.value)
        return EngineFacts()

    async def _ask(self, question: Question) -> Reply:
        key = encode(question)
        if key not in self._answers:
            self._answers[key] = await self._fetch(question)
        return self._answers[key]

    async def _fetch(self, question: Question) -> Reply:
        method, body = ("GET", b"") if question.body is None else ("POST", encode(question.body))
        try:
            async with asyncio.timeout(TIMEOUT):
                status, answer = await self._upstream.fetch(
                    method, self._root + question.path, self._headers, body
                )
        except OSError:  # a TimeoutError too
            self.answered = False
            return Reply(0)
        return Reply(status, answer)
