"""The engine of a deployment as all targets see it: its words, its variables, its GPUs, what may not be."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath

from dragoman.engines import vllm
from dragoman.engines.vllm import serve
from dragoman.exports import CannotExport, Options
from dragoman.exports._parts import quoting
from dragoman.model.deployment import Deployment

MASTER_PORT = serve.MASTER_PORT
START_S = 3600
"""Seconds that a start may take; vLLM itself gives up after 600 unless told."""

QUIET = ("--disable-access-log-for-endpoints", "/health,/metrics")
KEYS = ("--api-key", "--hf-token", "--ssl-keyfile-password")
_SECRET = re.compile(r"(?i)(^|_)(token|secret|password|passwd|credentials?|(api_?)?key)$")
_VARIABLE = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_ADDRESS = re.compile(r"[0-9.]+", re.ASCII)
_HOST = re.compile(r"[A-Za-z0-9]([\w.-]*\w)?", re.ASCII)


def checked(deployment: Deployment, options: Options) -> Options:
    """The options with a name. Raises CannotExport for what no file could say, or should not."""
    for fault in _faults(deployment, options):
        raise CannotExport(fault)
    return replace(options, name=quoting.label(options.name or deployment.served_name))


def _faults(deployment: Deployment, options: Options) -> Iterator[str]:
    if deployment.engine != "vllm":
        yield f"Exports are for vLLM; this deployment is for {deployment.engine}."
    if min(deployment.nodes, deployment.replicas) < 1 or deployment.layout.gpus % deployment.nodes:
        yield f"{deployment.layout.gpus} GPUs cannot be shared equally by {deployment.nodes} machines."
    yield from _faults_of_text(deployment, options)
    count = machines(deployment)
    if options.hosts and len(options.hosts) != count:
        yield f"{count} machines need {count} addresses; {len(options.hosts)} were given."
    yield from (f"{host!r} is no address." for host in options.hosts if not _HOST.fullmatch(host))


def _faults_of_text(deployment: Deployment, options: Options) -> Iterator[str]:
    for text in _texts(deployment, options):
        if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
            yield f"{text!r} holds what no file of text can say."
    for word in deployment.extra:
        if word.partition("=")[0].replace("_", "-") in KEYS:
            yield f"{word.partition('=')[0]}: a key belongs into no file; set VLLM_API_KEY."
    for name in deployment.environment:
        if not _VARIABLE.fullmatch(name):
            yield f"{name!r} is no name of a variable."


def _texts(deployment: Deployment, options: Options) -> Iterator[str]:
    yield from serve.arguments(deployment)
    yield from deployment.environment
    yield from deployment.environment.values()
    yield from (options.vllm, options.dragoman, options.image, options.gateway_image)


def words(deployment: Deployment, options: Options) -> tuple[str, ...]:
    """What follows `vllm serve`, without address, rank and `extra`."""
    own = vllm.Command((*serve.arguments(replace(deployment, extra=())), *QUIET))
    return (vllm.on_cpu(own) if options.device == "cpu" else own).argv


def rank_words(deployment: Deployment, number: int, master: str) -> tuple[str, ...]:
    """What one machine of several adds."""
    plain = serve.arguments(replace(deployment, extra=()))
    return serve.arguments(replace(deployment, extra=()), serve.Rank(number, master))[len(plain) :]


def variables(deployment: Deployment, options: Options) -> dict[str, str]:
    """The variables that the engine is given, beside those that hold keys."""
    own = vllm.command(PurePosixPath("python"), deployment.model, options.engine_port, "").environment
    given = {name: value for name, value in own.items() if value} | {
        "VLLM_ENGINE_READY_TIMEOUT_S": str(START_S),
    }
    if options.device == "cpu":
        given |= vllm.on_cpu(vllm.Command(())).environment
    return given | {name: value for name, value in deployment.environment.items() if not _SECRET.search(name)}


def secrets(deployment: Deployment) -> list[str]:
    """Variables of the deployment whose values no file may hold: each file asks for them."""
    return [name for name in deployment.environment if _SECRET.search(name)]


def version(deployment: Deployment) -> str:
    return deployment.engine_version or vllm.VERSION


def gpus_each(deployment: Deployment, options: Options) -> int:
    """GPUs of one engine on one of its machines."""
    return 0 if options.device == "cpu" else deployment.layout.gpus // deployment.nodes


def devices(deployment: Deployment, replica: int) -> range:
    """The GPUs of one of several replicas on one machine."""
    size = deployment.layout.gpus
    return range(replica * size, (replica + 1) * size)


def machines(deployment: Deployment) -> int:
    """Machines that the deployment needs: replicas share one, unless an engine is spread over several."""
    return deployment.nodes * deployment.replicas if deployment.nodes > 1 else 1


def addresses(deployment: Deployment, options: Options) -> tuple[str, ...]:
    """Those of the machines. Raises CannotExport where they are needed and were not given."""
    if deployment.nodes > 1 and not options.hosts:
        raise CannotExport(
            f"Say where the {machines(deployment)} machines are (--host-list): these files name them."
        )
    return options.hosts


def host_variables(host: str) -> dict[str, str]:
    """Of one machine of several. vLLM binds to the address, which must not be a name."""
    return {"VLLM_HOST_IP": host} if _ADDRESS.fullmatch(host) else {}


def names(deployment: Deployment, options: Options) -> list[str]:
    """Of the engine's processes, one per replica or machine."""
    count = machines(deployment) if deployment.nodes > 1 else deployment.replicas
    each = [f"{options.name}-engine-{k}" for k in range(count)]
    return each if count > 1 else [f"{options.name}-engine"]


def flags(given: tuple[str, ...]) -> Iterator[list[str]]:
    """The words grouped as people read them: a flag and what belongs to it."""
    group: list[str] = []
    for word in given:
        if group and (word.startswith("--") or not group[0].startswith("--")):
            yield group
            group = []
        group.append(word)
    if group:
        yield group


def title(deployment: Deployment, options: Options, ascii_only: bool = False) -> str:
    """One line for the head of a file."""
    where = "the CPU" if options.device == "cpu" else _where(deployment)
    name = quoting.remark(deployment.model, ascii_only)
    return f"{name} on vLLM {quoting.remark(version(deployment), ascii_only)}, {where}"


def _where(deployment: Deployment) -> str:
    each = deployment.layout.gpus
    one = f"{each} GPU{'s' if each > 1 else ''} ({deployment.layout})"
    if deployment.nodes > 1:
        one += f" over {deployment.nodes} machines"
    return one if deployment.replicas == 1 else f"{deployment.replicas} replicas of {one}"
