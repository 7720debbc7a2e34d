"""A server of a model hub's shape for tests: lists, redirects and ranges as both hubs have them.

It was written after the hubs' own client libraries, not after the hubs, which tests never ask.
"""

import json
import re
import struct
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"
MODEL = "acme/Model-1B"


def safetensors(tensors: Mapping[str, tuple[str, list[int], int]], metadata: bool = True) -> bytes:
    """A file with zeros as values: name -> dtype, shape, size in bytes."""
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}} if metadata else {}
    at = 0
    for name, (dtype, shape, size) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [at, at + size]}
        at += size
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + bytes(at)


def checkpoint(files: int = 2, tensors: int = 3) -> dict[str, bytes]:
    """A small checkpoint in several files, with an index."""
    config = {"architectures": ["LlamaForCausalLM"], "hidden_size": 64}
    content = {"config.json": json.dumps(config).encode(), "README.md": b"# A model"}
    weights: dict[str, str] = {}
    for number in range(1, files + 1):
        name = f"model-{number:05}-of-{files:05}.safetensors"
        named = {f"layers.{number}.{each}.weight": ("BF16", [64, 32], 4096) for each in range(tensors)}
        content[name] = safetensors(named)
        weights |= dict.fromkeys(named, name)
    content["model.safetensors.index.json"] = json.dumps({"weight_map": weights}).encode()
    return content


@dataclass
class Seen:
    """One request as it came, and how many bytes of a body went back."""

    path: str
    headers: Message
    sent: int = 0


@dataclass
class Hub:
    """`with Hub(files) as hub`: both hubs' interfaces at `hub.url`, weights at a second address.

    `refuse` is a status with headers for every file; `token` the one that may read; `page` puts one file on
    each page of a list; `ranges` False sends whole files; `html` answers all with a web page; `stall` goes
    silent; `fail` that many requests get a 503 first; `cut` ends weights after so many bytes.
    """

    files: dict[str, bytes] = field(default_factory=checkpoint)
    refuse: tuple[int, dict[str, str]] | None = None
    token: str = ""
    page: bool = False
    ranges: bool = True
    html: bool = False
    stall: bool = False
    fail: int = 0
    cut: int | None = None
    redirect: str = ""
    seen: list[Seen] = field(default_factory=list)
    url: str = ""
    weights_url: str = ""

    def __enter__(self) -> "Hub":
        self._released = threading.Event()
        self._servers = [self._serve("hub"), self._serve("weights")]
        self.url, self.weights_url = (
            f"http://127.0.0.1:{server.server_address[1]}" for server in self._servers
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._released.set()
        for server in self._servers:
            server.shutdown()
            server.server_close()

    def _serve(self, part: str) -> ThreadingHTTPServer:
        hub = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                hub.answer(self, part)

            def log_message(self, *_: Any) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = False
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}).start()
        return server

    def answer(self, request: BaseHTTPRequestHandler, part: str) -> None:
        seen = Seen(f"{part}{request.path}", request.headers)
        self.seen.append(seen)
        if self.stall:
            self._released.wait(20)
            return
        status, headers, body = self._answer(request, part)
        seen.sent = len(body)
        request.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            request.send_header(name, value)
        request.end_headers()
        try:
            request.wfile.write(body)
        except OSError:
            seen.sent = 0

    def _answer(self, request: BaseHTTPRequestHandler, part: str) -> tuple[int, dict[str, str], bytes]:
        if self.fail > 0:
            self.fail -= 1
            return 503, {}, b"busy"
        if self.html:
            return 200, {"Content-Type": "text/html"}, b"<!DOCTYPE html><p>Please sign in"
        path, query = urlsplit(request.path).path, parse_qs(urlsplit(request.path).query)
        if part == "weights":
            return self._file(unquote(path).removeprefix("/blob/"), request)
        if path.startswith("/api/v1/models/"):
            return self._modelscope(path, query, request)
        return self._huggingface(path, query, request)

    def _huggingface(
        self, path: str, query: dict[str, list[str]], request: BaseHTTPRequestHandler
    ) -> tuple[int, dict[str, str], bytes]:
        absent = (401, {"X-Error-Code": "RepoNotFound"}, b"Invalid username or password.")
        if listed := re.fullmatch(r"/api/models/(.+)/tree/([^/]+)", path):
            if unquote(listed[1]) != MODEL:
                return absent
            if unquote(listed[2]) not in ("main", COMMIT, "refs/pr/7"):
                return 404, {"X-Error-Code": "RevisionNotFound"}, b"{}"
            return self._tree(path, int(query.get("cursor", ["0"])[0]))
        found = re.fullmatch(r"/(.+)/resolve/([^/]+)/(.+)", path)
        if not found or unquote(found[1]) != MODEL:
            return absent
        if self.token and request.headers.get("Authorization") != f"Bearer {self.token}":
            return 401, {"X-Error-Code": "GatedRepo", "X-Error-Message": "Access is restricted."}, b""
        if self.refuse:
            return *self.refuse, b""
        headers = {"X-Repo-Commit": COMMIT}
        if found[3].endswith(".safetensors"):
            return 302, {**headers, "Location": self.redirect or f"{self.weights_url}/blob/{found[3]}"}, b""
        status, more, body = self._file(unquote(found[3]), request)
        return status, headers | more, body

    def _tree(self, path: str, cursor: int) -> tuple[int, dict[str, str], bytes]:
        listed: list[dict[str, Any]] = [
            {"type": "file", "oid": "0" * 40, "size": len(content), "path": name}
            for name, content in self.files.items()
        ]
        listed.append({"type": "directory", "oid": "0" * 40, "size": 0, "path": "original"})
        if not self.page:
            return 200, {}, json.dumps(listed).encode()
        more = (
            {"Link": f'<{self.url}{path}?cursor={cursor + 1}>; rel="next"'}
            if cursor + 1 < len(listed)
            else {}
        )
        return 200, more, json.dumps(listed[cursor : cursor + 1]).encode()

    def _modelscope(
        self, path: str, query: dict[str, list[str]], request: BaseHTTPRequestHandler
    ) -> tuple[int, dict[str, str], bytes]:
        absent: tuple[int, dict[str, str], bytes] = (404, {}, b'{"Code": 10010205001, "Data": null}')
        if not path.startswith(f"/api/v1/models/{MODEL}/repo"):
            return absent
        if query["Revision"] not in (["master"], ["v1"]):
            return 200, {}, absent[2]
        if self.token and request.headers.get("Cookie") != f"m_session_id={self.token}":
            return 403, {}, b"{}"
        if path.endswith("/files"):
            listed = [
                {"Name": name, "Path": name, "Type": "blob", "Size": len(content)}
                for name, content in self.files.items()
            ]
            listed.append({"Name": "original", "Path": "original", "Type": "tree", "Size": 0})
            return 200, {}, json.dumps({"Code": 200, "Success": True, "Data": {"Files": listed}}).encode()
        if self.refuse:
            return *self.refuse, b""
        return self._file(query["FilePath"][0], request)

    def _file(self, name: str, request: BaseHTTPRequestHandler) -> tuple[int, dict[str, str], bytes]:
        if name not in self.files:
            return 404, {"X-Error-Code": "EntryNotFound"}, b"Entry not found"
        content = self.files[name]
        if self.cut is not None and name.endswith(".safetensors"):
            content = content[: self.cut]
        wanted = re.fullmatch(r"bytes=(\d+)-(\d+)", request.headers.get("Range", ""))
        if not wanted or not self.ranges:
            return 200, {}, content
        start, end = int(wanted[1]), min(int(wanted[2]), len(content) - 1)
        if start > end:
            return 416, {"Content-Range": f"bytes */{len(content)}"}, b""
        return 206, {"Content-Range": f"bytes {start}-{end}/{len(content)}"}, content[start : end + 1]
