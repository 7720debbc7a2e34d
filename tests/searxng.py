"""A server that answers as SearXNG does, over real HTTP on 127.0.0.1, and can be told to misbehave."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

PAGES = [
    {
        "url": "https://tea.example/longjing",
        "title": "龙井茶",
        "content": "A green tea of Hangzhou.",
        "score": 2.0,
    },
    {"url": "https://spam.example/buy", "title": "Buy now", "content": "Cheap.", "score": 1.5},
    {
        "url": "https://docs.example/tea",
        "title": "Tea",
        "content": None,
        "publishedDate": "2026-05-04T00:00:00",
    },
]


class SearxNG:
    """`mood`: "well", "slow" (answers nothing until the end), "rubbish", "forbidden" or "broken"."""

    def __init__(self, pages: list[dict[str, Any]] | None = None) -> None:
        self.pages = PAGES if pages is None else pages
        self.mood = "well"
        self.queries: list[str] = []
        self._over = threading.Event()
        owner = self

        class Answering(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                owner.answer(self)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, name="searxng")

    def answer(self, asked: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(asked.path)
        fields = parse_qs(parts.query)
        if parts.path != "/search" or fields.get("format") != ["json"]:
            return self.send(asked, 404, b"not found")
        self.queries += fields["q"]
        match self.mood:
            case "slow":
                self._over.wait(60)
            case "rubbish":
                return self.send(asked, 200, b"<html>search</html>")
            case "forbidden":
                return self.send(asked, 403, b"<html>format json is not allowed</html>")
            case "broken":
                asked.close_connection = True
                return None
        body = {"query": fields["q"][0], "number_of_results": 0, "results": self.pages, "suggestions": []}
        return self.send(asked, 200, json.dumps(body, ensure_ascii=False).encode())

    @staticmethod
    def send(asked: BaseHTTPRequestHandler, status: int, body: bytes) -> None:
        try:
            asked.send_response(status)
            asked.send_header("content-type", "application/json")
            asked.send_header("content-length", str(len(body)))
            asked.end_headers()
            asked.wfile.write(body)
        except OSError:
            asked.close_connection = True  # the gateway went away, which a test wanted

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._server.shutdown()
        self._thread.join(10)
        self._server.server_close()
