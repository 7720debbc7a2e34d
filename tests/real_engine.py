"""The real engine for tests: vLLM on the CPU with random weights, whose words a test can choose.

The environment and the checkpoint are made where they are missing, in the data directory of the user who runs
the tests (DRAGOMAN_DATA_DIR). One engine takes about 30 s to start and 2.5 GB of memory.
"""

import asyncio
import sys
import threading
from collections.abc import Coroutine, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from dragoman.engines import vllm
from dragoman.progress import Progress
from dragoman.runtime import environment
from dragoman.runtime.supervisor import Supervisor, free_port
from tests import random_model

HERMES = ("--enable-auto-tool-choice", "--tool-call-parser", "hermes", "--enable-prompt-tokens-details")
START_S = 900.0


class RealEngine:
    """`with RealEngine(folder) as engine`: serves at `engine.url` until the block ends.

    `flags` go to `vllm serve`; () is an engine that knows no tools. A JSON file written to `engine.scripts`,
    `{"MARKER": [answers...]}`, chooses the answers to prompts that hold the marker.
    """

    def __init__(
        self,
        folder: Path,
        flags: tuple[str, ...] = HERMES,
        max_model_len: int = 65536,
        variables: Mapping[str, str] | None = None,
    ) -> None:
        self.model = random_model.SERVED_NAME
        self.max_model_len = max_model_len
        self.log_path = folder / "engine.log"
        self.scripts = folder / "scripts.json"
        self.url = f"http://127.0.0.1:{(port := free_port())}"
        self._port, self._flags, self._variables = port, flags, variables
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="real engine", daemon=True)
        self._supervisor: Supervisor | None = None

    def __enter__(self) -> "RealEngine":
        made = environment.ensure(_say)
        serve = vllm.command(
            made.python,
            random_model.ensure_model(made, _say),
            self._port,
            self.model,
            self.max_model_len,
            self._flags,
        )
        if not self.scripts.exists():
            self.scripts.write_text("{}")
        scripted = {"PYTHONPATH": str(random_model.SOURCES), "DRAGOMAN_SCRIPTS": str(self.scripts)}
        command = vllm.local_only(vllm.on_cpu(serve)).plus(
            *("--logits-processors", "scripted:ScriptedText"),
            environment={**scripted, **(self._variables or {})},
        )
        self._supervisor = Supervisor(command=command, url=self.url, log=self.log_path, report=_say)
        self._thread.start()
        try:
            self._run(self._supervisor.ensure_ready(START_S))
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    @property
    def pid(self) -> int | None:
        """The server's process."""
        return self._supervisor.pid if self._supervisor else None

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def _end(self) -> None:
        assert self._supervisor is not None
        self._run(self._supervisor.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


def _say(progress: Progress) -> None:
    """Shown by pytest where a test fails."""
    if progress.done is None:
        print(f"{progress.step}: {progress.detail}", file=sys.stderr)
