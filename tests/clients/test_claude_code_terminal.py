"""The real Claude Code in a terminal: what only a person at the keyboard does."""

import json
import os
import shlex
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import claude_code
from tests.claude_code import ClaudeCode
from tests.gateway import RunningGateway, gateway_before, until
from tests.scripted_engine import STALL, Answer, Asked, ScriptedEngine, chunk, says, stream

pytestmark = [
    pytest.mark.client,
    pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux, which gives a program a terminal"),
]

WINDOW = 131072
PROMPT_S = 1.0
"""Within this time the engine must learn that nobody listens any more."""


class Terminal:
    """One terminal in a tmux server of its own; `screen` is what stands on it."""

    def __init__(self, folder: Path) -> None:
        self._tmux = ["tmux", "-S", str(folder / "tmux.sock"), "-f", "/dev/null"]

    def start(self, command: list[str], cwd: Path, variables: dict[str, str]) -> None:
        line = shlex.join(["env", "-i", *(f"{name}={text}" for name, text in variables.items()), *command])
        self._run("new-session", "-d", "-s", "s", "-x", "160", "-y", "50", "-c", str(cwd), line)

    def enter(self, text: str) -> None:
        """Type a prompt and send it, once it stands on the screen."""
        self._run("send-keys", "-t", "s", "-l", text)
        self.wait_for(text)
        time.sleep(0.4)  # keys that follow at once are taken for a paste
        self.press("Enter")

    def press(self, key: str) -> None:
        self._run("send-keys", "-t", "s", key)

    @property
    def screen(self) -> str:
        return self._run("capture-pane", "-t", "s", "-p")

    def wait_for(self, text: str, seconds: float = 30.0) -> None:
        deadline = time.monotonic() + seconds
        while text not in (screen := self.screen):
            assert time.monotonic() < deadline, f"no {text!r} within {seconds} s on:\n{screen}"
            time.sleep(0.1)

    def end(self) -> None:
        self._run("kill-server", check=False)

    def _run(self, *arguments: str, check: bool = True) -> str:
        done = subprocess.run([*self._tmux, *arguments], capture_output=True, text=True, check=check)
        return done.stdout


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
def terminal(executable: Path, gateway: RunningGateway, tmp_path: Path) -> Iterator[Terminal]:
    """Claude Code, ready for the first prompt."""
    user = ClaudeCode(executable, tmp_path, gateway.url, "any", "anthropic/scripted", WINDOW)
    settled = {"hasTrustDialogAccepted": True, "hasCompletedProjectOnboarding": True}
    answers = {
        "hasCompletedOnboarding": True,
        "theme": "dark",
        "bypassPermissionsModeAccepted": True,
        "projects": {str(user.cwd): settled},
    }
    (user.home / ".claude.json").write_text(json.dumps(answers))
    variables = user.variables | {
        "PATH": os.environ["PATH"],
        "HOME": str(user.home),
        "SHELL": "/bin/bash",
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
        "DISABLE_AUTOUPDATER": "1",
        "IS_SANDBOX": "1",
    }
    made = Terminal(tmp_path)
    made.start([str(executable), "--dangerously-skip-permissions"], user.cwd, variables)
    try:
        made.wait_for("bypass permissions")
        yield made
    finally:
        made.end()


def main(engine: ScriptedEngine) -> list[Asked]:
    """The requests with tools; those without are for the title of the window."""
    return [asked for asked in engine.chats() if asked.body.get("tools")]


def title_or(script: Answer, engine: ScriptedEngine) -> None:
    """This answer to the next request with tools, good ones to all others."""
    waiting = [script]

    def answer(asked: Asked) -> Answer:
        if not asked.body.get("tools"):
            return says('{"title": "Tea"}')(asked)
        return waiting.pop() if waiting else says("It was nothing.")(asked)

    engine.always(answer)


@pytest.mark.requirement("CC-44")
@pytest.mark.parametrize("reached", ["before the first word", "in the middle of an answer"])
def test_escape_ends_the_engines_work_and_the_session_goes_on(
    terminal: Terminal, engine: ScriptedEngine, reached: str
) -> None:
    # Whole lines are what it shows of an answer that is still written.
    begun = (chunk(content="Once upon a time\n\nthere was"),) if "middle" in reached else ()
    title_or(stream(*begun, STALL, end=False), engine)
    terminal.enter("Tell me a long story about tea.")
    until(lambda: len(main(engine)) == 1, 20)
    terminal.wait_for("Once upon a time" if begun else "esc to interrupt")
    pressed = time.monotonic()
    terminal.press("Escape")
    assert main(engine)[0].wait_gone() - pressed < PROMPT_S
    until(lambda: engine.busy == 0)

    terminal.wait_for("nterrupted") if begun else terminal.wait_for("long story about tea")
    if not begun:
        terminal.press("C-u")  # an answer of which nothing came gives its prompt back to be edited
    terminal.enter("What was it about?")
    terminal.wait_for("It was nothing.")
    assert len(main(engine)) == 2
    told = json.dumps(main(engine)[1].body["messages"])
    assert ("Once upon a time" in told) == ("[Request interrupted by user]" in told) == bool(begun)


@pytest.mark.requirement("CC-14")
def test_the_title_of_the_window_is_asked_for_by_a_schema(terminal: Terminal, engine: ScriptedEngine) -> None:
    title_or(stream(chunk(content="Green."), chunk(finish="stop")), engine)
    terminal.enter("What is Longjing tea, and where does it grow?")
    terminal.wait_for("Green.")
    until(lambda: len(engine.chats()) == 2)
    (title,) = [asked.body for asked in engine.chats() if not asked.body.get("tools")]
    schema = title["response_format"]["json_schema"]["schema"]
    assert list(schema["properties"]) == ["title"]
