"""A deployment on this machine: what is installed for it, and how each of its engines is launched.

Counterparts: `planning` decides the deployment, `keeper` keeps what is launched here.
"""

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from ipaddress import ip_address
from pathlib import Path

from dragoman.engines import vllm
from dragoman.engines.vllm import Command, Device
from dragoman.model.deployment import Deployment
from dragoman.places import embedded_model
from dragoman.planning.calibrate import Predicted
from dragoman.progress import Report
from dragoman.runtime import environment, record
from dragoman.runtime.crew import Member
from dragoman.runtime.environment import Environment
from dragoman.runtime.keeper import Launch
from dragoman.runtime.patience import start_s
from dragoman.runtime.remote import address
from dragoman.runtime.supervisor import free_ports

CACHE_GIB = 4
"""The KV cache of a model on a CPU, where its user says nothing (VLLM_CPU_KVCACHE_SPACE)."""
CPU_SEQUENCES = 8
NETWORK = ("NCCL_", "GLOO_", "UCX_")
TINY = "dragoman-tiny"
TINY_WINDOW = 65_536
"""Far more than it was trained on, so that clients with long instructions get an answer."""
TINY_EXTRA = ("--enable-prompt-tokens-details",)


@dataclass(frozen=True, slots=True)
class Work:
    """What is to run. `gpus` are those of this machine, as CUDA_VISIBLE_DEVICES names them.

    `size` is the checkpoint's in bytes, None where not known; `here` says that it is a folder of this
    machine, `cached` that a hub's was downloaded, perhaps in part, `tiny` that it is the one we ship.
    """

    deployment: Deployment
    device: Device
    gpus: tuple[str, ...] = ()
    size: int | None = None
    here: bool = False
    cached: bool = False
    tiny: bool = False
    start_s: float | None = None
    """Instead of what the size says."""
    hosts: tuple[str, ...] = ()
    """The machines of one engine, this one first; empty: this one alone."""
    predicted: Predicted | None = None
    """What the plan expects of the memory; None where nothing was planned."""

    def install(self, report: Report) -> Environment:
        """The engine's environment, made where it is missing."""
        return environment.ensure(report, vllm.installation(self.device))

    def launch(self, python: Path, port: int, gateway: int, number: int = 0) -> Launch:
        """Engine `number` on a port, behind the gateway of another."""
        seconds = self.start_s or start_s(self.size, self.here or self.cached)
        log = record.log_of_engine(gateway, number)
        first, *rest = self._ranks(python, port)
        commands = [vllm.patient(self._on_device(serve, number), seconds) for serve in (first, *rest)]
        ssh = shutil.which("ssh") or "ssh"
        members = tuple(
            Member(host, command, log.with_suffix(f".{address(host)}.log"), ssh)
            for host, command in zip(self.hosts[1:], commands[1:], strict=True)
        )
        url = f"http://127.0.0.1:{port}"
        return Launch(commands[0], url, log, seconds, self.deployment, members)

    def _ranks(self, python: Path, port: int) -> list[Command]:
        """The command of each machine; alone it knows of no others."""
        if not self.hosts:
            return [vllm.launch(python, self.deployment, port)]
        master, meeting = address(self.hosts[0]), free_ports(1)[0]
        return [
            vllm.launch(python, self.deployment, port, vllm.Rank(number, master, meeting)).plus(
                environment=forwarded(os.environ) | ({"VLLM_HOST_IP": own} if is_ip(own) else {})
            )
            for number, own in enumerate(map(address, self.hosts))
        ]

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
        gib = space or str(1 if self.tiny else CACHE_GIB)
        return serve.plus(environment={"VLLM_CPU_KVCACHE_SPACE": gib})


def forwarded(variables: Mapping[str, str]) -> dict[str, str]:
    """What says how machines reach each other; no secret is among it, for others can see command lines."""
    return {name: value for name, value in variables.items() if name.startswith(NETWORK)}


def is_ip(text: str) -> bool:
    try:
        ip_address(text.strip("[]"))
    except ValueError:
        return False
    return True


def share(gpus: Sequence[str], deployment: Deployment, number: int) -> tuple[str, ...]:
    """The GPUs of one replica: no two have one in common."""
    each = deployment.layout.gpus
    return tuple(gpus[number * each : (number + 1) * each])


def tiny_work(replicas: int = 1, extra: Sequence[str] = ()) -> Work:
    """The tiny model that ships with the project, on the CPU."""
    made = Deployment(
        str(embedded_model()),
        TINY,
        replicas=replicas,
        max_model_len=TINY_WINDOW,
        tool_parser="hermes",
        extra=(*TINY_EXTRA, *extra),
    )
    return Work(for_cpu(made), "cpu", size=0, here=True, tiny=True)


def for_cpu(deployment: Deployment) -> Deployment:
    """Without compilation, which doubles the start on a CPU and needs a C compiler; few requests at once."""
    return replace(deployment, enforce_eager=True, max_num_seqs=deployment.max_num_seqs or CPU_SEQUENCES)


def visible_gpus(count: int, variables: Mapping[str, str]) -> tuple[str, ...]:
    """The names of this machine's GPUs for CUDA_VISIBLE_DEVICES; one that is set already is kept to."""
    given = variables.get("CUDA_VISIBLE_DEVICES")
    if given:
        return tuple(word.strip() for word in given.split(",") if word.strip())
    return tuple(map(str, range(count)))
