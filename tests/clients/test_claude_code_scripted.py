"""The real Claude Code through the gateway before a scripted engine: what a real one won't do on command."""

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests import claude_code
from tests.claude_code import ClaudeCode
from tests.gateway import RunningGateway, gateway_before
from tests.scripted_engine import (
    DROP,
    Answer,
    Asked,
    ScriptedEngine,
    call_piece,
    chunk,
    refuses,
    says,
    stream,
)

pytestmark = pytest.mark.client

WINDOW = 131072
OVERFLOW = refuses(
    400,
    f"This model's maximum context length is {WINDOW} tokens. However, your prompt contains at least"
    f" {WINDOW + 1} input tokens, which exceeds this limit even without any output tokens. Please reduce the"
    f" length of the input prompt. (parameter=input_tokens, value={WINDOW + 1})",
)


@pytest.fixture(scope="session")
def executable() -> Path:
    return claude_code.program()


@pytest.fixture
def engine() -> Iterator[ScriptedEngine]:
    with ScriptedEngine({"scripted": WINDOW}, tokens=20000) as running:
        yield running


@pytest.fixture
def gateway(engine: ScriptedEngine) -> Iterator[RunningGateway]:
    with gateway_before(engine.url) as running:
        yield running


@pytest.fixture
def user(executable: Path, gateway: RunningGateway, tmp_path: Path) -> ClaudeCode:
    return ClaudeCode(executable, tmp_path, gateway.url, "any", "anthropic/scripted", WINDOW)


def bash(command: str) -> Any:
    return says(calls=[("Bash", json.dumps({"command": command, "description": "x"}))])


def last(asked: Asked) -> str:
    return json.dumps(asked.body["messages"][-1], ensure_ascii=False)


@pytest.mark.requirement("CC-69")
def test_a_tool_loop_of_several_turns(user: ClaudeCode, engine: ScriptedEngine) -> None:
    engine.next(*(bash(f"echo {n} >> log.txt") for n in range(4)), says("All done."))
    assert user.run("Count.").text == "All done."
    assert len(engine.chats()) == 5
    assert (user.cwd / "log.txt").read_text() == "0\n1\n2\n3\n"


@pytest.mark.requirement("CC-65")
@pytest.mark.requirement("CC-66")
def test_the_prompt_only_grows(user: ClaudeCode, engine: ScriptedEngine) -> None:
    engine.next(bash("echo a"), bash("echo b"), says("Done."))
    assert user.run("Go.").text == "Done."
    bodies = [asked.body for asked in engine.chats()]
    for shorter, longer in pairwise(bodies):
        assert longer["messages"][: len(shorter["messages"])] == shorter["messages"]
        assert longer["tools"] == shorter["tools"]
    assert "x-anthropic-billing-header" not in json.dumps(bodies)


@pytest.mark.requirement("CC-52")
@pytest.mark.requirement("CC-53")
@pytest.mark.requirement("CC-70")
def test_an_overflow_in_mid_session_is_compacted_and_the_turn_ends_well(
    user: ClaudeCode, engine: ScriptedEngine
) -> None:
    compacted: list[Asked] = []

    def summary_or_answer(asked: Asked) -> Answer:
        if "<analysis>" in last(asked):
            compacted.append(asked)
            return says("<analysis>a</analysis><summary>They asked to go on.</summary>")(asked)
        return says("It went on." if compacted else "too early")(asked)

    engine.next(bash("echo a"), bash("echo b"), OVERFLOW)
    engine.always(summary_or_answer)
    engine.next(
        lambda asked: Answer((b'{"count": 140000, "max_model_len": 131072}',)),
        path="/tokenize",
    )
    ran = user.run("Go on and on.")
    assert ran.text == "It went on."
    assert len(compacted) == 1
    assert len(engine.chats()) == 5


@pytest.mark.requirement("CC-55")
def test_a_full_queue_is_waited_for(user: ClaudeCode, engine: ScriptedEngine) -> None:
    engine.next(refuses(503, "The engine is currently busy"), says("Then it worked."))
    assert user.run("Go.").text == "Then it worked."


@pytest.mark.requirement("CC-57")
def test_a_break_before_any_block_is_streamed_again(user: ClaudeCode, engine: ScriptedEngine) -> None:
    engine.next(stream(chunk(content=""), DROP, end=False), says("Hello."))
    assert user.run("Go.").text == "Hello."
    assert [asked.body.get("stream") for asked in engine.chats()] == [True, True]


@pytest.mark.requirement("CC-58")
def test_a_break_after_a_whole_call_runs_it_and_goes_on(user: ClaudeCode, engine: ScriptedEngine) -> None:
    arguments = json.dumps({"command": "echo x > x.txt", "description": "x"})
    engine.next(
        stream(call_piece(0, name="Bash", id="a"), call_piece(0, arguments), DROP, end=False), says("It ran.")
    )
    assert user.run("Go.").text == "It ran."
    assert len(engine.chats()) == 2
    assert (user.cwd / "x.txt").read_text() == "x\n"


@pytest.mark.requirement("CC-37")
def test_ids_that_an_engine_repeats_do_no_harm(user: ClaudeCode, engine: ScriptedEngine) -> None:
    def twice(name: str) -> Answer:
        arguments = json.dumps({"command": f"echo {name} >> log.txt", "description": "x"})
        pieces = (call_piece(0, arguments, name="Bash", id="call_0"),)
        return stream(*pieces, chunk(finish="tool_calls"))

    engine.next(twice("one"), twice("two"), says("Both ran."))
    assert user.run("Go.").text == "Both ran."
    assert (user.cwd / "log.txt").read_text() == "one\ntwo\n"


@pytest.mark.requirement("CC-51")
def test_an_error_is_shown_in_words(user: ClaudeCode, engine: ScriptedEngine) -> None:
    engine.always(refuses(400, "temperature must be in [0, 2]"))
    ran = user.run("Go.")
    assert ran.code == 1
    assert "temperature must be in [0, 2]" in ran.said["result"]
    assert len(engine.chats()) == 1
