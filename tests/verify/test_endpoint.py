"""How an endpoint is asked, and what becomes of answers that are none."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import pytest

from dragoman.verify import endpoint as module
from dragoman.verify.dialects import Question, openai, user
from dragoman.verify.endpoint import Answer, Endpoint, Refused, Target
from dragoman.verify.outcome import Failed
from dragoman.verify.suite import dialect
from tests.scripted_engine import DROP, SSE, STALL, ScriptedEngine, Unframed, chunk, refuses, stream, whole
from tests.scripted_engine import Answer as Scripted

OPENAI = dialect("openai")
T = TypeVar("T")
ASKED = Question(user("?"))


def work(engine: ScriptedEngine, what: Callable[[Endpoint], Awaitable[T]]) -> T:
    async def run() -> T:
        endpoint = Endpoint(Target(engine.url, "secret", "m"))
        try:
            return await what(endpoint)
        finally:
            endpoint.close()

    return asyncio.run(run())


def test_headers_of_the_answer_are_kept(engine: ScriptedEngine) -> None:
    engine.always(Scripted((b"{}",), headers={"Content-Type": "application/json", "X-Y": "z"}), "/a")
    answer = work(engine, lambda endpoint: endpoint.fetch("GET", "/a"))
    assert (answer.status, answer.json(), answer.headers["x-y"]) == (200, {}, "z")


def test_head_does_not_wait_for_a_body(engine: ScriptedEngine) -> None:
    async def twice(endpoint: Endpoint) -> list[int]:
        return [(await endpoint.fetch(method, "/v1/models")).status for method in ("HEAD", "GET")]

    assert work(engine, twice) == [404, 200]


def test_the_key_goes_out_in_the_headers_of_the_protocol(engine: ScriptedEngine) -> None:
    work(engine, lambda endpoint: endpoint.ask(OPENAI, ASKED))
    assert engine.chats()[0].headers["authorization"] == "Bearer secret"
    assert "secret" not in engine.chats()[0].raw.decode()


BAD: dict[str, tuple[Any, str]] = {
    "another status": (refuses(400, "no"), "it answered 400: no"),
    "JSON for a stream": (whole({"choices": []}), "came as application/json"),
    "a connection that is dropped": (stream(chunk(content="a"), DROP, end=False), "POST /v1/chat"),
    "chunks that are none": (
        Scripted((b"data: 1\n\n", Unframed(b"zz\r\n")), headers=dict(SSE)),
        "POST /v1/chat",
    ),
    "no bytes at all": (Scripted((), before=(DROP,)), "closed the connection"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_no_answer_fails_in_words(engine: ScriptedEngine, case: str) -> None:
    script, said = BAD[case]
    engine.always(script)
    with pytest.raises(Failed) as failed:
        work(engine, lambda endpoint: endpoint.ask(OPENAI, ASKED))
    assert said in str(failed.value)


def test_an_answer_without_an_end_is_cut(engine: ScriptedEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LARGEST", 1 << 20)
    engine.always(Scripted((b"x" * (2 << 20),)), "/a")
    engine.always(Scripted((b"x" * (2 << 20),), headers=dict(SSE)))
    with pytest.raises(Failed, match="more than 1 MiB"):
        work(engine, lambda endpoint: endpoint.fetch("GET", "/a"))
    with pytest.raises(Failed, match="more than 1 MiB"):
        work(engine, lambda endpoint: endpoint.ask(OPENAI, ASKED))


def test_leaving_a_stream_hangs_up(engine: ScriptedEngine) -> None:
    engine.always(stream(chunk(content="a"), STALL, end=False))

    async def leave(endpoint: Endpoint) -> None:
        async with endpoint.asking(OPENAI, ASKED) as asking:
            async for _ in asking.pieces():
                break

    began = time.monotonic()
    work(engine, leave)
    engine.chats()[0].wait_gone()
    assert time.monotonic() - began < 5


def test_what_was_waited_for_is_known(engine: ScriptedEngine) -> None:
    engine.always(stream(chunk(content="a"), STALL, end=False))

    async def wait(endpoint: Endpoint) -> str:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await endpoint.ask(OPENAI, ASKED)
        return endpoint.doing

    assert work(engine, wait) == "the stream stood still after 1 pieces"


SAID: dict[str, tuple[bytes, str]] = {
    "Anthropic's shape": (b'{"type": "error", "error": {"type": "t", "message": "no"}}', "no"),
    "a word alone": (b'{"error": "Unauthorized"}', "Unauthorized"),
    "FastAPI's": (b'{"detail": "Not Found"}', "Not Found"),
    "a page": (b"<!DOCTYPE html><p>hi", "a web page"),
    "nothing": (b" ", "nothing"),
    "a list": (b"[1]", "[1]"),
    "no UTF-8": (b"\xff", "`�`"),
}


@pytest.mark.parametrize("case", SAID)
def test_the_words_of_an_error(case: str) -> None:
    body, said = SAID[case]
    assert Answer(400, {}, body).said() == said
    assert str(Refused(Answer(400, {}, body))) == f"it answered 400: {said}"


def test_a_refusal_that_is_known_has_its_mend() -> None:
    said = b'{"error": {"message": "\\"auto\\" tool choice requires --tool-call-parser to be set"}}'
    assert "--enable-auto-tool-choice" in Refused(Answer(400, {}, said)).mend
    assert not Refused(Answer(400, {}, b"no")).mend


WINDOWS: dict[str, tuple[list[dict[str, Any]], int | None]] = {
    "ours": ([{"id": "m", "max_input_tokens": 5}], 5),
    "vLLM's": ([{"id": "m", "max_model_len": 5}], 5),
    "llama.cpp's": ([{"id": "m", "meta": {"n_ctx": 5}}], 5),
    "not said": ([{"id": "m", "meta": None}], None),
    "no number": ([{"id": "m", "max_model_len": "5"}], None),
    "another model's": ([{"id": "other", "max_model_len": 5}], None),
}


@pytest.mark.parametrize("case", WINDOWS)
def test_the_window(case: str) -> None:
    models, window = WINDOWS[case]
    endpoint = Endpoint(Target("http://h", model="m"), models=models)
    assert endpoint.window == window


def test_the_first_listed_model_is_asked_unless_one_is_named() -> None:
    listed = [{"id": "a"}, {"id": "b"}]
    assert Endpoint(Target("http://h"), models=listed).model == "a"
    assert Endpoint(Target("http://h", model="b"), models=listed).model == "b"
    assert not Endpoint(Target("http://h")).model
    assert openai.NAME == "openai"
