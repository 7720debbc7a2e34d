"""A project of Compose: vLLM's image for each engine, and the gateway, built from a checkout of Dragoman.

Of a model over several machines each has a project of its own, in the folder with its number.
"""

from collections.abc import Mapping

from dragoman.exports import File, Options
from dragoman.exports._parts import containers, engine, gateway, quoting, yaml
from dragoman.exports._parts.yaml import Block, Noted
from dragoman.model.deployment import Deployment

SUMMARY = "a project of Docker Compose"

Fields = dict[str, object]
ENGINE_PORT = 8000


def render(deployment: Deployment, options: Options) -> Mapping[str, File]:
    options = engine.checked(deployment, options)
    hosts = engine.addresses(deployment, options)
    if deployment.nodes == 1:
        names = [f"engine-{k}" if deployment.replicas > 1 else "engine" for k in range(deployment.replicas)]
        services = {name: _engine(deployment, options, k) for k, name in enumerate(names)}
        services["gateway"] = _gateway(options, names)
        configuration = gateway.configuration(f"http://{name}:{ENGINE_PORT}" for name in names)
        return {
            "compose.yaml": File(_project(deployment, options, services)),
            "gateway.yaml": File(configuration),
        }
    first, *others = (
        {"engine": _engine(deployment, options, number)} for number in range(engine.machines(deployment))
    )
    first["gateway"] = _on_host(_gateway(options, ["engine"]), options)
    urls = [f"http://{host}:{options.engine_port}" for host in hosts[:: deployment.nodes]]
    return {
        f"machine-{number}/compose.yaml": File(
            _project(deployment, options, services, f" on {hosts[number]}")
        )
        for number, services in enumerate([first, *others])
    } | {"machine-0/gateway.yaml": File(gateway.configuration(urls))}


def _project(
    deployment: Deployment, options: Options, services: Mapping[str, Fields], where: str = ""
) -> str:
    given: Fields = {"name": options.name, "services": services}
    if "gateway" in services:
        given["configs"] = {"gateway": {"file": "./gateway.yaml"}}
    given["volumes"] = {"models": Noted("What the model hub sent; it outlives the containers.", {})}
    return yaml.dump(given, _note(deployment, options, where))


def _note(deployment: Deployment, options: Options, where: str) -> str:
    return (
        f"{engine.title(deployment, options)}, and Dragoman's gateway{where}.\n"
        "Made by `dragoman export compose`, for Docker Compose 2.24 and NVIDIA's container toolkit.\n"
        "\n"
        "    DRAGOMAN_SOURCE=... DRAGOMAN_KEY=... VLLM_API_KEY=... docker compose up --build\n"
        "\n"
        "DRAGOMAN_SOURCE is a checkout of Dragoman: no image of it is published. DRAGOMAN_KEY is what\n"
        "clients must send, VLLM_API_KEY what the gateway sends to the engine. A file .env may hold all."
    ) + (_MACHINES if where else "")


_MACHINES = (
    "\nStart all machines within minutes. One that stops does not stop the others: restart them all.\n"
    "Where a machine has several networks, set NCCL_SOCKET_IFNAME and GLOO_SOCKET_IFNAME."
)


def _engine(deployment: Deployment, options: Options, number: int) -> Fields:
    """One engine, or one machine's part of it."""
    several = deployment.nodes > 1
    port = options.engine_port if several else ENGINE_PORT
    rank: tuple[str, ...] = ()
    own = {}
    if several:
        first = number - number % deployment.nodes
        rank = engine.rank_words(deployment, number - first, options.hosts[first])
        own = engine.host_variables(options.hosts[number])
    mounts = [
        {"type": "bind", "source": path, "target": path, "read_only": True}
        for path in map(quoting.dollars, containers.paths(deployment))
    ]
    given: Fields = {
        "image": quoting.dollars(containers.image(deployment, options)),
        "entrypoint": ["vllm", "serve"],
        "command": [quoting.dollars(word) for word in containers.words(deployment, options, port, rank)],
        "environment": _variables(deployment, options, own),
        "volumes": [{"type": "volume", "source": "models", "target": containers.CACHE}, *mounts],
        "ipc": Noted("NCCL and vLLM's own workers share memory.", "host"),
        "ulimits": {"memlock": -1, "stack": 67108864},
        "restart": "unless-stopped",
        "stop_grace_period": "1m",
    }
    if several:
        given["network_mode"] = "host"
    if number % deployment.nodes == 0:
        given["healthcheck"] = _health(port, "/health", engine.START_S)
    if options.device == "cuda":
        given["deploy"] = {"resources": {"reservations": {"devices": [_gpus(deployment, options, number)]}}}
    return given


def _variables(deployment: Deployment, options: Options, own: dict[str, str]) -> Fields:
    """Keys come from the environment of `docker compose`, or from its file .env."""
    plain = engine.variables(deployment, options) | own
    given: Fields = {name: quoting.dollars(value) for name, value in sorted(plain.items())}
    given["VLLM_API_KEY"] = "${VLLM_API_KEY:?}"
    given |= {name: f"${{{name}:?}}" for name in sorted(engine.secrets(deployment))}
    return given if "HF_TOKEN" in given else given | {"HF_TOKEN": Noted("Handed on where it is set.", None)}


def _gpus(deployment: Deployment, options: Options, number: int) -> Fields:
    if deployment.nodes == 1 and deployment.replicas > 1:
        which: Fields = {"device_ids": [str(device) for device in engine.devices(deployment, number)]}
    else:
        which = {"count": engine.gpus_each(deployment, options)}
    return {"driver": "nvidia", **which, "capabilities": ["gpu"]}


def _health(port: int, path: str, start_s: int) -> Fields:
    return {
        "test": ["CMD", *containers.health(port, path)],
        "interval": "10s",
        "timeout": "10s",
        "retries": 3,
        "start_period": f"{start_s}s",
    }


def _gateway(options: Options, engines: list[str]) -> Fields:
    made: Fields = (
        {"image": quoting.dollars(options.gateway_image)}
        if options.gateway_image
        else {
            "build": {
                "context": "${DRAGOMAN_SOURCE:?a checkout of Dragoman}",
                "dockerfile_inline": Block(quoting.dollars(containers.DOCKERFILE)),
            }
        }
    )
    return made | {
        "entrypoint": ["dragoman"],
        "command": ["serve", "--config", containers.CONFIGURATION, "--host", "0.0.0.0", "--port", "4000"],  # noqa: S104
        "environment": {"DRAGOMAN_KEY": "${DRAGOMAN_KEY:?}", "VLLM_API_KEY": "${VLLM_API_KEY:?}"},
        "configs": [{"source": "gateway", "target": containers.CONFIGURATION}],
        "ports": Noted(
            "Reached from this machine alone; GATEWAY_ADDRESS opens it to others.",
            [f"${{GATEWAY_ADDRESS:-127.0.0.1}}:{options.gateway_port}:4000"],
        ),
        "depends_on": Noted(
            "It is open at once, and asks clients to wait.",
            {name: {"condition": "service_started"} for name in engines},
        ),
        "healthcheck": _health(4000, "/health/liveliness", 30),
        "user": f"{containers.NOBODY}:{containers.NOBODY}",
        "read_only": True,
        "tmpfs": ["/tmp"],  # noqa: S108 - of the container
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
        "restart": "unless-stopped",
    }


def _on_host(given: Fields, options: Options) -> Fields:
    """The same in the machine's own network, where the engines of other machines are."""
    port = str(options.gateway_port)
    host = "${GATEWAY_ADDRESS:-127.0.0.1}"
    rest = {name: value for name, value in given.items() if name != "ports"}
    return rest | {
        "command": ["serve", "--config", containers.CONFIGURATION, "--host", host, "--port", port],
        "healthcheck": _health(options.gateway_port, "/health/liveliness", 30),
        "network_mode": "host",
    }
