"""A deployment on this machine: what is installed for it, and how each of its engines is launched.

Counterparts: `planning` decides the deployment, `keeper` keeps what is launched here.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from dragoman.engines import vllm
from dragoman.engines.vllm import Command, Device
from dragoman.model.deployment import Deployment
from dragoman.places import embedded_dir
from dragoman.planning.calibrate import Predicted
from dragoman.progress import Report
from dragoman.runtime import environment, record, tiny
from dragoman.runtime.environment import Environment
from dragoman.runtime.keeper import Launch
from dragoman.runtime.patience import start_s

CACHE_GIB = 4
"""The KV cache of a model on a CPU, where its user says nothing (VLLM_CPU_KVCACHE_SPACE)."""
CPU_SEQUENCES = 8
TINY_WINDOW = 65_536
TINY_EXTRA = ("--enable-prompt-tokens-details",)


@dataclass(frozen=True, slots=True)
class Work:
    """What is to run. `gpus` are those of this machine, as CUDA_VISIBLE_DEVICES names them.

    `size` is the checkpoint's in bytes, None where not known; `here` says that it is a folder of this
    machine, `cached` that a hub's was downloaded, perhaps in part. With `scripted` the model's words can be
    chosen, for its weights are random.
    """

    deployment: Deployment
    device: Device
    gpus: tuple[str, ...] = ()
    size: int | None = None
    here: bool = False
    cached: bool = False
    scripted: bool = False
    start_s: float | None = None
    """Instead of what the size says."""
    predicted: Predicted | None = None
    """What the plan expects of the memory; None where nothing was planned."""

    def install(self, report: Report) -> Environment:
        """The engine's environment, made where it is missing."""
        return environment.ensure(report, vllm.installation(self.device))

    def launch(self, python: Path, port: int, gateway: int, number: int = 0) -> Launch:
        """Engine `number` on a port, behind the gateway of another."""
        seconds = self.start_s or start_s(self.size, self.here or self.cached)
        serve = vllm.launch(python, self.deployment, port)
        command = vllm.patient(self._on_device(serve, number), seconds)
        log = record.log_of_engine(gateway, number)
        return Launch(command, f"http://127.0.0.1:{port}", log, seconds, self.deployment)

    def changed(self, deployment: Deployment) -> "Work":
        """The same with another deployment."""
        return replace(self, deployment=deployment)

    def _on_device(self, serve: Command, number: int) -> Command:
        if self.here:
            serve = vllm.local_only(serve)
        if self.device == "cuda":
            own = share(self.gpus, self.deployment, number)
            return vllm.on_gpus(serve, own) if self.deployment.replicas > 1 else serve
        space = os.environ.get("VLLM_CPU_KVCACHE_SPACE", "")
        gib = space or str(1 if self.scripted else CACHE_GIB)
        serve = serve.plus(environment={"VLLM_CPU_KVCACHE_SPACE": gib})
        return vllm.scripted(serve, embedded_dir()) if self.scripted else serve


def share(gpus: Sequence[str], deployment: Deployment, number: int) -> tuple[str, ...]:
    """The GPUs of one replica: no two have one in common."""
    each = deployment.layout.gpus
    return tuple(gpus[number * each : (number + 1) * each])


def tiny_work(replicas: int = 1, extra: Sequence[str] = ()) -> Work:
    """The tiny model with random weights, on the CPU."""
    made = Deployment(
        str(tiny.model_path()),
        tiny.SERVED_NAME,
        replicas=replicas,
        max_model_len=TINY_WINDOW,
        tool_parser="hermes",
        extra=(*TINY_EXTRA, *extra),
    )
    return Work(for_cpu(made), "cpu", size=0, here=True, scripted=True)


def for_cpu(deployment: Deployment) -> Deployment:
    """Without compilation, which doubles the start on a CPU and needs a C compiler; few requests at once."""
    return replace(deployment, enforce_eager=True, max_num_seqs=deployment.max_num_seqs or CPU_SEQUENCES)


def visible_gpus(count: int, variables: Mapping[str, str]) -> tuple[str, ...]:
    """The names of this machine's GPUs for CUDA_VISIBLE_DEVICES; one that is set already is kept to."""
    given = variables.get("CUDA_VISIBLE_DEVICES")
    if given:
        return tuple(word.strip() for word in given.split(",") if word.strip())
    return tuple(map(str, range(count)))
