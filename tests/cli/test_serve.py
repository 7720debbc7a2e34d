"""`dragoman serve` as a process: what it prints, what it refuses, how it ends."""

import json
import re
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx2
import pytest

from dragoman.runtime.supervisor import free_port
from tests.cli.program import Program, dragoman, refusal
from tests.scripted_engine import ScriptedEngine


@contextmanager
def late_engine(port: int) -> Iterator[None]:
    """An engine at a given port that can do no more than list its model."""

    class Models(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps({"data": [{"id": "late", "max_model_len": 4096}]}).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", port), Models) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield
        server.shutdown()
        thread.join()


def test_it_says_how_to_connect_and_serves(engine: ScriptedEngine, tmp_path: Path) -> None:
    with Program(tmp_path, "serve", "--upstream", engine.url, "--port", "0", "--alias", "coder") as running:
        url = running.url()
        running.wait_for(f"base URL {url}/v1")
        assert "anthropic/scripted, 32,768 tokens" in running.stdout
        assert f"dragoman launch claude --url {url}" in running.stdout
        assert f"export ANTHROPIC_BASE_URL={url}" in running.stdout
        body = {"model": "coder", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]}
        with httpx2.Client(trust_env=False) as http:
            answer = http.post(f"{url}/v1/messages", json=body)
        assert answer.json()["content"][0]["text"] == "Hello."
        running.wait_for("anthropic for scripted ended complete with 200")
        assert running.end(signal.SIGINT) == 130
        assert "Traceback" not in running.stderr
        assert all(re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d ", line) for line in running.stderr.splitlines())


def test_sigterm_ends_it_well(engine: ScriptedEngine, tmp_path: Path) -> None:
    with Program(tmp_path, "serve", "--upstream", engine.url, "--port", "0") as running:
        running.url()
        assert running.end(signal.SIGTERM) == 0


def test_an_engine_that_comes_later_is_waited_for(tmp_path: Path) -> None:
    port = free_port()
    with Program(tmp_path, "serve", "--upstream", f"http://127.0.0.1:{port}", "--port", "0") as running:
        url = running.url()
        running.wait_for("which does not answer yet")
        running.wait_for("cannot be reached")
        with httpx2.Client(trust_env=False) as http:
            answer = http.post(
                f"{url}/v1/messages",
                json={"model": "claude-x", "max_tokens": 1, "messages": [{"role": "user", "content": "hi"}]},
            )
        assert answer.status_code == 529
        with late_engine(port):
            running.wait_for("anthropic/late, 4,096 tokens")
        assert running.end(signal.SIGINT) == 130
        assert "Traceback" not in running.stderr


def test_a_key_is_required_once_it_is_set_and_never_shown(engine: ScriptedEngine, tmp_path: Path) -> None:
    variables = {"DRAGOMAN_KEY": "very-secret"}
    with Program(tmp_path, "serve", "--upstream", engine.url, "--port", "0", variables=variables) as running:
        url = running.url()
        with httpx2.Client(trust_env=False) as http:
            assert http.get(f"{url}/v1/models").status_code == 401
            assert http.get(f"{url}/v1/models", headers={"x-api-key": "very-secret"}).status_code == 200
        running.wait_for("DRAGOMAN_KEY='<the key>' dragoman launch claude")
        assert "very-secret" not in running.stdout + running.stderr


def test_a_file_says_what_options_say(engine: ScriptedEngine, tmp_path: Path) -> None:
    file = tmp_path / "dragoman.yaml"
    file.write_text(f"upstreams: [{{url: '{engine.url}/v1'}}]\nport: 1\naliases: {{claude-coder: ''}}\n")
    with Program(tmp_path, "serve", "--config", str(file), "--port", "0") as running:
        running.url()
        running.wait_for("does not believe its context window")


def test_a_taken_port_is_said_at_once(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        done = dragoman(tmp_path, "serve", "--upstream", "http://127.0.0.1:9", "--port", port)
    said = refusal(done)
    assert f"port {port} on 127.0.0.1 is taken by another program; stop it, or choose another" in said


REFUSED: dict[str, tuple[list[str], dict[str, str], str]] = {
    "no engine": ([], {}, "upstreams: name at least one engine"),
    "no URL": (["--upstream", "localhost:8000"], {}, "is no URL such as http://127.0.0.1:8000"),
    "no key beyond loopback": (["--upstream", "http://a:1", "--host", "0.0.0.0"], {}, "so a key is required"),
    "a weak key beyond loopback": (
        ["--upstream", "http://a:1", "--host", "0.0.0.0", "--key", "sk-1234"],
        {},
        "this key stands in published guides",
    ),
    "a weak key from the environment": (
        ["--upstream", "http://a:1", "--host", "0.0.0.0"],
        {"DRAGOMAN_KEY": "sk-1234"},
        "this key stands in published guides",
    ),
    "a port that cannot be": (["--upstream", "http://a:1", "--port", "70000"], {}, "70000 is not between"),
    "an address of another machine": (
        ["--upstream", "http://a:1", "--host", "192.0.2.1", "--key", "a-long-one"],
        {},
        "192.0.2.1 is no address of this machine",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_it_refuses(name: str, tmp_path: Path) -> None:
    arguments, variables, said = REFUSED[name]
    assert said in refusal(dragoman(tmp_path, "serve", *arguments, **variables))


def test_a_mistake_in_a_file_is_said_with_its_place(tmp_path: Path) -> None:
    file = tmp_path / "dragoman.yaml"
    file.write_text("upstreams: [{url: 'http://a:1', kee: x}]\n")
    said = refusal(dragoman(tmp_path, "serve", "--config", str(file)))
    assert said.endswith("dragoman.yaml: upstreams[0].kee: there is no such setting; did you mean key?")
