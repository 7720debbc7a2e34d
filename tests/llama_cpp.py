"""A real llama.cpp for tests: the server of llama-cpp-python with random weights, on the CPU.

The package comes as source and is compiled once (minutes, and a C++ compiler is needed); it is kept below
DRAGOMAN_TEST_CACHE, or in `.cache` of this clone. What it says is dictated by a grammar of one sentence.
"""

import shutil
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx2

from dragoman.runtime import environment
from dragoman.runtime.supervisor import free_port
from tests import random_model
from tests.gateway import until
from tests.venvs import installed

PACKAGES = ("llama-cpp-python[server]==0.3.36", "gguf==0.19.0")
CONVERT = Path(__file__).parent / "to_gguf.py"
WINDOW = 16384


def can_be_built() -> bool:
    return shutil.which("c++") is not None


def saying(text: str) -> dict[str, str]:
    """Fields of a request that make the model say exactly this."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return {"grammar": f'root ::= "{escaped}"'}


class LlamaCpp:
    """`with LlamaCpp(folder) as engine`: serves at `engine.url` until the block ends."""

    def __init__(self, folder: Path) -> None:
        self.url = f"http://127.0.0.1:{(port := free_port())}"
        self._log, self._model, self._port = folder / "llama.log", folder / "tiny.gguf", port
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        python = installed("llama-cpp-python", PACKAGES)
        checkpoint = random_model.ensure_model(environment.ensure())
        subprocess.run([python, CONVERT, checkpoint, self._model], check=True, timeout=120)
        command = [str(python), "-m", "llama_cpp.server", "--model", str(self._model)]
        command += ["--model_alias", random_model.SERVED_NAME, "--n_ctx", str(WINDOW), "--n_threads", "2"]
        # By default any request ends the stream before it, the gateway's question for its models too.
        command += ["--interrupt_requests", "false"]
        command += ["--host", "127.0.0.1", "--port", str(self._port)]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            until(self._answers, 120)
        except BaseException:
            self.__exit__(None, None, None)
            print(self._log.read_text("utf-8", "replace"), file=sys.stderr)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, "llama.cpp ended"
        try:
            return httpx2.get(f"{self.url}/v1/models", timeout=5, trust_env=False).status_code == 200
        except httpx2.TransportError:
            return False
