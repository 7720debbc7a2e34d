"""The real Codex works through the gateway as `dragoman launch` starts it; the engine's words are our own."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dragoman.launchers import Served
from dragoman.launchers import codex as launcher
from tests.gateway import RunningGateway
from tests.npm import fetch
from tests.scripted_engine import (
    DONE,
    DROP,
    SSE,
    Answer,
    ScriptedEngine,
    call_piece,
    chunk,
    refuses,
    says,
    usage_chunk,
)

pytestmark = [pytest.mark.client, pytest.mark.full]

AWKWARD = "He said \"hi\" and 'bye' \\ \\n $HOME %s {}\ttab <b>bold</b> </tool_call> 你好 é 🙂"
TURN_FAILED = "turn.failed"


class Codex:
    """One user of Codex: a home of its own, a working directory, a gateway."""

    def __init__(self, executable: Path, folder: Path, url: str) -> None:
        self.cwd = folder / "project"
        self._home, self._executable = folder / "home", executable
        self._catalog = folder / "models.json"
        self._served = Served(url, "scripted", window=32768)
        for made in (self.cwd, self._home / ".codex"):
            made.mkdir(parents=True)

    def run(self, prompt: str) -> list[dict[str, Any]]:
        """`codex exec`, everything allowed; its events. Nothing of the tests' environment gets through."""
        flags = ["--json", "--skip-git-repo-check", "--dangerously-bypass-approvals-and-sandbox"]
        start = launcher.prepare(self._served, ["exec", *flags, prompt], self._write)
        done = subprocess.run(
            [str(self._executable), *start.argv[1:]],
            cwd=self.cwd,
            env={"PATH": os.environ["PATH"], "HOME": str(self._home), "LANG": "C.UTF-8", **start.variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )
        events = [json.loads(line) for line in done.stdout.splitlines()]
        assert events, done.stderr
        assert (done.returncode == 0) is (events[-1]["type"] != TURN_FAILED), done.stderr
        return events

    def _write(self, catalog: str) -> str:
        self._catalog.write_text(catalog)
        return str(self._catalog)


@pytest.fixture(scope="session")
def executable() -> Path:
    return fetch("codex") / "codex"


@pytest.fixture
def codex(executable: Path, gateway: RunningGateway, tmp_path: Path) -> Codex:
    return Codex(executable, tmp_path, gateway.url)


def items(events: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    done = [event["item"] for event in events if event["type"] == "item.completed"]
    return [item for item in done if item["type"] == kind]


def last_words(events: list[dict[str, Any]]) -> str:
    assert events[-1]["type"] == "turn.completed", events
    return str(items(events, "agent_message")[-1]["text"])


def large(*steps: bytes) -> Answer:
    """An answer after which Codex believes its window nearly full."""
    return Answer((*steps, usage_chunk(31000, 100), DONE), headers=dict(SSE))


def test_a_tool_round_trip(codex: Codex, engine: ScriptedEngine) -> None:
    command = json.dumps({"cmd": "echo $((6*7)) | tee out.txt"})
    engine.next(
        says("I look.", thinks="Let me see.", calls=[("exec_command", command)], cached=5), says("42!")
    )
    events = codex.run("What is 6 times 7?")
    assert last_words(events) == "42!"
    assert (codex.cwd / "out.txt").read_text() == "42\n"
    assert [item["exit_code"] for item in items(events, "command_execution")] == [0]
    assert events[-1]["usage"]["cached_input_tokens"] == 5
    first, second = (asked.body["messages"] for asked in engine.chats())
    assert second[: len(first)] == first
    assistant, result = second[len(first) :]
    assert (assistant["content"], assistant["reasoning_content"]) == ("I look.", "Let me see.")
    assert assistant["tool_calls"][0]["function"] == {"name": "exec_command", "arguments": command}
    assert result["tool_call_id"] == assistant["tool_calls"][0]["id"]
    assert "Output:\n42\n" in result["content"]


def test_two_calls_at_once_and_their_results_in_order(codex: Codex, engine: ScriptedEngine) -> None:
    commands = [("exec_command", json.dumps({"cmd": f"echo {word}"})) for word in ("one", "two")]
    engine.next(says(calls=commands), says("Both."))
    assert last_words(codex.run("Say one and two.")) == "Both."
    messages = engine.chats()[1].body["messages"][-3:]
    assert [call["id"] for call in messages[0]["tool_calls"]] == [m["tool_call_id"] for m in messages[1:]]
    assert ["one" in messages[1]["content"], "two" in messages[2]["content"]] == [True, True]


def test_a_patch_is_a_freeform_call_and_arrives_byte_for_byte(codex: Codex, engine: ScriptedEngine) -> None:
    patch = f"*** Begin Patch\n*** Add File: a.txt\n+{AWKWARD}\n*** End Patch\n"
    engine.next(says(calls=[("apply_patch", json.dumps({"input": patch}))]), says("Done."))
    events = codex.run("Write a.txt.")
    assert last_words(events) == "Done."
    assert (codex.cwd / "a.txt").read_text() == f"{AWKWARD}\n"
    assert items(events, "file_change")[0]["status"] == "completed"
    offered = {tool["function"]["name"]: tool["function"] for tool in engine.chats()[0].body["tools"]}
    assert "lark grammar" in offered["apply_patch"]["description"]
    call, result = engine.chats()[1].body["messages"][-2:]
    assert json.loads(call["tool_calls"][0]["function"]["arguments"]) == {"input": patch}
    assert "Success" in result["content"]


def test_a_tool_of_a_namespace_is_called_by_its_flat_name(codex: Codex, engine: ScriptedEngine) -> None:
    spawn = ("multi_agent_v1__spawn_agent", json.dumps({"message": "Say hello."}))
    engine.next(says(calls=[spawn]))
    engine.always(says("Hello."))
    events = codex.run("Start an agent.")
    assert last_words(events) == "Hello."
    assert items(events, "collab_tool_call")[0]["tool"] == "spawn_agent"
    called = [m for asked in engine.chats() for m in asked.body["messages"] if m.get("tool_calls")]
    assert called[0]["tool_calls"][0]["function"]["name"] == "multi_agent_v1__spawn_agent"


def test_a_full_window_is_compacted_in_the_middle_of_a_turn(codex: Codex, engine: ScriptedEngine) -> None:
    command = call_piece(0, json.dumps({"cmd": "echo hi"}), name="exec_command", id="a")
    engine.next(large(command, chunk(finish="tool_calls")), says("A summary."), says("All done."))
    assert last_words(codex.run("Go.")) == "All done."
    _, compacting, after = (asked.body for asked in engine.chats())
    assert "COMPACTION" in compacting["messages"][-1]["content"]
    assert "tools" not in compacting
    assert "A summary." in after["messages"][-1]["content"]


def test_a_prompt_over_the_window_is_understood(codex: Codex, engine: ScriptedEngine) -> None:
    engine.tokens = 40000
    engine.always(
        refuses(400, "This model's maximum context length is 32768 tokens. Please reduce the length.")
    )
    failed = codex.run("Go.")[-1]
    assert failed["type"] == TURN_FAILED
    assert "ran out of room in the model's context window" in failed["error"]["message"]


def test_an_answer_that_breaks_off_is_asked_for_again(codex: Codex, engine: ScriptedEngine) -> None:
    engine.next(Answer((chunk(content="Hel"), DROP), headers=dict(SSE)), says("Hello."))
    assert last_words(codex.run("Go.")) == "Hello."
    assert len(engine.chats()) == 2


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (refuses(400, "no such thing"), "the engine refused the request: no such thing"),
        (says("Half a", finish="length"), "Incomplete response returned, reason: max_output_tokens"),
    ],
)
def test_what_cannot_be_mended_is_told_once(
    codex: Codex, engine: ScriptedEngine, script: Callable[..., Answer], words: str
) -> None:
    engine.always(script)
    failed = codex.run("Go.")[-1]
    assert failed["type"] == TURN_FAILED
    assert words in failed["error"]["message"]
    assert len(engine.chats()) == 1
