"""A session of the real Claude Code that outgrows the window compacts and goes on: because `dragoman launch`
told it the window, or because the gateway's 400 does."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import claude_code
from tests.claude_code import ClaudeCode
from tests.gateway import RunningGateway, gateway_before, until, value
from tests.real_engine import RealEngine
from tests.scripted_engine import (
    DONE,
    Answer,
    Asked,
    ScriptedEngine,
    call_piece,
    chunk,
    refuses,
    stream,
    usage_body,
    usage_chunk,
    whole,
)
from tests.scripts import call

pytestmark = [
    pytest.mark.client,
    pytest.mark.requirement("CC-70"),
]

KNOWS = ("CLAUDE_CODE_AUTO_COMPACT_WINDOW", "CLAUDE_CODE_MAX_CONTEXT_TOKENS")
"""The variables by which Claude Code knows the window."""
OUTPUT = "seq 1 5000"
"""A command whose output has 24 KB."""


@pytest.fixture(scope="session")
def executable() -> Path:
    return claude_code.program()


def tokens_of(body: Any) -> int:
    """What this engine counts: four bytes of the prompt's JSON are a token."""
    prompt = {name: body.get(name) for name in ("messages", "tools")}
    return len(json.dumps(prompt, ensure_ascii=False).encode()) // 4


class Worker(ScriptedEngine):
    """A model that runs `steps` commands with long outputs, and writes a summary when it is asked for one; an
    engine that counts, and refuses what is over its window in vLLM's words."""

    def __init__(self, window: int, steps: int) -> None:
        super().__init__({"scripted": window})
        self.window, self.steps = window, steps
        self.done = self.summaries = self.refused = 0
        self.sizes: list[int] = []
        self.always(self.work)
        self.always(
            lambda asked: whole({"count": tokens_of(asked.body), "max_model_len": window}), "/tokenize"
        )

    def work(self, asked: Asked) -> Answer:
        tokens, room = tokens_of(asked.body), asked.body.get("max_tokens") or 1
        if tokens + room > self.window:
            self.refused += 1
            return refuses(400, too_long(self.window, tokens, room))
        self.sizes.append(tokens)
        if "<analysis>" in json.dumps(asked.body["messages"][-1]):
            self.summaries += 1
            return self.say(asked, tokens, "<analysis>a</analysis><summary>Go on counting.</summary>")
        if self.done < self.steps:
            self.done += 1
            return self.command(asked, tokens, f"{OUTPUT} && echo {self.done} >> log.txt")
        return self.say(asked, tokens, "All is counted.")

    @staticmethod
    def say(asked: Asked, tokens: int, text: str) -> Answer:
        if asked.body.get("stream"):
            return stream(chunk(content=text), chunk(finish="stop"), usage_chunk(tokens), DONE, end=False)
        choice = {"index": 0, "message": {"content": text}, "finish_reason": "stop"}
        return whole({"choices": [choice], "usage": usage_body(tokens)})

    @staticmethod
    def command(asked: Asked, tokens: int, command: str) -> Answer:
        arguments = json.dumps({"command": command, "description": "Count"})
        end = (chunk(finish="tool_calls"), usage_chunk(tokens), DONE)
        return stream(call_piece(0, arguments, name="Bash", id="c"), *end, end=False)


def too_long(window: int, tokens: int, room: int) -> str:
    """As vLLM 0.32 says it."""
    start = f"This model's maximum context length is {window} tokens. However, "
    if tokens >= window:
        return (
            f"{start}your prompt contains at least {window + 1} input tokens, which exceeds this limit even"
            f" without any output tokens. Please reduce the length of the input prompt."
            f" (parameter=input_tokens, value={window + 1})"
        )
    least = window - room + 1
    return (
        f"{start}you requested {room} output tokens and your prompt contains at least {least} input tokens,"
        f" for a total of at least {window + 1} tokens. Please reduce the length of the input prompt or the"
        f" number of requested output tokens. (parameter=input_tokens, value={least})"
    )


SIZES = pytest.mark.parametrize(("window", "steps"), [(65536, 10), (131072, 24)], ids=["64k", "128k"])


@pytest.fixture
def worker(window: int, steps: int) -> Iterator[Worker]:
    with Worker(window, steps) as running:
        yield running


@pytest.fixture
def gateway(worker: Worker) -> Iterator[RunningGateway]:
    with gateway_before(worker.url) as running:
        yield running


@pytest.fixture
def user(executable: Path, gateway: RunningGateway, worker: Worker, tmp_path: Path) -> ClaudeCode:
    return ClaudeCode(executable, tmp_path, gateway.url, "any", "anthropic/scripted", worker.window)


def statuses(gateway: RunningGateway) -> dict[str, int]:
    """Requests by status, all that came being over."""
    until(lambda: value(gateway.gateway.metrics.page().decode(), "dragoman_in_flight") == 0)
    page = gateway.gateway.metrics.page().decode()
    counted = {s: int(value(page, "dragoman_requests_total", status=s)) for s in ("200", "400")}
    assert sum(counted.values()) == int(value(page, "dragoman_requests_total"))
    return counted


def check_work_was_done(user: ClaudeCode, worker: Worker, text: str) -> None:
    assert text == "All is counted."
    log = (user.cwd / "log.txt").read_text().split()
    assert log == [str(n) for n in range(1, worker.steps + 1)], "nothing was lost and nothing done twice"


@SIZES
@pytest.mark.requirement("CC-12")
@pytest.mark.requirement("CC-54")
def test_as_launched_it_compacts_by_itself_and_no_request_is_refused(
    user: ClaudeCode, worker: Worker, gateway: RunningGateway
) -> None:
    ran = user.run("Count.", seconds=300)
    check_work_was_done(user, worker, ran.text)
    assert worker.summaries >= 1
    assert worker.refused == 0
    assert statuses(gateway) == {"200": len(worker.sizes), "400": 0}
    assert len(worker.sizes) == worker.steps + 1 + worker.summaries


@SIZES
@pytest.mark.requirement("CC-52")
@pytest.mark.requirement("CC-53")
def test_one_that_does_not_know_the_window_compacts_on_the_gateways_400(
    user: ClaudeCode, worker: Worker, gateway: RunningGateway
) -> None:
    for name in KNOWS:
        user.variables.pop(name, None)
    ran = user.run("Count.", seconds=300)
    check_work_was_done(user, worker, ran.text)
    assert worker.summaries >= 1
    assert statuses(gateway)["400"] >= 1
    assert max(worker.sizes) > 0.8 * worker.window, "only the window's end made it compact"


@pytest.fixture(scope="module")
def small_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealEngine]:
    """A real vLLM whose window is 32k, which few tools and few turns fill."""
    with RealEngine(tmp_path_factory.mktemp("small"), max_model_len=32768) as running:
        yield running


@pytest.mark.full
@pytest.mark.engine
@pytest.mark.requirement("CC-52")
@pytest.mark.requirement("CC-53")
@pytest.mark.parametrize("knows", [True, False], ids=["as launched", "without the window"])
def test_on_a_real_engine_with_a_window_of_32k(
    executable: Path, small_engine: RealEngine, tmp_path: Path, knows: bool
) -> None:
    summary = "<analysis>a</analysis><summary>@after Say that all is counted.</summary>"
    scripts = {
        "@grow": [call("Bash", command="seq 1 1500 && echo x >> log.txt", description="Count")],
        "<analysis>": [summary],
        "@after": ["All is counted."],
    }
    small_engine.scripts.write_text(json.dumps(scripts))
    model = f"anthropic/{small_engine.model}"
    with gateway_before(small_engine.url) as gateway:
        user = ClaudeCode(executable, tmp_path, gateway.url, "any", model, small_engine.max_model_len)
        if not knows:
            for name in KNOWS:
                user.variables.pop(name, None)
        ran = user.run("@grow Count until it is enough.", seconds=600)
        assert ran.text == "All is counted."
        counted = statuses(gateway)
    assert (counted["400"] == 0) == knows
    turns = len((user.cwd / "log.txt").read_text().split())
    assert turns >= (2 if knows else 3)
    assert counted["200"] == turns + 2, "one more for the summary, one for the last words"
