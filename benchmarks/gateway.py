"""What the gateway costs: CPU per request and per streamed chunk, memory, start.

    python -m benchmarks.gateway [--requests 800] [--streams 100] [--bursts 7]

An engine that answers at once from canned bytes, the gateway as a process of its own, and a client,
all on loopback. CPU is the gateway process's user and system time, so that neither the engine nor
the client counts. Each is measured in bursts, of which the least and the median are printed: what other
guests of the host add to a burst is not the gateway's, and they can double it. Linux only (reads /proc).
Compare figures of one run with each other only.
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import uvloop

CHUNKS = 200
PER_SECOND = 50
CLIENTS = 16
"""Connections at once: with one alone, most of what is measured is the kernel waking processes up."""
LIMITS = {
    "small request": (250, "us"),
    "streamed chunk": (40, "us"),
    "120 KB request": (800, "us"),
    "resident memory": (80, "MB"),
    "start to first answer": (1.0, "s"),
}
REPLY = {
    "id": "chatcmpl-1",
    "choices": [
        {"index": 0, "message": {"role": "assistant", "content": "hello " * 40}, "finish_reason": "stop"}
    ],
    "usage": {"prompt_tokens": 300, "completion_tokens": 40},
}
USAGE = {"choices": [], "usage": {"prompt_tokens": 300, "completion_tokens": CHUNKS}}


def http(status: str, kind: str, body: bytes) -> bytes:
    return b"HTTP/1.1 %s\r\ncontent-type: %s\r\ncontent-length: %d\r\n\r\n%s" % (
        status.encode(),
        kind.encode(),
        len(body),
        body,
    )


def chunked(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def chunk(delta: object, finish: str | None = None) -> bytes:
    body = {"id": "chatcmpl-1", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}
    return chunked(b"data: " + json.dumps(body).encode() + b"\n\n")


async def engine(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answers each request of a connection from canned bytes; a stream comes at 50 chunks a second."""
    models = json.dumps({"data": [{"id": "bench", "max_model_len": 131072}]}).encode()
    whole = http("200 OK", "application/json", json.dumps(REPLY).encode())
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
    try:
        while True:
            request, body = await read_request(reader)
            if request.startswith(b"GET"):
                writer.write(http("200 OK", "application/json", models))
            elif b'"stream":true' not in body:
                writer.write(whole)
            else:
                writer.write(head + chunk({"role": "assistant", "content": ""}))
                for _ in range(CHUNKS):
                    writer.write(chunk({"content": "word "}))
                    await asyncio.sleep(1 / PER_SECOND)
                end = chunked(b"data: " + json.dumps(USAGE).encode() + b"\n\ndata: [DONE]\n\n")
                writer.write(chunk({}, "stop") + end + b"0\r\n\r\n")
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def read_request(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        (int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0
    )
    return head, await reader.readexactly(length)


async def ask(port: int, body: bytes, times: int, stream: bool) -> None:
    """One client on one connection, one request after the other."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = b"POST /v1/messages HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n"
    for _ in range(times):
        writer.write(head % len(body) + body)
        if stream:
            await reader.readuntil(b'message_stop"}\n\n\r\n0\r\n\r\n')
            continue
        answer = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line[15:]) for line in answer.lower().split(b"\r\n") if line.startswith(b"content-length:")
        )
        if b" 200 " not in answer:
            raise SystemExit(f"the gateway answered {answer[:200]!r}")
        await reader.readexactly(length)
    writer.close()


def message(kilobytes: float, stream: bool) -> bytes:
    """A request of Claude Code's shape: a short one, or 24 tools in 64 KB, a system prompt and turns."""
    turns: list[dict[str, object]] = [{"role": "user", "content": [{"type": "text", "text": "Hello there."}]}]
    body: dict[str, object] = {
        "model": "claude-bench",
        "max_tokens": 1000,
        "stream": stream,
        "messages": turns,
    }
    body["tools"] = [tool(f"Tool{n}", 2600) for n in range(24)] if kilobytes > 100 else [tool("Tool0", 300)]
    body["system"] = [{"type": "text", "text": "You are an agent.\n" * (300 if kilobytes > 100 else 3)}]
    while len(json.dumps(body)) < kilobytes * 1000:
        call = {
            "type": "tool_use",
            "id": f"toolu_{len(turns)}",
            "name": "Tool0",
            "input": {"path": "/a/b.py"},
        }
        result = {
            "type": "tool_result",
            "tool_use_id": call["id"],
            "content": "def f():\n    return 1\n" * 60,
        }
        turns += [{"role": "assistant", "content": [call]}, {"role": "user", "content": [result]}]
    return json.dumps(body).encode()


def tool(name: str, size: int) -> dict[str, object]:
    """A tool with so many bytes of description and schema."""
    properties = {"path": {"type": "string", "description": "Where it lies."}, "limit": {"type": "integer"}}
    schema = {"type": "object", "properties": properties, "required": ["path"]}
    return {
        "name": name,
        "description": ("Reads a file from the disk. " * size)[:size],
        "input_schema": schema,
    }


def cpu(pid: int) -> float:
    """Seconds of CPU that a process's threads have had so far, counted in nanoseconds by the scheduler."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9


def resident(pid: int) -> float:
    """Resident memory of a process in MB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


async def start(engine_port: int, port: int) -> tuple[subprocess.Popen[bytes], float]:
    """The gateway as a process, and the seconds until it answered a request."""
    command = [sys.executable, "-m", "dragoman", "serve", "--upstream", f"http://127.0.0.1:{engine_port}"]
    began = time.monotonic()
    process = subprocess.Popen(  # noqa: ASYNC220
        [*command, "--port", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while True:
        try:
            await ask(port, message(1, False), 1, False)
        except (OSError, asyncio.IncompleteReadError, SystemExit):
            if time.monotonic() - began > 20:
                process.kill()
                raise SystemExit("the gateway did not come up") from None
            await asyncio.sleep(0.005)
        else:
            return process, time.monotonic() - began


async def measure(requests: int, streams: int, bursts: int) -> dict[str, list[float]]:
    """By figure one value per burst, or the only one."""
    served = await asyncio.start_server(engine, "127.0.0.1", 0, limit=1 << 20)
    engine_port = served.sockets[0].getsockname()[1]
    port = free_port()
    process, seconds = await start(engine_port, port)
    pid, figures = process.pid, {"start to first answer": [seconds]}
    try:
        small, large = message(1.5, False), message(120, False)
        for body in (small, large):
            await ask(port, body, 100, False)
        stream, each = message(1.5, True), requests // CLIENTS
        for _ in range(bursts):
            for name, body, times in (("small request", small, each), ("120 KB request", large, each // 2)):
                before = cpu(pid)
                await asyncio.gather(*(ask(port, body, times, False) for _ in range(CLIENTS)))
                figures.setdefault(name, []).append((cpu(pid) - before) / (times * CLIENTS) * 1e6)
            before = cpu(pid)
            await asyncio.gather(*(ask(port, stream, 1, True) for _ in range(streams)))
            cost = (cpu(pid) - before) / (streams * CHUNKS) * 1e6
            figures.setdefault("streamed chunk", []).append(cost)
        figures["resident memory"] = [resident(pid)]
    finally:
        process.terminate()
        process.wait(10)
        served.close()
    return figures


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--requests", type=int, default=800, help="small ones of a burst")
    parser.add_argument("--streams", type=int, default=100, help="of a burst, at once")
    parser.add_argument("--bursts", type=int, default=7)
    options = parser.parse_args()
    figures = uvloop.run(measure(options.requests, options.streams, options.bursts))
    for name, (limit, unit) in LIMITS.items():
        values = figures[name]
        median = f"  median {statistics.median(values):.1f}" if len(values) > 1 else ""
        print(f"{name:24}{min(values):10.1f} {unit:3} at most {limit:g}{median}")


if __name__ == "__main__":
    main()
