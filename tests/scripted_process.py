"""A program that behaves like `vllm serve`, as a script says: it prints, stalls, dies, serves.

    script = Script(folder, Life(log=STAGES), Life(log=OUT_OF_MEMORY, then="exit", code=1))
    Command(script.argv("--port", "1234"))     # each start is the next life; the last one repeats
    script.starts()                            # the arguments and variables of each start so far

It needs nothing but Python, so that a start takes little time.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

API = "(APIServer pid=1) INFO 11-20 09:46:01 "
CORE = "(EngineCore pid=2) INFO 11-20 09:46:02 "
RANK0, RANK1 = (f"(Worker_TP{rank} pid={3 + rank}) INFO 11-20 09:46:03 " for rank in (0, 1))
STAGES: list[str | float] = [
    API + "[api_utils.py:347]   █▄█▀ █     █     █     █  version 0.32.0",
    CORE + "[core.py:133] Initializing a V1 LLM engine (v0.32.0) with config: model='/m'",
    RANK0 + "[gpu_model_runner.py:4900] Starting to load model /m...",
    RANK0 + "[weight_utils.py:532] Time spent downloading weights for /m: 12.345678 seconds",
    RANK0 + "[weight_utils.py:1108] Filesystem type for checkpoints: EXT4. Checkpoint size: 220.19 GiB. "
    "Available RAM: 900.00 GiB.",
    "Loading safetensors checkpoint shards:   0% Completed | 0/24 [00:00<?, ?it/s]\r",
    "Loading safetensors checkpoint shards:  50% Completed | 12/24 [00:40<00:40,  3.4s/it]\r",
    "Loading safetensors checkpoint shards: 100% Completed | 24/24 [01:20<00:00,  3.4s/it]",
    RANK0 + "[default_loader.py:501] Loading weights took 80.41 seconds",
    RANK1 + "[default_loader.py:501] Loading weights took 80.52 seconds",
    RANK0 + "[gpu_model_runner.py:5150] Model loading took 55.1234 GiB memory and 93.123456 seconds",
    RANK0 + "[backends.py:500] Dynamo bytecode transform time: 12.01 s",
    RANK0 + "[monitor.py:34] torch.compile takes 41.30 s in total",
    RANK0 + "[gpu_worker.py:760] Available KV cache memory: 17.6 GiB",
    CORE
    + "[kv_cache_utils.py:2327] GPU KV cache size: 294,912 tokens, Maximum concurrency for 262,144 tokens "
    "per request: 1.12x",
    "Capturing CUDA graphs (mixed prefill-decode, PIECEWISE):  50%|█████     | 25/50 [00:03<00:03]\r",
    RANK0 + "[gpu_model_runner.py:6582] Graph capturing finished in 12 secs, took 0.94 GiB",
    CORE
    + "[core.py:402] init engine (profile, create kv cache, warmup model) took 121.4 s (compilation: 41 s)",
    API + "[entry.py:140] Starting vLLM server on http://127.0.0.1:1",
]
FAILED = [
    "(EngineCore pid=2) ERROR 11-20 09:46:09 [core.py:1102] EngineCore failed to start.",
    "(APIServer pid=1) RuntimeError: Engine core initialization failed. See root cause above. "
    "Failed core proc(s): {}",
]


def error(text: str, worker: str = "EngineCore pid=2") -> list[str | float]:
    """A start that fails with an exception, as vLLM prints it: the wrapper comes last."""
    lead = f"({worker}) ERROR 11-20 09:46:08 [core.py:1102] "
    return [*STAGES[:3], f"{lead}Traceback (most recent call last):", lead + text, *FAILED]


TOO_LONG = error(
    "ValueError: To serve at least one request with the models's max seq len (262144), (23.50 GiB KV cache "
    "is needed, which is larger than the available KV cache memory (17.60 GiB). Based on the available "
    "memory, the estimated maximum model length is 196320. Try increasing `gpu_memory_utilization` or "
    "decreasing `max_model_len` when initializing the engine."
)
OUT_OF_MEMORY = error(
    "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 1.50 GiB. GPU 1 has a total capacity of "
    "79.11 GiB of which 1.02 GiB is free.",
    "Worker_TP1 pid=4",
)


@dataclass(frozen=True)
class Life:
    """One start. `log` is printed first; a number is a pause. Then it serves, stalls or exits."""

    log: list[str | float] = field(default_factory=list)
    then: str = "serve"
    code: int = 1
    workers: int = 0
    """Children, in sessions of their own, deaf to SIGTERM; where one ends, so does the server."""
    deaf: bool = False
    health_later: int = 200
    """What /health says after its first answer, which is 200."""
    model: str = "scripted"
    tool: tuple[str, str] = ("get_weather", '{"location": "Hangzhou"}')


class Script:
    """The lives of one engine, in a folder of the test's own."""

    def __init__(self, folder: Path, *lives: Life) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / "lives.json"
        self.path.write_text(json.dumps([asdict(life) for life in lives]))

    def argv(self, *arguments: str) -> tuple[str, ...]:
        return sys.executable, __file__, str(self.path), *arguments

    def starts(self) -> list[dict[str, Any]]:
        path = self.path.with_suffix(".starts")
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


KEPT = ("CUDA_VISIBLE_DEVICES", "DRAGOMAN_ENGINE", "VLLM_CPU_KVCACHE_SPACE", "VLLM_ENGINE_READY_TIMEOUT_S")


def option(arguments: list[str], name: str) -> str:
    return arguments[arguments.index(name) + 1] if name in arguments else ""


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, port: int, life: Life, model: str) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.life, self.model, self.asked = life, model, 0


class Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.0"

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        life = self.server.life
        match self.path:
            case "/health":
                self.answer(b"", life.health_later if self.server.asked else 200)
                self.server.asked += 1
            case "/version":
                self.answer(b'{"version": "0.32.0"}')
            case "/metrics":
                self.answer(b"vllm:num_requests_running 0.0\n")
            case "/v1/models":
                listed = [{"id": self.server.model, "max_model_len": 65536}]
                self.answer(json.dumps({"object": "list", "data": listed}).encode())
            case _:
                self.answer(b"{}", 404)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if self.path == "/tokenize":
            self.answer(b'{"count": 7, "max_model_len": 65536, "tokens": [1,1,1,1,1,1,1]}')
        elif body.get("stream"):
            self.answer(b"".join(self.chunks(body)), kind="text/event-stream")
        else:
            message: dict[str, Any] = {"role": "assistant", "content": "Hello."}
            if body.get("tools"):
                message |= {"content": None, "tool_calls": [self.call()]}
            usage = {"prompt_tokens": 11, "completion_tokens": 3}
            finish = "tool_calls" if body.get("tools") else "stop"
            choice = {"index": 0, "message": message, "finish_reason": finish}
            self.answer(json.dumps({"id": "c", "choices": [choice], "usage": usage}).encode())

    def call(self) -> dict[str, Any]:
        name, arguments = self.server.life.tool
        function = {"name": name, "arguments": arguments}
        return {"index": 0, "id": "call-1", "type": "function", "function": function}

    def chunks(self, body: Mapping[str, Any]) -> list[bytes]:
        if body.get("tools"):
            deltas: list[tuple[dict[str, Any], str | None]] = [({"tool_calls": [self.call()]}, None)]
            deltas.append(({}, "tool_calls"))
        else:
            deltas = [({"content": "Hello "}, None), ({"content": "there."}, None), ({}, "stop")]
        events: list[dict[str, Any]] = [
            {"id": "c", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}
            for delta, finish in deltas
        ]
        events.append({"id": "c", "choices": [], "usage": {"prompt_tokens": 11, "completion_tokens": 3}})
        return [b"data: %s\n\n" % json.dumps(event).encode() for event in events] + [b"data: [DONE]\n\n"]

    def answer(self, body: bytes, status: int = 200, kind: str = "application/json") -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


WORKER = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"


def live(life: Life, arguments: list[str]) -> None:
    if life.deaf:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    workers = [
        subprocess.Popen([sys.executable, "-c", WORKER], start_new_session=True) for _ in range(life.workers)
    ]
    print("pids", os.getpid(), *(worker.pid for worker in workers), flush=True)
    for line in life.log:
        if isinstance(line, str):
            print(line, end="" if line.endswith("\r") else "\n", flush=True)
        else:
            time.sleep(line)
    if life.then == "exit":
        sys.exit(life.code)
    if life.then == "serve":
        name = option(arguments, "--served-model-name") or life.model
        server = Server(int(option(arguments, "--port")), life, name)
        if workers:
            import threading

            threading.Thread(target=server.serve_forever, daemon=True).start()
            os.waitpid(-1, 0)
            sys.exit(
                "(APIServer pid=1) ERROR 11-20 09:50:00 [core_client.py:1] Engine core proc died unexpectedly"
            )
        server.serve_forever()
    time.sleep(600)


def main() -> None:
    path, arguments = Path(sys.argv[1]), sys.argv[2:]
    lives = json.loads(path.read_text())
    starts = path.with_suffix(".starts")
    number = len(starts.read_text().splitlines()) if starts.exists() else 0
    variables = {name: os.environ[name] for name in KEPT if name in os.environ}
    with starts.open("a") as file:
        file.write(json.dumps({"argv": arguments, "environment": variables, "pid": os.getpid()}) + "\n")
    live(Life(**lives[min(number, len(lives) - 1)]), arguments)


if __name__ == "__main__":
    main()
