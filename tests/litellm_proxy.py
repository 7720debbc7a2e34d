"""A real LiteLLM proxy for tests, before a real vLLM; installed once, apart from the project.

It is kept below DRAGOMAN_TEST_CACHE, or in `.cache` of this clone.
"""

import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx2
import yaml

from dragoman.runtime.supervisor import free_port
from tests.gateway import until
from tests.venvs import installed

PACKAGES = ("litellm[proxy]==1.106.2",)
KEY = "sk-of-the-tests-0123456789"
NAME = "qwen-behind-litellm"


class LiteLLM:
    """`with LiteLLM(folder, url, model) as proxy`: the `model` of an engine, served as NAME with KEY."""

    def __init__(self, folder: Path, url: str, model: str) -> None:
        self.url = f"http://127.0.0.1:{(port := free_port())}"
        self._folder, self._log, self._port = folder, folder / "litellm.log", port
        entry = {"model": f"hosted_vllm/{model}", "api_base": f"{url}/v1", "api_key": "none"}
        self._config = {
            "model_list": [{"model_name": NAME, "litellm_params": entry}],
            "general_settings": {"master_key": KEY},
        }
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        python = installed("litellm", PACKAGES)
        config = self._folder / "litellm.yaml"
        config.write_text(yaml.safe_dump(self._config))
        command = [str(python.parent / "litellm"), "--config", str(config)]
        command += ["--host", "127.0.0.1", "--port", str(self._port), "--telemetry", "False"]
        environment = {**os.environ, "LITELLM_LOCAL_MODEL_COST_MAP": "True", "HOME": str(self._folder)}
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [str(python), *command], stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment
            )
        try:
            until(self._alive, 900)
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
                self._process.wait(15)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def _alive(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, "LiteLLM ended"
        try:
            return httpx2.get(f"{self.url}/health/liveliness", timeout=5, trust_env=False).status_code == 200
        except httpx2.TransportError:
            return False
