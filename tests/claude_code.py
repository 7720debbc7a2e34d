"""The real Claude Code, fetched by npm as tests/clients/package-lock.json pins it; never in the repository.

It is proprietary software of Anthropic. `--no-clients` declines it: then nothing is fetched and its tests are
reported as skipped. It is kept below DRAGOMAN_TEST_CACHE, or in `.cache` of this clone.
"""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dragoman.launchers import claude

ROOT = Path(__file__).parent.parent
PINNED = ROOT / "tests" / "clients"
PACKAGE = Path("node_modules", "@anthropic-ai", "claude-code")
INSTALL_S = 600


def program() -> Path:
    """Claude Code's executable, installed where it is missing. Fails with the words of npm."""
    lock = (PINNED / "package-lock.json").read_bytes()
    cache = Path(os.environ.get("DRAGOMAN_TEST_CACHE") or ROOT / ".cache")
    folder = cache / f"claude-code-{hashlib.sha256(lock).hexdigest()[:12]}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not folder.exists():
            install(folder)
    return folder / PACKAGE / "bin" / "claude.exe"  # so called on every system


def install(folder: Path) -> None:
    """The folder appears whole or not at all."""
    part = folder.with_suffix(".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    for name in ("package.json", "package-lock.json"):
        shutil.copy(PINNED / name, part)
    run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"], part)
    # npm asks before it runs a package's install script; this one puts the executable in its place.
    run(["node", "install.cjs"], part / PACKAGE)
    part.rename(folder)


def run(command: list[str], folder: Path) -> None:
    """node and npm of the machine, else those that `scripts/bootstrap node` put into the environment."""
    search = os.pathsep.join([os.environ.get("PATH", os.defpath), str(ROOT / ".venv" / "bin")])
    found = shutil.which(command[0], path=search)
    assert found, (
        f"{command[0]} is missing: `scripts/bootstrap node` installs it, `--no-clients` does without"
    )
    done = subprocess.run(
        [found, *command[1:]],
        cwd=folder,
        env=os.environ | {"PATH": search},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=INSTALL_S,
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(command)} failed:\n{done.stdout}\n{done.stderr}"


@dataclass(frozen=True)
class Ran:
    """How a headless run ended; `said` is its JSON result."""

    code: int
    said: Mapping[str, Any]
    stderr: str

    @property
    def text(self) -> str:
        """Its last words. Fails, with all it said, where the run did."""
        assert self.code == 0, self
        assert self.said["is_error"] is False, self
        assert self.said["subtype"] == "success", self
        assert self.said["terminal_reason"] == "completed", self
        return str(self.said["result"])


class ClaudeCode:
    """One user of Claude Code: a home, a working directory, and the gateway as `dragoman launch` tells it.

    `variables` is what Claude Code is told; a test may change it before a run.
    """

    def __init__(self, executable: Path, folder: Path, url: str, token: str, model: str, window: int) -> None:
        self.home, self.cwd = folder / "home", folder / "project"
        self.home.mkdir()
        self.cwd.mkdir()
        self._executable, self._window = executable, window
        self.variables = claude.environment(url, token, model, window)

    def run(self, prompt: str, *flags: str, seconds: float = 120) -> Ran:
        """`claude -p` with all tools allowed; nothing of the environment of the tests gets through."""
        arguments = ["-p", prompt, "--output-format", "json", "--dangerously-skip-permissions", *flags]
        argv = claude.argv(claude.settings(self.variables), self._window, arguments)
        done = subprocess.run(
            [str(self._executable), *argv[1:]],
            cwd=self.cwd,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        try:
            said = json.loads(done.stdout)
        except ValueError:
            said = {"is_error": True, "stdout": done.stdout}
        return Ran(done.returncode, said, done.stderr)

    def _environment(self) -> dict[str, str]:
        return self.variables | {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self.home),
            "SHELL": "/bin/bash",
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
            "DISABLE_AUTOUPDATER": "1",
            "DISABLE_TELEMETRY": "1",
            "DISABLE_ERROR_REPORTING": "1",
            "CLAUDE_CODE_MAX_RETRIES": "1",
            # Without it, root may not skip the questions for permission.
            "IS_SANDBOX": "1",
        }
