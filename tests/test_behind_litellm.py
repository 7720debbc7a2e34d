"""A real vLLM behind a real LiteLLM: what the gateway finds out through it, and calls that pass both."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dragoman.settings import Settings, Upstream
from tests.cli.program import dragoman
from tests.gateway import RunningGateway, until
from tests.litellm_proxy import KEY, NAME, LiteLLM
from tests.real_engine import RealEngine
from tests.test_tool_ways import JSON, XML, Case, ask, called, content, said, way_of

pytestmark = [pytest.mark.engine, pytest.mark.full]

FILE = {"file_path": "/tmp/a b.py", "content": content(2_000)}


@contextmanager
def gateway_before(proxy: LiteLLM, family: str) -> Iterator[RunningGateway]:
    with RunningGateway(Settings(upstreams=(Upstream(proxy.url, key=KEY, family=family),))) as gateway:
        until(lambda: gateway.gateway.pool.replicas[0].facts.kind == "litellm", 120)
        yield gateway


@pytest.fixture(scope="module")
def proxy(real_engine: RealEngine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiteLLM]:
    with LiteLLM(tmp_path_factory.mktemp("litellm"), real_engine.url, real_engine.model) as running:
        yield running


def dictate(engine: RealEngine, case: Case) -> None:
    answers = {
        "@file": [f"I shall.\n{case.wording('Write', **FILE)}"],
        "@small": [case.wording("Write", file_path="x", content="y")],
        "@plain": ["All is done."],
    }
    engine.scripts.write_text(json.dumps(answers))


def check(gateway: RunningGateway) -> None:
    """Text and calls, streamed and whole, with the figures of the engine."""
    for stream in (True, False):
        message = ask(gateway, "@file", stream, model=NAME)
        assert (called(message), message["stop_reason"]) == ([("Write", FILE)], "tool_use"), stream
        assert said(message).strip() == "I shall."
        message = ask(gateway, "@plain", stream, model=NAME)
        assert (called(message), said(message), message["stop_reason"]) == ([], "All is done.", "end_turn")
        usage = message["usage"]
        assert usage["input_tokens"] + usage["cache_read_input_tokens"] > 50
        assert usage["output_tokens"] > 1


def check_status(gateway: RunningGateway, proxy: LiteLLM, folder: Path, tools: str) -> None:
    done = dragoman(folder, "status", "--url", gateway.url)
    lines = done.stdout.splitlines()
    assert any(line.startswith(f"    Engine       {proxy.url}, litellm") for line in lines), done
    assert any(line.startswith(f"    Tools        {tools}") for line in lines), done.stdout


def check_noticed(gateway: RunningGateway, caplog: pytest.LogCaptureFixture) -> None:
    """The first streamed reply is lost, and that is said."""
    assert called(ask(gateway, "@small", stream=True, model=NAME)) == []
    until(lambda: "Start the engine with --tool-call-parser qwen3_coder;" in caplog.text)


def test_an_engine_whose_parser_fits(real_engine: RealEngine, proxy: LiteLLM, tmp_path: Path) -> None:
    dictate(real_engine, Case(*JSON, "raw"))
    with gateway_before(proxy, "qwen_instruct") as gateway:
        check_status(gateway, proxy, tmp_path, "raw: the parser hermes loses text in streams")
        check(gateway)
    real_engine.scripts.write_text("{}")


def test_an_engine_whose_parser_does_not_fit(
    real_engine: RealEngine, proxy: LiteLLM, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    case = Case(*XML, "rendered", fits=False)
    dictate(real_engine, case)
    with gateway_before(proxy, "qwen_coder") as gateway:
        assert way_of(gateway) == "native"
        check_noticed(gateway, caplog)
        check_status(gateway, proxy, tmp_path, "rendered: the engine's tool parser does not fit the model")
        check(gateway)
    real_engine.scripts.write_text("{}")


def test_an_engine_without_a_parser(tmp_path: Path) -> None:
    with RealEngine(tmp_path, ()) as engine, LiteLLM(tmp_path, engine.url, engine.model) as proxy:
        dictate(engine, Case(*JSON, "raw"))
        with gateway_before(proxy, "qwen_instruct") as gateway:
            check_status(gateway, proxy, tmp_path, "raw: the engine parses no tool calls")
            check(gateway)
