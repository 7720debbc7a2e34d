"""Objects of Kubernetes that several targets write: the gateway with all that belongs to it, and parts."""

from collections.abc import Iterable

from dragoman.exports import Options
from dragoman.exports._parts import containers, gateway, quoting
from dragoman.exports._parts.yaml import Block, Noted

Fields = dict[str, object]
GATEWAY_PORT = 4000

LOCKED: Fields = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}


def labels(options: Options, part: str) -> Fields:
    """Those that select one part; all of them are texts."""
    return {"app.kubernetes.io/name": options.name, "app.kubernetes.io/component": part}


def named(options: Options, part: str, name: str = "") -> Fields:
    return {"name": name or f"{options.name}-{part}", "labels": labels(options, part)}


def from_secret(options: Options, name: str, optional: bool = False) -> Fields:
    """A variable out of the Secret, which these files name and do not hold."""
    reference: Fields = {"name": f"{options.name}-keys", "key": name}
    return {
        "name": name,
        "valueFrom": {"secretKeyRef": reference | ({"optional": True} if optional else {})},
    }


def how_to_make_the_secret(options: Options, *more: str) -> str:
    """For the head of a file."""
    names = (gateway.CLIENT_KEY, gateway.ENGINE_KEY, *more)
    lines = " \\\n".join(f"        --from-literal={name}=..." for name in names)
    return f"    kubectl create secret generic {options.name}-keys \\\n{lines}"


def probe(port: int, path: str, period: int, failures: int) -> Fields:
    return {
        "httpGet": {"path": path, "port": port},
        "periodSeconds": period,
        "timeoutSeconds": 10,
        "failureThreshold": failures,
    }


def disruption(options: Options, part: str, most: object) -> Fields:
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": named(options, part),
        "spec": {"maxUnavailable": most, "selector": {"matchLabels": labels(options, part)}},
    }


def service(options: Options, part: str, port: int, selector: Fields, name: str = "") -> Fields:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": named(options, part, name),
        "spec": {"selector": selector, "ports": [{"name": "http", "port": port, "targetPort": port}]},
    }


def gateway_objects(options: Options, urls: Iterable[str], variables: Iterable[Fields] = ()) -> list[object]:
    """Configuration, Deployment, Service and PodDisruptionBudget of the gateway."""
    configuration = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": named(options, "gateway"),
        "data": {"gateway.yaml": Block(gateway.configuration(urls))},
    }
    own = labels(options, "gateway")
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": named(options, "gateway"),
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": own},
            "template": {"metadata": {"labels": own}, "spec": _pod(options, variables)},
        },
    }
    return [
        configuration,
        deployment,
        service(options, "gateway", GATEWAY_PORT, own),
        disruption(options, "gateway", 1),
    ]


def _pod(options: Options, variables: Iterable[Fields]) -> Fields:
    image = options.gateway_image or "dragoman:latest"
    note = (
        "" if options.gateway_image else "No image is published: build the Dockerfile, and name yours here."
    )
    container: Fields = {
        "name": "gateway",
        "image": Noted(note, image) if note else image,
        "command": ["dragoman"],
        "args": [
            *("serve", "--config", containers.CONFIGURATION),
            *("--host", "0.0.0.0", "--port", str(GATEWAY_PORT)),  # noqa: S104 - the Service reaches it
        ],
        "env": [
            from_secret(options, gateway.CLIENT_KEY),
            from_secret(options, gateway.ENGINE_KEY),
            *variables,
        ],
        "ports": [{"name": "http", "containerPort": GATEWAY_PORT}],
        "startupProbe": probe(GATEWAY_PORT, "/health/liveliness", 2, 30),
        "livenessProbe": probe(GATEWAY_PORT, "/health/liveliness", 10, 3),
        "readinessProbe": Noted(
            "Ready means open, not that an engine answers: clients are asked to wait.",
            probe(GATEWAY_PORT, "/health/liveliness", 5, 2),
        ),
        "resources": {"requests": {"cpu": "250m", "memory": "256Mi"}, "limits": {"memory": "1Gi"}},
        "securityContext": LOCKED | {"readOnlyRootFilesystem": True},
        "volumeMounts": [
            {"name": "configuration", "mountPath": "/etc/dragoman", "readOnly": True},
            {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108 - of the container
        ],
    }
    return {
        "enableServiceLinks": False,
        "automountServiceAccountToken": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": containers.NOBODY,
            "fsGroup": containers.NOBODY,
        },
        "containers": [container],
        "volumes": [
            {"name": "configuration", "configMap": {"name": f"{options.name}-gateway"}},
            {"name": "tmp", "emptyDir": {}},
        ],
    }


def monitor(options: Options, part: str, authorization: bool) -> Fields:
    """A ServiceMonitor, which Prometheus' operator knows."""
    endpoint: Fields = {"port": "http", "path": "/metrics", "interval": "15s"}
    if authorization:
        credentials = {"name": f"{options.name}-keys", "key": gateway.CLIENT_KEY}
        endpoint["authorization"] = {"type": "Bearer", "credentials": credentials}
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "ServiceMonitor",
        "metadata": named(options, part),
        "spec": {"selector": {"matchLabels": labels(options, part)}, "endpoints": [endpoint]},
    }


def dollars(words: Iterable[str]) -> list[str]:
    return [quoting.dollars(word) for word in words]
