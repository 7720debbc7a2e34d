"""The gateway's objects: what Kubernetes' own schemas say, and what is locked."""

from collections.abc import Sequence
from typing import Any

import yaml as pyyaml

from dragoman.exports import Options
from dragoman.exports._parts import manifests, yaml
from tests.exports.clusters import validate


def read(given: Sequence[object]) -> list[Any]:
    """As it is read back, each held to its schema."""
    made = list(pyyaml.safe_load_all(yaml.documents(given)))
    for each in made:
        validate(each)
    return made


OPTIONS = Options(name="m", gateway_image="registry.example/dragoman:1")


def test_the_gateways_objects_are_valid_and_belong_together() -> None:
    made = read(manifests.gateway_objects(OPTIONS, ["http://m-engine:8000"]))
    configuration, deployment, service, budget = made
    pod = deployment["spec"]["template"]
    assert pod["spec"]["volumes"][0]["configMap"]["name"] == configuration["metadata"]["name"]
    assert service["spec"]["selector"].items() <= pod["metadata"]["labels"].items()
    assert budget["spec"]["selector"]["matchLabels"].items() <= pod["metadata"]["labels"].items()
    assert pod["spec"]["containers"][0]["image"] == "registry.example/dragoman:1"
    assert pod["spec"]["containers"][0]["securityContext"]["readOnlyRootFilesystem"] is True


def test_keys_are_references() -> None:
    for name in ("DRAGOMAN_KEY", "VLLM_API_KEY"):
        assert manifests.from_secret(OPTIONS, name) == {
            "name": name,
            "valueFrom": {"secretKeyRef": {"name": "m-keys", "key": name}},
        }


def test_the_monitor_of_the_gateway_has_a_key() -> None:
    engine, gateway = read(
        [manifests.monitor(OPTIONS, part, part == "gateway") for part in ("engine", "gateway")]
    )
    assert "authorization" not in engine["spec"]["endpoints"][0]
    assert gateway["spec"]["endpoints"][0]["authorization"]["credentials"] == {
        "name": "m-keys",
        "key": "DRAGOMAN_KEY",
    }
