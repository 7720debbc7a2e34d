"""Cases put to an endpoint that speaks Chat Completions, some at a time."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from dragoman.evaluation.cases import Case
from dragoman.evaluation.score import Verdict, judge
from dragoman.model.errors import BadAnswer, DragomanError, Unreachable
from dragoman.transport.upstream import Upstream, reason

TIMEOUT = 300.0
"""Seconds for one answer."""


class Endpoint(Struct, frozen=True):
    """Where to ask: a base URL with `/v1`, the key that it wants, the model's name there."""

    root: str
    key: str
    model: str

    @property
    def headers(self) -> dict[str, str]:
        bearer = {"authorization": f"Bearer {self.key}"} if self.key else {}
        return {"content-type": "application/json", **bearer}


class Function(Struct):
    name: str | None = None
    arguments: str | None = None


class Called(Struct):
    function: Function


class Message(Struct):
    tool_calls: list[Called] | None = None


class Choice(Struct):
    message: Message


class Reply(Struct):
    choices: list[Choice]


class Listed(Struct):
    id: str


class Models(Struct):
    data: list[Listed]


async def first_model(root: str, key: str) -> str:
    """The model that an endpoint lists first. Raises Unreachable or BadAnswer."""
    client, endpoint = Upstream(), Endpoint(root, key, "")
    try:
        async with asyncio.timeout(30):
            status, body = await client.fetch("GET", f"{root}/models", endpoint.headers)
    except OSError as error:  # a TimeoutError too
        raise Unreachable(f"nothing answers at {root}: {reason(error)}") from None
    finally:
        client.close()
    try:
        return msgspec.json.decode(body, type=Models).data[0].id
    except (msgspec.MsgspecError, IndexError):
        raise BadAnswer(f"{root}/models answered {status} and lists no model: {words(body)}") from None


async def ask_all(
    endpoint: Endpoint, cases: Iterable[Case], at_once: int, done: Callable[[], None]
) -> list[Verdict]:
    """The verdict on the answer to each case, in order; `done` is called after each."""
    client, places = Upstream(), asyncio.Semaphore(at_once)

    async def one(case: Case) -> Verdict:
        async with places:
            verdict = await ask(client, endpoint, case)
        done()
        return verdict

    try:
        return await asyncio.gather(*map(one, cases))
    finally:
        client.close()


async def ask(client: Upstream, endpoint: Endpoint, case: Case) -> Verdict:
    body: dict[str, Any] = {
        "model": endpoint.model,
        "messages": case.messages,
        "temperature": 0,
        "max_tokens": 1024,
    }
    if case.tools:
        body |= {"tools": case.tools, "tool_choice": "auto"}
    try:
        async with asyncio.timeout(TIMEOUT):
            status, answer = await client.fetch(
                "POST", f"{endpoint.root}/chat/completions", endpoint.headers, msgspec.json.encode(body)
            )
    except OSError as error:
        return Verdict(refused=f"no answer: {reason(error)}")
    if status != 200:
        return Verdict(refused=f"{status}: {words(answer)}")
    try:
        return judge(case, calls_of(answer))
    except (msgspec.MsgspecError, DragomanError) as error:
        return Verdict(refused=f"an answer that is none: {error}")


def calls_of(answer: bytes) -> Sequence[tuple[str, str]]:
    choices = msgspec.json.decode(answer, type=Reply).choices
    calls = (choices[0].message.tool_calls if choices else None) or ()
    return [(call.function.name or "", call.function.arguments or "") for call in calls]


def words(body: bytes) -> str:
    """What an error's body says, on one line."""
    try:
        text = str(msgspec.json.decode(body)["error"]["message"])
    except (msgspec.MsgspecError, KeyError, TypeError):
        text = body.decode("utf-8", "replace")
    return " ".join(text.split())[:200] or "nothing"
