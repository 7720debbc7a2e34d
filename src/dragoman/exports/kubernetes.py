"""Manifests of Kubernetes: a Deployment for each replica, or a LeaderWorkerSet where one has several nodes.

With them the gateway, Services, probes, PodDisruptionBudgets and ServiceMonitors. Keys are in a Secret that
the files name and do not hold.
"""

from collections.abc import Mapping

from dragoman.exports import CannotExport, File, Options
from dragoman.exports._parts import containers, engine, gateway, manifests, quoting, yaml
from dragoman.exports._parts.manifests import Fields, labels
from dragoman.exports._parts.yaml import Noted
from dragoman.model.deployment import Deployment

SUMMARY = "manifests of Kubernetes"

PORT = 8000
# Set by LeaderWorkerSet, and put into arguments by the kubelet.
INDEX, LEADER = "$(LWS_WORKER_INDEX)", "$(LWS_LEADER_ADDRESS)"
SHARED_MEMORY = "16Gi"
CACHE_ON_NODE = "/var/lib/dragoman/huggingface"


def render(deployment: Deployment, options: Options) -> Mapping[str, File]:
    options = engine.checked(deployment, options)
    for path in containers.paths(deployment):
        if ":" in path:
            raise CannotExport(f"{path!r}: Kubernetes mounts no path with a colon.")
    several = deployment.nodes > 1
    engines = _leader_worker_set(deployment, options) if several else _deployments(deployment, options)
    urls = [f"http://{name}:{PORT}" for name in _addresses(deployment, options)]
    return {
        "engine.yaml": File(yaml.documents(engines, _note(deployment, options))),
        "gateway.yaml": File(
            yaml.documents(manifests.gateway_objects(options, urls), _gateway_note(options))
        ),
        "monitoring.yaml": File(yaml.documents(_monitors(options), _MONITORING)),
        "Dockerfile": File(f"{_DOCKERFILE}{containers.DOCKERFILE}"),
    }


def _addresses(deployment: Deployment, options: Options) -> list[str]:
    each = range(deployment.replicas)
    name = f"{options.name}-engine"
    return [f"{name}-{k}.{name}" if deployment.nodes > 1 else f"{name}-{k}" for k in each]


def _note(deployment: Deployment, options: Options) -> str:
    secrets = (name for name in engine.secrets(deployment) if name != "HF_TOKEN")
    wants = "LeaderWorkerSet 0.6 and " if deployment.nodes > 1 else ""
    return (
        f"{engine.title(deployment, options)}.\n"
        f"Made by `dragoman export kubernetes`. Wants {wants}NVIDIA's device plugin, and the keys first:\n"
        "\n"
        f"{manifests.how_to_make_the_secret(options, *secrets, 'HF_TOKEN')}\n"
        "\n"
        "DRAGOMAN_KEY is what clients must send, VLLM_API_KEY what the gateway sends to the engine;\n"
        "HF_TOKEN is for gated models alone. Then engine.yaml and gateway.yaml, and monitoring.yaml\n"
        "where Prometheus' operator runs."
    )


def _gateway_note(options: Options) -> str:
    return (
        "Dragoman's gateway. No image of it is published; build one from a checkout of Dragoman:\n"
        "\n"
        "    docker build -f Dockerfile -t YOUR-REGISTRY/dragoman DRAGOMAN-CHECKOUT\n"
        "\n"
        f"Within the cluster it is http://{options.name}-gateway:{manifests.GATEWAY_PORT}; what gives your\n"
        "cluster TLS belongs before it. Limits of keys count per gateway, and there are two."
    )


_DOCKERFILE = "# Dragoman's gateway; the context is a checkout of Dragoman.\n"
_MONITORING = (
    "For Prometheus' operator. Without it, pods of engines carry the usual annotations; the gateway's\n"
    "/metrics wants a key, which annotations cannot give."
)


def _deployments(deployment: Deployment, options: Options) -> list[object]:
    """One for each replica, so that the gateway knows them apart."""
    made: list[object] = []
    args = manifests.dollars(containers.words(deployment, options, PORT))
    for name in _addresses(deployment, options):
        own = labels(options, "engine") | {"app.kubernetes.io/instance": name}
        spec = {
            "replicas": 1,
            "strategy": Noted("A second pod would find no GPU free.", {"type": "Recreate"}),
            "progressDeadlineSeconds": engine.START_S,
            "selector": {"matchLabels": own},
            "template": _template(deployment, options, args, own),
        }
        made += [
            {
                "apiVersion": "apps/v1",
                "kind": "Deployment",
                "metadata": manifests.named(options, "engine", name),
                "spec": spec,
            },
            manifests.service(options, "engine", PORT, own, name),
        ]
    return [*made, manifests.disruption(options, "engine", 1 if deployment.replicas > 1 else 0)]


def _leader_worker_set(deployment: Deployment, options: Options) -> list[object]:
    own, name = labels(options, "engine"), f"{options.name}-engine"
    leader = _template(deployment, options, _part(deployment, options, "0"), own)
    worker = _template(deployment, options, _part(deployment, options, INDEX), own, leads=False)
    group: Fields = {
        "size": deployment.nodes,
        "restartPolicy": Noted("One machine's end is all machines' end.", "RecreateGroupOnPodRestart"),
        "leaderTemplate": leader,
        "workerTemplate": worker,
    }
    leaders = own | {"leaderworkerset.sigs.k8s.io/worker-index": "0"}
    return [
        {
            "apiVersion": "leaderworkerset.x-k8s.io/v1",
            "kind": "LeaderWorkerSet",
            "metadata": manifests.named(options, "engine", name),
            "spec": {"replicas": deployment.replicas, "leaderWorkerTemplate": group},
        },
        manifests.service(options, "engine", PORT, leaders, f"{name}-http"),
        manifests.disruption(options, "engine", deployment.nodes if deployment.replicas > 1 else 0),
    ]


def _part(deployment: Deployment, options: Options, index: str) -> list[str]:
    """The arguments of one machine. Only what is not the user's may be expanded."""
    flags = engine.rank_words(deployment, int(index != "0"), LEADER)
    at = flags.index("--node-rank") + 1
    extra = (*deployment.extra, "--host", "0.0.0.0", "--port", str(PORT))  # noqa: S104 - the gateway reaches it
    return [
        *manifests.dollars(engine.words(deployment, options)),
        *(*flags[:at], index, *flags[at + 1 :]),
        *manifests.dollars(extra),
    ]


def _template(
    deployment: Deployment, options: Options, args: list[str], own: Fields, leads: bool = True
) -> Fields:
    """The template of an engine's pods; those that do not lead serve nothing."""
    scraped = {
        "prometheus.io/scrape": "true",
        "prometheus.io/port": str(PORT),
        "prometheus.io/path": "/metrics",
    }
    metadata: Fields = {"labels": own} | ({"annotations": scraped} if leads else {})
    spec: Fields = {
        "enableServiceLinks": Noted("A Service called vllm would set VLLM_PORT.", False),
        "automountServiceAccountToken": False,
        "terminationGracePeriodSeconds": 60,
        "containers": [_container(deployment, options, args, leads)],
        "volumes": _volumes(deployment),
    }
    if not leads:
        wait = f'until getent hosts "{LEADER}"; do sleep 1; done'
        spec["initContainers"] = [
            {
                "name": "leader",
                "image": containers.image(deployment, options),
                "command": ["sh", "-c", wait],
                "securityContext": manifests.LOCKED,
            }
        ]
    return {"metadata": metadata, "spec": spec}


def _container(deployment: Deployment, options: Options, args: list[str], leads: bool) -> Fields:
    mounts = [{"name": "models", "mountPath": containers.CACHE}, {"name": "shm", "mountPath": "/dev/shm"}]  # noqa: S108
    given: Fields = {
        "name": "vllm",
        "image": containers.image(deployment, options),
        "command": ["vllm", "serve"],
        "args": args,
        "env": _variables(deployment, options),
        "volumeMounts": [
            *mounts,
            *(
                {"name": f"path-{k}", "mountPath": path, "readOnly": True}
                for k, path in enumerate(containers.paths(deployment))
            ),
        ],
        "securityContext": _security(deployment),
    }
    if options.device == "cuda":
        given["resources"] = {"limits": {"nvidia.com/gpu": str(engine.gpus_each(deployment, options))}}
    if leads:
        given |= {
            "ports": [{"name": "http", "containerPort": PORT}],
            "startupProbe": manifests.probe(PORT, "/health", 10, engine.START_S // 10),
            "livenessProbe": manifests.probe(PORT, "/health", 10, 6),
            "readinessProbe": manifests.probe(PORT, "/health", 5, 2),
        }
    return given


def _security(deployment: Deployment) -> Fields:
    """InfiniBand between machines pins memory."""
    if deployment.nodes == 1:
        return manifests.LOCKED
    return manifests.LOCKED | {"capabilities": {"drop": ["ALL"], "add": ["IPC_LOCK"]}}


def _variables(deployment: Deployment, options: Options) -> list[object]:
    plain = sorted(engine.variables(deployment, options).items())
    secrets = [name for name in sorted(engine.secrets(deployment)) if name != "HF_TOKEN"]
    own: list[object] = []
    if deployment.nodes > 1:
        own = [{"name": "VLLM_HOST_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}]
    return [
        *({"name": name, "value": quoting.dollars(value)} for name, value in plain),
        *own,
        manifests.from_secret(options, gateway.ENGINE_KEY),
        *(manifests.from_secret(options, name) for name in secrets),
        manifests.from_secret(options, "HF_TOKEN", optional=True),
    ]


def _volumes(deployment: Deployment) -> list[object]:
    cache = {"path": CACHE_ON_NODE, "type": "DirectoryOrCreate"}
    return [
        {
            "name": "models",
            "hostPath": Noted("The node's own disk; a PersistentVolumeClaim may stand here instead.", cache),
        },
        {"name": "shm", "emptyDir": {"medium": "Memory", "sizeLimit": SHARED_MEMORY}},
        *(
            {"name": f"path-{k}", "hostPath": {"path": path}}
            for k, path in enumerate(containers.paths(deployment))
        ),
    ]


def _monitors(options: Options) -> list[object]:
    return [manifests.monitor(options, "engine", False), manifests.monitor(options, "gateway", True)]
