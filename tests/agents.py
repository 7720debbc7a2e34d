"""Agents of OpenAI's protocol, the real ones from npm, each started by `dragoman launch` for its own user.

The user's home is empty, and the internet is out of reach: all that is not the gateway leads to a dead proxy.
"""

import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from dragoman.runtime.supervisor import free_port
from tests.cli.program import argv, environment
from tests.npm import NEEDED, fetch, node

COMMAND = "echo $((6*7)) | tee out.txt; sleep 0.5"


@dataclass(frozen=True)
class Agent:
    """`folders` go before the PATH; `call` is a tool of its own that runs COMMAND."""

    name: str
    folders: Callable[[], Sequence[Path]]
    headless: tuple[str, ...]
    call: tuple[str, Mapping[str, Any]]
    words: Callable[[str], list[str]]
    """What the model said, out of what the agent prints."""
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Ran:
    """How a headless run ended."""

    code: int
    stdout: str
    stderr: str
    words: list[str]


class User:
    """One user of an agent, with a home and a working directory; `url` is the gateway's."""

    def __init__(self, agent: Agent, folder: Path, url: str, key: str = "") -> None:
        self.agent, self.cwd = agent, folder / "project"
        self.cwd.mkdir(exist_ok=True)
        self._url, self._key, self._home = url, key, folder

    def run(self, prompt: str, seconds: float = 180) -> Ran:
        """`dragoman launch NAME -- ...`, to its end."""
        done = subprocess.run(
            argv("launch", self.agent.name, "--url", self._url, "--", *self.agent.headless, prompt),
            cwd=self.cwd,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        try:
            words = self.agent.words(done.stdout)
        except (ValueError, LookupError, TypeError):
            words = []
        return Ran(done.returncode, done.stdout, done.stderr, words)

    def _environment(self) -> dict[str, str]:
        nowhere = f"http://127.0.0.1:{free_port()}"
        bare = environment(self._home, LANG="C.UTF-8", TERM="xterm", DRAGOMAN_KEY=self._key)
        folders = [*map(str, self.agent.folders()), bare["PATH"]]
        proxies = {
            "HTTP_PROXY": nowhere,
            "HTTPS_PROXY": nowhere,
            "http_proxy": nowhere,
            "https_proxy": nowhere,
        }
        return bare | proxies | {"PATH": os.pathsep.join(folders)} | dict(self.agent.variables)


def codex_words(printed: str) -> list[str]:
    events = [json.loads(line) for line in printed.splitlines()]
    done = [event["item"] for event in events if event["type"] == "item.completed"]
    return [item["text"] for item in done if item["type"] == "agent_message"]


def opencode_words(printed: str) -> list[str]:
    events = [json.loads(line) for line in printed.splitlines()]
    return [event["part"]["text"] for event in events if event["type"] == "text"]


def opencode_folders() -> list[Path]:
    """The package with the executable itself; the one before it only chooses among all systems' packages."""
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        pytest.skip("OpenCode is pinned for Linux on x86-64")
    return [fetch("opencode").parent / "opencode-linux-x64-baseline" / "bin"]


def qwen_words(printed: str) -> list[str]:
    messages = [event["message"] for event in json.loads(printed) if event["type"] == "assistant"]
    return [part["text"] for message in messages for part in message["content"] if part["type"] == "text"]


AGENTS = {
    agent.name: agent
    for agent in (
        Agent(
            "codex",
            lambda: [fetch("codex")],
            ("exec", "--json", "--skip-git-repo-check", "--dangerously-bypass-approvals-and-sandbox"),
            ("exec_command", {"cmd": COMMAND}),
            codex_words,
        ),
        Agent(
            "opencode",
            opencode_folders,
            ("run", "--format", "json"),
            ("bash", {"command": COMMAND, "description": "Multiply"}),
            opencode_words,
        ),
        Agent(
            "qwen",
            lambda: [node(22).parent, fetch("qwen", NEEDED)],
            ("--yolo", "--output-format", "json"),
            ("run_shell_command", {"command": COMMAND, "is_background": False, "description": "Multiply"}),
            qwen_words,
        ),
    )
}
