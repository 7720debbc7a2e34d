"""The program `dragoman` as a process of its own, as users start it."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from tests.gateway import until

LISTENS = re.compile(r"Dragoman +\S+ on (http://\S+)")


def environment(folder: Path, **variables: str) -> dict[str, str]:
    """As bare as it can be; `folder` is the user's home. How this machine reaches a package index stays, and
    no hub is asked."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in ("PATH", "DRAGOMAN_DATA_DIR", "SSL_CERT_FILE") or name.startswith("PIP_")
    }
    own = {"HOME": str(folder), "DRAGOMAN_STATE_DIR": str(folder / "state"), "HF_HUB_OFFLINE": "1"}
    return kept | own | variables


def argv(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "dragoman", *arguments]


def dragoman(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        argv(*arguments),
        env=environment(folder, **variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def refusal(done: subprocess.CompletedProcess[str], status: int = 1) -> str:
    """The one line that a command fails with."""
    assert done.returncode == status, done.stderr
    assert "Traceback" not in done.stderr
    lines = [line for line in done.stderr.splitlines() if not line.startswith("dragoman: warning: ")]
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("dragoman: ")
    return lines[0]


class Program:
    """`with Program(folder, "serve", ...) as running:` a command that stays; it is killed at the end."""

    def __init__(self, folder: Path, *arguments: str, variables: Mapping[str, str] | None = None) -> None:
        self._output = {"stdout": "", "stderr": ""}
        self.process = subprocess.Popen(
            argv(*arguments),
            env=environment(folder, **(variables or {})),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout and self.process.stderr
        pipes = {"stdout": self.process.stdout, "stderr": self.process.stderr}
        self._readers = [threading.Thread(target=self._read, args=pair) for pair in pipes.items()]

    def __enter__(self) -> Self:
        for reader in self._readers:
            reader.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.kill()
        self.finish()

    @property
    def stdout(self) -> str:
        return self._output["stdout"]

    @property
    def stderr(self) -> str:
        return self._output["stderr"]

    def wait_for(self, text: str, seconds: float = 15.0) -> None:
        """Until it has printed something; fails where it ends before."""

        def seen() -> bool:
            found = text in self.stdout or text in self.stderr
            assert found or self.process.poll() is None, f"it ended: {self.stdout}{self.stderr}"
            return found

        until(seen, seconds)

    def url(self, seconds: float = 15.0) -> str:
        """Where the gateway listens, as it says."""
        until(lambda: bool(LISTENS.search(self.stdout)) or self.process.poll() is not None, seconds)
        found = LISTENS.search(self.stdout)
        assert found, self.stderr
        return found[1]

    def end(self, number: signal.Signals, seconds: float = 30.0) -> int:
        """Send a signal; its exit status."""
        self.process.send_signal(number)
        return self.finish(seconds)

    def finish(self, seconds: float = 30.0) -> int:
        """Wait for its end; its exit status."""
        status = self.process.wait(seconds)
        for reader in self._readers:
            reader.join(10)
        return status

    def _read(self, name: str, pipe: IO[str]) -> None:
        with pipe:
            for line in pipe:
                self._output[name] += line
