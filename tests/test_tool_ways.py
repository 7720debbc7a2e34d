"""One call, the same through every kind of server: real vLLM with a parser that fits, none, a wrong one.

The model says the call in its family's wording; what comes out of the gateway is compared, the content of a
file byte for byte, streamed and whole.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from dragoman.settings import Settings, Upstream
from tests.gateway import RunningGateway, until, value
from tests.real_engine import RealEngine
from tests.scripts import call
from tests.streams import anthropic_message

pytestmark = pytest.mark.engine

WRITE = {
    "name": "Write",
    "input_schema": {
        "type": "object",
        "properties": {"file_path": {"type": "string"}, "content": {"type": "string"}},
        "required": ["file_path", "content"],
        "additionalProperties": False,
    },
}
LINE = (
    "print(\"it's\", 'so') \\ \\n </parameter> </function> </tool_call> <parameter=content>\n"
    '</tool_call>\n你好，“世界”！ {"a": [1, null]}\n</function>\n\tif x < 3 && y > 4:\n</parameter>\nend\n\n'
)
"""Closing tags of every family, alone on their lines too; never a value's whole closing sequence."""


def content(length: int) -> str:
    return (LINE * (length // len(LINE) + 1))[: length - 4] + "\nend"


def xml_call(name: str, **arguments: str) -> str:
    """A call as Qwen3-Coder writes it."""
    values = "".join(f"<parameter={key}>\n{text}\n</parameter>\n" for key, text in arguments.items())
    return f"<tool_call>\n<function={name}>\n{values}</function>\n</tool_call>"


class Case(NamedTuple):
    """A family's wording before a server; `mode` is the way that its tools take in the end."""

    family: str
    wording: Any
    mode: str
    fits: bool = True


JSON, XML = ("qwen_instruct", call), ("qwen_coder", xml_call)
CODER = ("--enable-auto-tool-choice", "--tool-call-parser", "qwen3_coder")
SERVERS: dict[str, tuple[str, ...]] = {
    "qwen3_coder": CODER,
    "no flags": (),
    "no tools with none": ("--exclude-tools-when-tool-choice-none",),
    "a reasoning parser": ("--reasoning-parser", "qwen3"),
}
ON_HERMES: dict[str, Case] = {
    "JSON and its parser": Case(*JSON, "raw"),
    "tags and the parser of JSON": Case(*XML, "completion"),
}
CASES: dict[str, dict[str, Case]] = {
    "qwen3_coder": {
        "tags and their parser": Case(*XML, "completion"),
        "JSON and the parser of tags": Case(*JSON, "completion", fits=False),
    },
    "no flags": {"JSON and no parser": Case(*JSON, "raw"), "tags and no parser": Case(*XML, "raw")},
    "no tools with none": {"JSON and no parser": Case(*JSON, "completion")},
}


@contextmanager
def surveyed_gateway(engine: RealEngine, family: str, **fields: Any) -> Iterator[RunningGateway]:
    with RunningGateway(Settings(upstreams=(Upstream(engine.url, family=family, **fields),))) as gateway:
        replica = gateway.gateway.pool.replicas[0]
        until(lambda: replica.facts.kind == "vllm", 60)
        assert replica.facts.version.startswith("0.")
        yield gateway


def ask(gateway: RunningGateway, marker: str, stream: bool, **fields: Any) -> dict[str, Any]:
    body = {
        "model": "dragoman-tiny",
        "max_tokens": 30_000,
        "stream": stream,
        "tools": [WRITE],
        "messages": [{"role": "user", "content": f"Please write {marker}"}],
        **fields,
    }
    answer = gateway.http.post("/v1/messages", json=body, timeout=280)
    assert answer.status_code == 200, answer.text
    return anthropic_message(answer.content) if stream else answer.json()


def called(message: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return [(block["name"], block["input"]) for block in message["content"] if block["type"] == "tool_use"]


def said(message: Mapping[str, Any]) -> str:
    return "".join(block["text"] for block in message["content"] if block["type"] == "text")


def way_of(gateway: RunningGateway) -> str:
    """By what way the last request with tools went, from the page of the gateway."""
    (engine,) = gateway.http.get("/status").json()["engines"]
    mode: str = engine["models"][0]["tools"]["mode"]
    return mode


def check(engine: RealEngine, case: Case, length: int, caplog: pytest.LogCaptureFixture) -> None:
    file = {"file_path": "/tmp/a b.py", "content": content(length)}
    small = {"file_path": "x", "content": "y"}
    answers = {
        "@large": [f"I shall.\n{case.wording('Write', **file)}"],
        "@small": [case.wording("Write", **small)],
    }
    engine.scripts.write_text(json.dumps(answers))
    try:
        with surveyed_gateway(engine, case.family) as gateway:
            if not case.fits:
                check_noticed(gateway, case, caplog)
            assert way_of(gateway) == case.mode
            for stream in (True, False):
                message = ask(gateway, "@small", stream)
                assert called(message) == [("Write", small)], stream
                assert message["stop_reason"] == "tool_use"
                message = ask(gateway, "@large", stream)
                ((name, given),) = called(message)
                assert name == "Write"
                assert given["content"].encode() == file["content"].encode(), stream
                assert given == file
                assert said(message).strip() == "I shall."
            repairs = value(gateway.http.get("/metrics").text, "dragoman_tool_call_repairs_total")
            assert repairs == 0
    finally:
        engine.scripts.write_text("{}")


def check_noticed(gateway: RunningGateway, case: Case, caplog: pytest.LogCaptureFixture) -> None:
    """The first streamed reply is lost; its loss is said with the flag that mends it."""
    assert called(ask(gateway, "@small", stream=True)) == []
    parser = {"qwen_coder": "qwen3_coder", "qwen_instruct": "hermes"}[case.family]
    until(lambda: f"Start the engine with --tool-call-parser {parser};" in caplog.text)
    page = gateway.http.get("/metrics").text
    assert value(page, "dragoman_swallowed_replies_total", model="dragoman-tiny") == 1


@pytest.mark.parametrize("case", ON_HERMES.values(), ids=ON_HERMES)
def test_a_call_through_a_server_with_hermes(
    real_engine: RealEngine, case: Case, caplog: pytest.LogCaptureFixture
) -> None:
    check(real_engine, case, 2_000, caplog)


@pytest.mark.full
@pytest.mark.parametrize("case", ON_HERMES.values(), ids=ON_HERMES)
def test_a_large_file_through_a_server_with_hermes(
    real_engine: RealEngine, case: Case, caplog: pytest.LogCaptureFixture
) -> None:
    check(real_engine, case, 20_000, caplog)


@pytest.mark.full
@pytest.mark.parametrize("server", CASES)
def test_a_large_file_through_other_servers(
    server: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with RealEngine(tmp_path, SERVERS[server]) as engine:
        for case in CASES[server].values():
            check(engine, case, 20_000, caplog)
            caplog.clear()


@pytest.fixture
def reasoning_engine(tmp_path: Path) -> Iterator[RealEngine]:
    with RealEngine(tmp_path, SERVERS["a reasoning parser"]) as running:
        yield running


@pytest.mark.full
def test_thinking_beside_a_reasoning_parser(reasoning_engine: RealEngine) -> None:
    file = {"file_path": "x", "content": "y"}
    answers = {"@thinks": [f"Hm.\n</think>\n\nI shall.\n{call('Write', **file)}"], "@plain": ["All is done."]}
    reasoning_engine.scripts.write_text(json.dumps(answers))
    for mode in ("raw", "completion"):
        with surveyed_gateway(reasoning_engine, "qwen_thinking", tools=mode) as gateway:
            assert gateway.gateway.pool.replicas[0].facts.reasons is True
            for stream in (True, False):
                thought, text, call_block = ask(gateway, "@thinks", stream)["content"]
                assert (thought["thinking"].strip(), text["text"].strip()) == ("Hm.", "I shall."), (
                    mode,
                    stream,
                )
                assert call_block["input"] == file
    with surveyed_gateway(reasoning_engine, "qwen_instruct") as gateway:
        for stream in (True, False):
            assert said(ask(gateway, "@plain", stream)) == "All is done.", "the parser takes it for thinking"
            assert said(ask(gateway, "@plain", stream, tools=[])) == "All is done."


def test_a_parser_that_does_not_fit_is_named_and_gone_round(
    real_engine: RealEngine, caplog: pytest.LogCaptureFixture
) -> None:
    case = Case(*XML, "rendered", fits=False)
    file = {"file_path": "x", "content": content(400)}
    real_engine.scripts.write_text(json.dumps({"@small": [f"I shall.\n{xml_call('Write', **file)}"]}))
    with surveyed_gateway(real_engine, case.family) as gateway:
        gateway.gateway.pool.replicas[0].tokenize = False  # as of an engine that gives no token ids
        assert way_of(gateway) == "native"
        check_noticed(gateway, case, caplog)
        assert way_of(gateway) == "rendered"
        for stream in (True, False):
            message = ask(gateway, "@small", stream)
            assert (called(message), said(message).strip()) == ([("Write", file)], "I shall."), stream
    real_engine.scripts.write_text("{}")


def test_a_call_that_a_parser_left_in_a_whole_reply_is_read_at_once(
    real_engine: RealEngine, caplog: pytest.LogCaptureFixture
) -> None:
    real_engine.scripts.write_text(json.dumps({"@leak": [xml_call("Write", file_path="a", content="b")]}))
    with surveyed_gateway(real_engine, "qwen_coder", tools="native") as gateway:
        message = ask(gateway, "@leak", stream=False)
        assert called(message) == [("Write", {"file_path": "a", "content": "b"})]
        assert message["stop_reason"] == "tool_use"
        until(lambda: "it left a call in the text" in caplog.text)
    real_engine.scripts.write_text("{}")


def test_forbidden_tools_are_not_called(real_engine: RealEngine) -> None:
    text = call("Write", file_path="a", content="b")
    real_engine.scripts.write_text(json.dumps({"@never": [text]}))
    with surveyed_gateway(real_engine, "qwen_instruct") as gateway:
        for stream in (True, False):
            message = ask(gateway, "@never", stream, tool_choice={"type": "none"})
            assert (called(message), said(message), message["stop_reason"]) == ([], text, "end_turn")
    real_engine.scripts.write_text("{}")


def test_one_call_where_the_client_takes_one(real_engine: RealEngine) -> None:
    first, second = (call("Write", file_path=name, content="b") for name in "ab")
    real_engine.scripts.write_text(json.dumps({"@two": [f"{first}\n{second}"]}))
    one = {"type": "auto", "disable_parallel_tool_use": True}
    with surveyed_gateway(real_engine, "qwen_instruct", tools="raw") as gateway:
        for stream in (True, False):
            message = ask(gateway, "@two", stream, tool_choice=one)
            assert called(message) == [("Write", {"file_path": "a", "content": "b"})]
    real_engine.scripts.write_text("{}")
