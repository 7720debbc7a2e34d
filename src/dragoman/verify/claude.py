"""Claude Code as a client to be tried: the user's own program, with a home and a folder of its own.

Nothing of the user's settings is read or changed, and it may do nothing but read the one file.
"""

import asyncio
import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from dragoman.launchers import claude
from dragoman.settings import SettingsError

WORD = "lighthouse-4711"
FILE = "word.txt"
PROMPT = (
    f"Read the file {FILE} in this folder with the tool Read, then answer with the word that stands in it."
)
KEPT = ("PATH", "SYSTEMROOT", "COMSPEC", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS")


@dataclass(frozen=True, slots=True)
class Ran:
    """How a run ended: its last words, or what went wrong."""

    text: str = ""
    error: str = ""
    turns: int = 0


def find() -> str:
    """The program. Raises SettingsError where it is not there."""
    program = shutil.which(claude.PROGRAM)
    if not program:
        raise SettingsError(f"`{claude.PROGRAM}` is not on the PATH; install it with `{claude.INSTALL}`")
    return program


async def read_a_word(url: str, key: str, model: str, window: int | None) -> Ran:
    """Have it read a file; cancelling ends it."""
    with tempfile.TemporaryDirectory(prefix="dragoman-verify-") as folder:
        variables = claude.environment(url, key, model, window)
        home, project, settings = furnish(Path(folder), claude.settings(variables))
        flags = ["-p", PROMPT, "--output-format", "json", "--allowedTools", "Read", "--tools", "Read"]
        argv = claude.argv(str(settings), window, flags)
        return read(*await run([find(), *argv[1:]], project, environment(variables, home)))


def furnish(folder: Path, settings: str) -> tuple[Path, Path, Path]:
    """A home, a folder with the file, and the settings, which hold the key and are for this user alone."""
    home, project, path = folder / "home", folder / "project", folder / "settings.json"
    home.mkdir()
    project.mkdir()
    (project / FILE).write_text(WORD + "\n", "utf-8")
    path.touch(0o600)
    path.write_text(settings, "utf-8")
    return home, project, path


def environment(variables: dict[str, str], home: Path) -> dict[str, str]:
    """As bare as it can be, so that nothing but this endpoint is asked."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    own = {"HOME": str(home), "USERPROFILE": str(home), "LANG": "C.UTF-8", "DISABLE_AUTOUPDATER": "1"}
    quiet = {"DISABLE_TELEMETRY": "1", "DISABLE_ERROR_REPORTING": "1", "CLAUDE_CODE_MAX_RETRIES": "1"}
    return kept | variables | own | quiet


async def run(argv: list[str], folder: Path, variables: dict[str, str]) -> tuple[int, str, str]:
    """Its exit status, and what it printed."""
    process = await asyncio.create_subprocess_exec(
        *argv,
        cwd=folder,
        env=variables,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        out, err = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    return process.returncode or 0, out.decode("utf-8", "replace"), err.decode("utf-8", "replace")


def read(code: int, out: str, err: str) -> Ran:
    """What a run in JSON came to."""
    try:
        said = json.loads(out)
    except ValueError:
        return Ran(error=f"exit status {code}: {(err or out).strip()[-200:] or 'it said nothing'}")
    text = str(said.get("result") or "")
    turns = said.get("num_turns")
    if code or said.get("is_error"):
        return Ran(error=text or f"exit status {code}")
    return Ran(text, turns=turns if isinstance(turns, int) else 0)
