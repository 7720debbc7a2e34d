"""Python's own installer, run in another environment: its output as progress, its failures in plain words.

pip works below a leash (`leash`), so that it ends with us whatever ends us. Counterpart: `environment`.
"""

import os
import re
import socket
import subprocess
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dragoman.model.errors import DragomanError
from dragoman.progress import Progress, Report
from dragoman.runtime import leash

TAIL_LINES = 12

# Settings of the user's that would make pip install somewhere else than in the environment.
_NOT_INHERITED = (
    "PIP_TARGET",
    "PIP_PREFIX",
    "PIP_ROOT",
    "PIP_USER",
    "PYTHONPATH",
    "PYTHONHOME",
    "PYTHONSTARTUP",
)

_NO_NETWORK = re.compile(
    r"NewConnectionError|NameResolutionError|ConnectTimeout|ReadTimeout|Read timed out|ProxyError"
    r"|Temporary failure in name resolution|Network is unreachable"
    r"|Connection (?:refused|reset|broken|timed out)"
)
_NOTHING_FOUND = re.compile(r"\(from versions: none\)")

REMEDIES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), remedy)
    for pattern, remedy in (
        (
            r"No space left on device|Disk quota exceeded",
            "The disk is full. Free some space, or let DRAGOMAN_DATA_DIR name a directory on a larger disk.",
        ),
        (
            r"ensurepip is not available|No module named (?:venv|ensurepip)",
            "This Python cannot make virtual environments. On Debian and Ubuntu: apt install python3-venv",
        ),
        (
            r"CERTIFICATE_VERIFY_FAILED|SSLError",
            "A certificate on the way to the package index is not trusted. Behind a company proxy, let "
            "PIP_CERT name its certificate file.",
        ),
        (
            _NO_NETWORK.pattern,
            "The package index cannot be reached. Check the network; behind a proxy set HTTPS_PROXY, with a "
            "mirror set PIP_INDEX_URL. Then run it again: what was downloaded is kept.",
        ),
        (
            r"Permission denied|Read-only file system",
            "The directory cannot be written to. Let DRAGOMAN_DATA_DIR name one that can.",
        ),
        (
            r"DO NOT MATCH THE HASHES|BadZipFile|incomplete-download|IncompleteRead",
            "A download arrived damaged. Run it again; if that does not help, `pip cache purge` first.",
        ),
        (
            r"is not a supported wheel|Requires-Python|No matching distribution found",
            "There is no build of a package for this Python or this kind of machine. The engine needs Linux "
            "on x86-64 or ARM64 and Python 3.11 to 3.14.",
        ),
        (r"MemoryError|signal 9", "Memory ran out. Close other programs and run it again."),
    )
)


class SetupFailed(DragomanError):
    """Something that had to be installed or built was not; `tail` holds the last lines of what was run."""

    def __init__(self, what: str, tail: tuple[str, ...] = (), remedy: str = "") -> None:
        text = "\n".join(tail)
        advice = remedy or next((advice for found, advice in REMEDIES if found.search(text)), "")
        super().__init__(f"{what} {advice}".strip())
        self.tail = tail


def clean_environment() -> dict[str, str]:
    """Ours without what would lead an installer or the engine's Python astray."""
    kept = {name: value for name, value in os.environ.items() if name not in _NOT_INHERITED}
    return kept | {"PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


@contextmanager
def _leashed(command: tuple[str, ...], keep: tuple[int, ...]) -> Iterator[subprocess.Popen[str]]:
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            process = subprocess.Popen(
                leash.argv(theirs.fileno(), command),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=(theirs.fileno(), *keep),
                start_new_session=True,
                env=clean_environment(),
                encoding="utf-8",
                errors="replace",
            )
        with process:
            try:
                yield process
            except BaseException:
                ours.close()
                raise


def run(command: tuple[str, ...], report: Report, keep: tuple[int, ...] = ()) -> tuple[int, tuple[str, ...]]:
    """Run to its end: exit code and last lines. `keep` are descriptors that stay open as long as it runs."""
    tail = deque[str](maxlen=TAIL_LINES)
    reader = PipReader()
    with _leashed(command, keep) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if progress := reader.read(line):
                report(progress)
            elif text := hide_secrets(line.strip()):
                tail.append(text)
    return process.returncode, tuple(tail)


def hide_secrets(line: str) -> str:
    """A line without the user name and password that an index address may hold."""
    return re.sub(r"://[^/@\s]+@", "://***@", line)


class PipReader:
    """pip's lines (`--progress-bar raw`) as progress; feed it one at a time."""

    def __init__(self) -> None:
        self._file = ""

    def read(self, line: str) -> Progress | None:
        """What the line says about progress, if anything; a report of a failure can do without it."""
        if found := re.match(r"Progress (\d+) of (\d+)", line):
            done, total = int(found[1]), int(found[2])
            return Progress("download", self._file, done, total or None) if self._file else None
        if found := re.match(r"\s*(?:Downloading|Using cached) (\S+)", line):
            name = found[1].rpartition("/")[2].replace("%2B", "+")
            self._file = "" if name.endswith(".metadata") else name
            return Progress("download", self._file) if self._file else Progress("resolve", name.split("-")[0])
        if found := re.match(r"\s*(?:Collecting|Processing) (\S+)", line):
            return Progress("resolve", found[1].rpartition("/")[2])
        if found := re.match(r"Installing collected packages: (.*)", line):
            return Progress("install", f"{found[1].count(',') + 1} packages")
        return None


class Pip:
    """pip of one environment; `keep` are descriptors that are held open as long as it runs."""

    def __init__(self, python: Path, report: Report, keep: tuple[int, ...] = ()) -> None:
        self._python, self._report, self._keep = python, report, keep
        self._bar: tuple[str, ...] = ()

    def _run(self, *arguments: str) -> tuple[int, tuple[str, ...]]:
        return run((str(self._python), "-m", "pip", *arguments, "--no-input"), self._report, self._keep)

    def modernize(self) -> None:
        """Get a pip that tells downloaded bytes; where that fails, the one at hand does, line by line."""
        if self._version() < (24, 1):
            self._run("install", "--upgrade", "pip")
        self._bar = ("--progress-bar", "raw") if self._version() >= (24, 1) else ()

    def _version(self) -> tuple[int, int]:
        _, lines = self._run("--version")
        found = re.search(r"pip (\d+)\.(\d+)", "\n".join(lines))
        return (int(found[1]), int(found[2])) if found else (0, 0)

    def install(self, packages: tuple[str, ...], fallback_index: str = "", fallback_for: str = "") -> None:
        """Install exact versions; ask `fallback_index` too where `fallback_for` is found nowhere else."""
        code, tail = self._run("install", *self._bar, *packages)
        text = "\n".join(tail)
        unreachable = _NO_NETWORK.search(text) and _NOTHING_FOUND.search(text)
        missing = fallback_for and f"No matching distribution found for {fallback_for}" in text
        if code and fallback_index and missing and not unreachable:
            self._report(Progress("resolve", f"{fallback_for} from {fallback_index}"))
            code, tail = self._run("install", *self._bar, "--extra-index-url", fallback_index, *packages)
        if code:
            raise SetupFailed(f"pip could not install {', '.join(packages)}.", tail)

    def uninstall(self, packages: tuple[str, ...]) -> None:
        """Uninstall what is there of these."""
        code, tail = self._run("uninstall", "--yes", *packages)
        if code:
            raise SetupFailed(f"pip could not uninstall {', '.join(packages)}.", tail)
