"""The endpoint under test and how it is asked: real HTTP, as a client does, and nothing believed.

Whatever comes instead of an answer becomes Failed with words for people. Time limits are the caller's:
`doing` says what was being waited for when one ran out.
"""

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import msgspec

from dragoman.transport.upstream import Connection, Upstream, reason
from dragoman.verify.dialects import Dialect, Question, Reply, short
from dragoman.verify.frames import Frames
from dragoman.verify.outcome import Failed

LARGEST = 64 << 20
"""Bytes of an answer; what is larger is none."""


@dataclass(frozen=True, slots=True)
class Target:
    """What is to be verified. An empty model is the first that the endpoint lists."""

    url: str
    key: str = ""
    model: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer over HTTP."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        """Raises Failed for what is none."""
        try:
            return msgspec.json.decode(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise Failed(f"it answered {self.status} with {self.described()}, not JSON") from None

    def described(self) -> str:
        if not self.body.strip():
            return "nothing"
        if self.text.lstrip().lower().startswith(("<!doctype", "<html")):
            return "a web page"
        return f"`{short(self.text, 80)}`"

    def said(self) -> str:
        """The message of an error in any shape."""
        try:
            value = msgspec.json.decode(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return self.described()
        for name in ("error", "message", "detail"):
            value = value.get(name, value) if isinstance(value, dict) else value
        return short(value if isinstance(value, str) else str(value), 200)


PARSER = (
    "the engine does not read its model's calls: start it with --enable-auto-tool-choice and the "
    "--tool-call-parser of its model, or put `dragoman serve --upstream URL` before it, which needs neither"
)
KNOWN = {"--tool-call-parser": PARSER}
"""Mends by the words of a refusal."""


class Refused(Failed):
    """It answered, but not with 200."""

    def __init__(self, answer: Answer) -> None:
        said = answer.said()
        mend = next((mend for words, mend in KNOWN.items() if words in said), "")
        super().__init__(f"it answered {answer.status}: {said}", mend)
        self.answer = answer


class Heard(Connection):
    """A connection that keeps the headers of the answer."""

    def __init__(self) -> None:
        super().__init__()
        self.headers: dict[str, str] = {}

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.headers = {}

    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
        self.headers[name.decode("latin-1").lower()] = value.decode("latin-1")


class Client(Upstream):
    """The project's own client, its connections made to keep headers."""

    connection = Heard


@dataclass(slots=True)
class Endpoint:
    """A target with what was found out about it on the way."""

    target: Target
    client: Client = field(default_factory=Client)
    kind: str = ""
    models: list[dict[str, Any]] = field(default_factory=list)
    doing: str = ""

    @property
    def url(self) -> str:
        return self.target.url

    @property
    def model(self) -> str:
        """The name that is asked for."""
        return self.target.model or (str(self.models[0]["id"]) if self.models else "")

    @property
    def window(self) -> int | None:
        """Of the model, in tokens, where the endpoint says it."""
        entry = next((entry for entry in self.models if entry.get("id") == self.model), {})
        named = [
            entry.get(name)
            for name in ("max_input_tokens", "max_model_len", "context_length", "context_window")
        ]
        meta = entry.get("meta")
        named.append(meta.get("n_ctx") if isinstance(meta, dict) else None)
        return next((value for value in named if isinstance(value, int) and value > 0), None)

    def close(self) -> None:
        self.client.close()

    async def fetch(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> Answer:
        """A whole answer, whatever its status. Raises Failed where none comes."""
        async with self.open(method, path, headers or {}, body) as connection:
            self.doing = f"the head of {method} {path} came, its end did not"
            pieces, size = [], 0
            while method != "HEAD" and (piece := await connection.read()):
                pieces.append(piece)
                size += len(piece)
                if size > LARGEST:
                    raise Failed(f"{method} {path}: an answer of more than {LARGEST >> 20} MiB")
            return Answer(connection.status, dict(connection.headers), b"".join(pieces))

    @asynccontextmanager
    async def open(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> AsyncIterator[Heard]:
        """An answer whose head is here; leaving hangs up, unless it was read to its end."""
        url = path if path.startswith("http") else f"{self.url}{path}"
        self.doing = f"no answer to {method} {path}"
        try:
            connection = await self.client.request(method, url, headers, body)
            try:
                yield cast(Heard, connection)
            finally:
                if method == "HEAD":  # its answer has a length and no body
                    connection.close()
                self.client.release(url, connection)
        except OSError as error:
            if isinstance(error, TimeoutError):
                raise
            if isinstance(error, ConnectionRefusedError):
                raise Failed(f"nothing listens at {self.url}") from None
            raise Failed(f"{method} {path}: {reason(error)}") from None

    async def post(self, dialect: Dialect, path: str, body: Any) -> Answer:
        """A JSON body to a route of a protocol."""
        encoded = body if isinstance(body, bytes) else msgspec.json.encode(body)
        return await self.fetch("POST", path, dialect.headers(self.target.key), encoded)

    async def ask(self, dialect: Dialect, question: Question) -> Reply:
        """The answer to a question. Raises Refused for another status than 200, Failed for rubbish."""
        if question.stream:
            async with self.asking(dialect, question) as stream:
                async for _ in stream.pieces():
                    pass
                return stream.close()
        began = time.monotonic()
        answer = await self.post(dialect, dialect.PATH, dialect.body(question, self.model))
        if answer.status != 200:
            raise Refused(answer)
        reply = dialect.whole(answer.json())
        reply.head = time.monotonic() - began
        return reply

    @asynccontextmanager
    async def asking(self, dialect: Dialect, question: Question) -> AsyncIterator["Asking"]:
        """A streamed answer while it comes; leaving early hangs up."""
        began = time.monotonic()
        body = msgspec.json.encode(dialect.body(question, self.model))
        headers = {**dialect.headers(self.target.key), "accept": "text/event-stream"}
        async with self.open("POST", dialect.PATH, headers, body) as connection:
            if connection.status != 200:
                pieces = []
                while piece := await connection.read():
                    pieces.append(piece)
                raise Refused(Answer(connection.status, dict(connection.headers), b"".join(pieces)))
            kind = connection.headers.get("content-type", "")
            if "text/event-stream" not in kind:
                said = Answer(200, connection.headers, await connection.read()).described()
                raise Failed(f"a stream was asked for, and {said} came as {kind or 'no type'}")
            yield Asking(self, connection, dialect, began)


class Asking:
    """One streamed answer as it comes, and its times."""

    def __init__(self, endpoint: Endpoint, connection: Heard, dialect: Dialect, began: float) -> None:
        self._endpoint, self._connection, self._began = endpoint, connection, began
        self._frames, self._reader = Frames(), dialect.Stream()
        self._size = 0
        self._last = time.monotonic()
        self.reply = self._reader.reply
        self.reply.head = self._last - began
        self.reply.silences.append(self.reply.head)

    async def pieces(self) -> AsyncIterator[float]:
        """The time of each piece of content, since the question."""
        while data := await self._read():
            for frame in self._frames.feed(data):
                if self._reader.feed(frame):
                    self.reply.times.append(self._last - self._began)
                    yield self.reply.times[-1]

    def written(self) -> str:
        """The arguments so far of the call that is being written."""
        return self._reader.written()

    def close(self) -> Reply:
        """The whole reply, once all of it was read."""
        if left := self._frames.close():
            self.reply.breach(f"an event without an empty line at its end: {short(left, 40)}")
        return self._reader.close()

    async def _read(self) -> bytes:
        self._endpoint.doing = f"the stream stood still after {len(self.reply.times)} pieces"
        data = await self._connection.read()
        now = time.monotonic()
        self.reply.silences.append(now - self._last)
        self._last = now
        self._size += len(data)
        if self._size > LARGEST:
            raise Failed(f"a stream of more than {LARGEST >> 20} MiB")
        return data
