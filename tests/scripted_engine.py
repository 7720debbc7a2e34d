"""An engine that answers, stalls, breaks and lies on command, over real HTTP on 127.0.0.1.

    with ScriptedEngine() as engine:
        engine.next(says("Hel", "lo"), refuses(400, "no"))     # the next two chat completions
        ...
        engine.asked[0].body, engine.asked[0].gone

It answers the routes that vLLM answers, and 404 elsewhere. An `Answer` is a head and steps; a script is an
Answer, or a function that makes one from the request, so that one script serves streamed and whole requests.
"""

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from concurrent.futures import Future
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from aiohttp import web

CHAT = "/v1/chat/completions"
TOKENIZE = "/tokenize"
MODELS = "/v1/models"
SSE = {"content-type": "text/event-stream; charset=utf-8"}
JSON = {"content-type": "application/json"}


@dataclass(frozen=True)
class Pause:
    """Nothing for so many seconds."""

    seconds: float


class Stall:
    """Nothing until `engine.release()`, or until the client goes away."""


class Drop:
    """Abort the connection here, in the middle of whatever it was."""


class Unframed:
    """Bytes past the framing of HTTP, then the connection is closed."""

    def __init__(self, data: bytes) -> None:
        self.data = data


Step = bytes | Pause | Stall | Drop | Unframed
STALL, DROP = Stall(), Drop()


@dataclass(frozen=True)
class Answer:
    """`before` is done before the head goes out, `steps` after it."""

    steps: tuple[Step, ...] = ()
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: dict(JSON))
    before: tuple[Step, ...] = ()

    def after(self, *before: Step) -> "Answer":
        """The same answer, its head withheld until these steps are done."""
        return Answer(self.steps, self.status, self.headers, before)


@dataclass
class Asked:
    """One request as it came; `connection` is the same for requests on one connection."""

    method: str
    path: str
    headers: Mapping[str, str]
    raw: bytes
    at: float
    connection: object
    gone_at: float | None = None
    answered: threading.Event = field(default_factory=threading.Event)
    """Set once the whole answer was handed to the kernel."""
    _gone: threading.Event = field(default_factory=threading.Event)

    @property
    def body(self) -> Any:
        return json.loads(self.raw)

    def wait_gone(self, seconds: float = 5.0) -> float:
        """When the gateway left this request in the lurch (monotonic); fails where it does not."""
        assert self._gone.wait(seconds), f"{self.path} is still connected after {seconds} s"
        assert self.gone_at is not None
        return self.gone_at


Script = Answer | Callable[[Asked], Answer]


def is_survey(asked: Asked) -> bool:
    return "survey" in asked.headers.get("user-agent", "")


class ScriptedEngine:
    """`tokens` is what `/tokenize` counts (None: it has no such route); `models` lists ids and windows."""

    def __init__(self, models: Mapping[str, int | None] | None = None, tokens: int | None = 7) -> None:
        self.models = {"scripted": 32768} if models is None else dict(models)
        self.tokens = tokens
        self.asked: list[Asked] = []
        self.surveyed: list[Asked] = []
        """What a gateway asks to find out about it; answered as a vLLM that is well, past all scripts."""
        self.url = ""
        self.busy = 0
        """Requests that it answers now."""
        self._queues: dict[str, list[Script]] = {}
        self._standing: dict[str, Script] = {}
        self._arrival = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="scripted engine")
        self._ready: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event, int]] = Future()

    def __enter__(self) -> Self:
        self._thread.start()
        self._loop, self._over, port = self._ready.result(10)
        self.url = f"http://127.0.0.1:{port}"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(10)

    def next(self, *scripts: Script, path: str = CHAT) -> None:
        """Answers to the next requests at a path, one each."""
        self._queues.setdefault(path, []).extend(scripts)

    def always(self, script: Script | None, path: str = CHAT) -> None:
        """The answer to all others at a path; None for the route's own."""
        if script is None:
            self._standing.pop(path, None)
        else:
            self._standing[path] = script

    def reset(self) -> None:
        """Forget what was asked and what was to be answered; what runs goes on."""
        self.release()
        self.asked.clear()
        self._queues.clear()
        self._standing.clear()

    def release(self) -> None:
        """Let everything go on that stalls now."""
        self._loop.call_soon_threadsafe(self._free_stalled)

    def call(self, function: Callable[[], object]) -> None:
        """Run something on the engine's loop, and return when it is done."""
        done: Future[None] = Future()

        def run() -> None:
            function()
            done.set_result(None)

        self._loop.call_soon_threadsafe(run)
        done.result(5)

    def chats(self) -> list[Asked]:
        return [asked for asked in self.asked if asked.path == CHAT]

    def wait_chats(self, count: int, seconds: float = 5.0) -> list[Asked]:
        """The chat completions asked for, once there are so many."""
        with self._arrival:
            enough = self._arrival.wait_for(lambda: len(self.chats()) >= count, seconds)
        assert enough, f"{len(self.chats())} of {count} requests reached the engine in {seconds} s"
        return self.chats()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:
            if not self._ready.done():
                self._ready.set_exception(error)
            raise

    async def _serve(self) -> None:
        self._stalled = asyncio.Event()
        over = asyncio.Event()
        app = web.Application(client_max_size=256 * 1024 * 1024)
        app.router.add_route("*", "/{path:.*}", self._handle)
        runner = web.AppRunner(app, handler_cancellation=True, access_log=None, shutdown_timeout=0.2)
        await runner.setup()
        try:
            site = web.TCPSite(runner, "127.0.0.1", 0, backlog=512)
            await site.start()
            port: int = runner.addresses[0][1]
            self._ready.set_result((asyncio.get_running_loop(), over, port))
            await over.wait()
            self._free_stalled()
        finally:
            await runner.cleanup()

    def _free_stalled(self) -> None:
        self._stalled.set()
        self._stalled = asyncio.Event()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        raw = await request.read()
        asked = Asked(request.method, request.path, request.headers, raw, time.monotonic(), request.transport)
        async with self._recorded(asked):
            answer = self._answer_to(asked)
            await self._steps(answer.before, request, None)
            response = web.StreamResponse(status=answer.status, headers=answer.headers)
            await response.prepare(request)
            await self._steps(answer.steps, request, response)
            if request.transport is not None and not request.transport.is_closing():
                await response.write_eof()
            asked.answered.set()
            return response

    @asynccontextmanager
    async def _recorded(self, asked: Asked) -> AsyncIterator[None]:
        with self._arrival:
            (self.surveyed if is_survey(asked) else self.asked).append(asked)
            self.busy += 1
            self._arrival.notify_all()
        try:
            yield
        except (asyncio.CancelledError, ConnectionError):
            asked.gone_at = time.monotonic()
            asked._gone.set()
            raise
        finally:
            self.busy -= 1

    def _answer_to(self, asked: Asked) -> Answer:
        if is_survey(asked):
            return self._usual(asked)
        queue = self._queues.get(asked.path)
        script = queue.pop(0) if queue else self._standing.get(asked.path)
        if script is None:
            return self._usual(asked)
        return script if isinstance(script, Answer) else script(asked)

    def _usual(self, asked: Asked) -> Answer:
        """What a vLLM that is well says."""
        match asked.method, asked.path:
            case "GET", "/health" | "/ping":
                return Answer()
            case "GET", "/version":
                return whole({"version": "0.32.0"})
            case "GET", "/metrics":
                return Answer((b"vllm:num_requests_running 0.0\n",), headers={"content-type": "text/plain"})
            case "GET", "/v1/models":
                listed = [{"id": id, "max_model_len": window} for id, window in self.models.items()]
                return whole({"object": "list", "data": listed})
            case "POST", "/tokenize" if self.tokens is not None:
                return whole({"count": self.tokens, "max_model_len": 32768, "tokens": [1] * self.tokens})
            case "POST", "/v1/chat/completions":
                return says("Hello.")(asked)
        return whole({"detail": "Not Found"}, status=404)

    async def _steps(
        self, steps: Iterable[Step], request: web.Request, response: web.StreamResponse | None
    ) -> None:
        for step in steps:
            match step:
                case bytes() if response is not None:
                    await response.write(step)
                case Pause(seconds):
                    await asyncio.sleep(seconds)
                case Stall():
                    await self._stalled.wait()
                case Drop() if request.transport is not None:
                    request.transport.abort()
                case Unframed() if request.transport is not None:
                    request.transport.write(step.data)
                    request.transport.close()


def whole(body: Any, status: int = 200) -> Answer:
    """An answer in JSON."""
    return Answer((json.dumps(body, ensure_ascii=False).encode(),), status)


def refuses(
    status: int, message: str, headers: Mapping[str, str] | None = None, kind: str = "BadRequestError"
) -> Answer:
    """An error in vLLM's shape."""
    body = {"error": {"message": message, "type": kind, "param": None, "code": status}}
    return Answer((json.dumps(body).encode(),), status, {**JSON, **(headers or {})})


def event(body: Any) -> bytes:
    """One event of a stream."""
    return b"data: %s\n\n" % json.dumps(body, ensure_ascii=False).encode()


DONE = b"data: [DONE]\n\n"


def chunk(finish: str | None = None, stop: str | None = None, **delta: Any) -> bytes:
    """One chunk of a streamed chat completion: `chunk(content="Hel")`."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish, "stop_reason": stop}
    return event({"id": "chatcmpl-1", "object": "chat.completion.chunk", "choices": [choice]})


def call_piece(index: int, arguments: str = "", name: str | None = None, id: str | None = None) -> bytes:
    """One fragment of a tool call, as vLLM sends it: id and name first, then pieces of arguments."""
    function: dict[str, Any] = {"arguments": arguments} if name is None else {"name": name}
    if name is not None and arguments:
        function["arguments"] = arguments
    call: dict[str, Any] = {"index": index, "function": function}
    return chunk(tool_calls=[call | ({"id": id, "type": "function"} if id else {})])


def usage_body(prompt: int = 11, completion: int = 3, cached: int | None = None) -> dict[str, Any]:
    details = None if cached is None else {"cached_tokens": cached}
    return {"prompt_tokens": prompt, "completion_tokens": completion, "prompt_tokens_details": details}


def usage_chunk(prompt: int = 11, completion: int = 3, cached: int | None = None) -> bytes:
    return event({"id": "chatcmpl-1", "choices": [], "usage": usage_body(prompt, completion, cached)})


def stream(*steps: Step, end: bool = True) -> Answer:
    """A streamed answer of these steps; with `end` usage and `[DONE]` follow."""
    return Answer((*steps, usage_chunk(), DONE) if end else steps, headers=dict(SSE))


def says(
    *texts: str,
    thinks: str = "",
    calls: Iterable[tuple[str, str]] = (),
    finish: str | None = None,
    stop: str | None = None,
    cached: int | None = None,
) -> Callable[[Asked], Answer]:
    """A good answer, streamed or whole as it is asked for; `calls` are names and arguments in JSON."""
    listed = list(calls)
    reason = finish or ("tool_calls" if listed else "stop")

    def answer(asked: Asked) -> Answer:
        if asked.body.get("stream"):
            steps = [chunk(role="assistant", content="")]
            steps += [chunk(reasoning=thinks)] if thinks else []
            steps += [chunk(content=text) for text in texts]
            for index, (name, arguments) in enumerate(listed):
                steps.append(call_piece(index, name=name, id=f"chatcmpl-tool-{index}"))
                steps += [call_piece(index, arguments[i : i + 7]) for i in range(0, len(arguments), 7)]
            steps += [chunk(finish=reason, stop=stop), usage_chunk(cached=cached), DONE]
            return stream(*steps, end=False)
        message: dict[str, Any] = {"role": "assistant", "content": "".join(texts) or None}
        if thinks:
            message["reasoning"] = thinks
        if listed:
            message["tool_calls"] = [
                {"id": f"chatcmpl-tool-{i}", "type": "function", "function": {"name": n, "arguments": a}}
                for i, (n, a) in enumerate(listed)
            ]
        choice = {"index": 0, "message": message, "finish_reason": reason, "stop_reason": stop}
        return whole({"id": "chatcmpl-1", "choices": [choice], "usage": usage_body(cached=cached)})

    return answer
