"""What a cluster would say: published schemas for Kubernetes' own kinds, schemas by hand for the others.

By hand are those fields that the exports write, from the custom resources' own definitions: LeaderWorkerSet
(leaderworkerset.x-k8s.io/v1), LLMInferenceService (serving.kserve.io/v1alpha2) and ServiceMonitor
(monitoring.coreos.com/v1). Templates of pods within them are held to the schema of a Pod.
"""

import re
from typing import Any

import jsonschema
import kubernetes_validate  # type: ignore[import-untyped]

VERSION = "1.37"
LABEL = {"type": "string", "pattern": "^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$"}
METADATA = {
    "type": "object",
    "required": ["name"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string", "pattern": "^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$"},
        "labels": {"type": "object", "additionalProperties": LABEL},
    },
}
COUNT = {"type": "integer", "minimum": 1}


def closed(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "properties": properties}


def kind(version: str, name: str, spec: dict[str, Any]) -> dict[str, Any]:
    whole = closed(apiVersion={"const": version}, kind={"const": name}, metadata=METADATA, spec=spec)
    return whole | {"required": ["apiVersion", "kind", "metadata", "spec"]}


POD: dict[str, Any] = {"type": "object"}
LEADER_WORKER_SET = closed(
    replicas={"type": "integer", "minimum": 0},
    leaderWorkerTemplate=closed(
        size=COUNT,
        restartPolicy={"enum": ["Default", "RecreateGroupOnPodRestart", "None"]},
        leaderTemplate=POD,
        workerTemplate=POD,
    )
    | {"required": ["workerTemplate"]},
) | {"required": ["leaderWorkerTemplate"]}
LLM_INFERENCE_SERVICE = closed(
    model=closed(uri={"type": "string", "pattern": "^hf://"}, name={"type": "string"})
    | {"required": ["uri"]},
    replicas={"type": "integer", "minimum": 0},
    parallelism=closed(
        tensor=COUNT,
        pipeline=COUNT,
        data=COUNT,
        dataLocal=COUNT,
        dataRPCPort=COUNT,
        expert={"type": "boolean"},
    ),
    router=closed(route={"type": "object"}, gateway={"type": "object"}, scheduler={"type": "object"}),
    template=POD,
    worker=POD,
) | {"required": ["model"]}
SERVICE_MONITOR = closed(
    selector=closed(matchLabels={"type": "object", "additionalProperties": LABEL}),
    endpoints={
        "type": "array",
        "minItems": 1,
        "items": closed(
            port={"type": "string"},
            path={"type": "string"},
            interval={"type": "string", "pattern": r"^\d+(ms|s|m|h)$"},
            authorization=closed(
                type={"type": "string"}, credentials=closed(name={"type": "string"}, key={"type": "string"})
            ),
        ),
    },
) | {"required": ["selector", "endpoints"]}
CUSTOM = {
    "LeaderWorkerSet": kind("leaderworkerset.x-k8s.io/v1", "LeaderWorkerSet", LEADER_WORKER_SET),
    "LLMInferenceService": kind("serving.kserve.io/v1alpha2", "LLMInferenceService", LLM_INFERENCE_SERVICE),
    "ServiceMonitor": kind("monitoring.coreos.com/v1", "ServiceMonitor", SERVICE_MONITOR),
}


def validate(given: Any) -> None:
    """One object, held to its schema."""
    if schema := CUSTOM.get(given["kind"]):
        jsonschema.validate(given, schema)
    else:
        kubernetes_validate.validate(given, VERSION, strict=True)
    for template in templates(given):
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}} | template
        kubernetes_validate.validate(pod, VERSION, strict=True)


def templates(given: Any) -> list[dict[str, Any]]:
    """Pods within a custom resource."""
    spec = given.get("spec", {})
    if given["kind"] == "LeaderWorkerSet":
        group = spec["leaderWorkerTemplate"]
        return [
            {"spec": each["spec"], "metadata": {"name": "x", **each["metadata"]}}
            for each in (group["leaderTemplate"], group["workerTemplate"])
        ]
    if given["kind"] == "LLMInferenceService":
        # KServe brings the image and merges by the container's name.
        return [
            {"spec": {"containers": [{"image": "x", **one} for one in spec[part]["containers"]]}}
            for part in ("template", "worker")
            if part in spec
        ]
    return []


def expanded(text: str, variables: dict[str, str]) -> str:
    """As the kubelet does it: `$$` is a dollar, `$(X)` a known variable; the rest stays."""
    return re.sub(
        r"\$(\$|\(([A-Za-z_.-][\w.-]*)\))",
        lambda found: "$" if found[1] == "$" else variables.get(found[2], found[0]),
        text,
    )
