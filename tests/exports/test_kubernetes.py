"""The manifests: as written, held to the kinds' schemas, and their arguments as the kubelet expands them."""

from dataclasses import replace
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given, settings

from dragoman.exports import CannotExport
from dragoman.model.deployment import Deployment, Layout
from tests.exports.cases import CASES, NODES, ODD, ONE, REPLICAS, TEXTS, WORDS, check_golden, rendered
from tests.exports.clusters import CUSTOM, expanded, validate

LWS = {"LWS_WORKER_INDEX": "1", "LWS_LEADER_ADDRESS": "leader.svc", "HOME": "/wrong", "X": "wrong"}


def test_golden(request: pytest.FixtureRequest) -> None:
    check_golden("kubernetes", request)


def objects(deployment: Deployment) -> list[Any]:
    texts = (file.text for name, file in rendered("kubernetes", deployment).items() if name.endswith(".yaml"))
    return [each for text in texts for each in yaml.safe_load_all(text)]


@pytest.mark.parametrize("case", CASES)
def test_every_object_meets_its_schema(case: str) -> None:
    made = objects(CASES[case])
    for each in made:
        validate(each)
    kinds = {each["kind"] for each in made}
    engine = "LeaderWorkerSet" if CASES[case].nodes > 1 else "Deployment"
    assert {engine, "Deployment", "Service", "ConfigMap", "PodDisruptionBudget", "ServiceMonitor"} <= kinds
    assert "Secret" not in kinds
    names = [(each["kind"], each["metadata"]["name"]) for each in made]
    assert len(names) == len(set(names))


def test_the_schemas_by_hand_would_notice() -> None:
    (made,) = (each for each in objects(NODES) if each["kind"] == "LeaderWorkerSet")
    made["spec"]["leaderWorkerTemplate"]["sise"] = 2
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(made, CUSTOM["LeaderWorkerSet"])


def containers(made: list[Any]) -> list[Any]:
    """Those of the engines, machine by machine of an engine."""
    found = []
    for each in made:
        if each["kind"] == "LeaderWorkerSet":
            group = each["spec"]["leaderWorkerTemplate"]
            parts = (group["leaderTemplate"], group["workerTemplate"])
            found += [part["spec"]["containers"][0] for part in parts]
        elif each["kind"] == "Deployment" and "gateway" not in each["metadata"]["name"]:
            found.append(each["spec"]["template"]["spec"]["containers"][0])
    return found


@settings(max_examples=30)
@given(TEXTS, TEXTS, WORDS, TEXTS)
def test_whatever_words_say_comes_back(model: str, name: str, extra: tuple[str, ...], value: str) -> None:
    for nodes in (1, 2):
        given = Deployment(model, name, Layout(2), nodes=nodes, extra=extra, environment={"X": value})
        try:
            made = list(yaml.safe_load_all(rendered("kubernetes", given)["engine.yaml"].text))
        except CannotExport:
            assert model[0] in ".~" or (model.startswith("/") and ":" in model)
            return
        for container in containers(made):
            words = [expanded(word, LWS) for word in container["args"]]
            assert words[:3] == [model, "--served-model-name", name]
            assert words[len(words) - 4 - len(extra) : -4] == list(extra)
            variables = {each["name"]: each.get("value") for each in container["env"]}
            assert expanded(variables["X"], LWS) == value


def test_the_machines_of_an_engine_find_each_other() -> None:
    leader, worker = ([expanded(word, LWS) for word in each["args"]] for each in containers(objects(NODES)))
    assert leader[leader.index("--node-rank") + 1] == "0" and "--headless" not in leader
    assert worker[worker.index("--node-rank") + 1] == "1" and "--headless" in worker
    for words in (leader, worker):
        assert words[words.index("--master-addr") + 1] == "leader.svc"


def test_only_who_leads_is_probed_and_all_have_their_gpus() -> None:
    leader, worker = containers(objects(NODES))
    assert "readinessProbe" in leader and "readinessProbe" not in worker
    assert {each["resources"]["limits"]["nvidia.com/gpu"] for each in (leader, worker)} == {"8"}


ADDRESSES = {
    "replicas have Services of their own": (REPLICAS, "qwen3-235b-engine-0:8000", "qwen3-235b-engine-1:8000"),
    "leaders of groups have names of their own": (
        ODD,
        "reboot-name-x-1-x-engine-0.reboot-name-x-1-x-engine:8000",
        "reboot-name-x-1-x-engine-1.reboot-name-x-1-x-engine:8000",
    ),
}


@pytest.mark.parametrize("deployment, first, second", ADDRESSES.values(), ids=ADDRESSES)
def test_the_gateway_knows_the_replicas(deployment: Deployment, first: str, second: str) -> None:
    made = objects(deployment)
    (configuration,) = (each["data"]["gateway.yaml"] for each in made if each["kind"] == "ConfigMap")
    assert f"url: http://{first}\n" in configuration and f"url: http://{second}\n" in configuration
    if deployment.nodes == 1:
        services = {each["metadata"]["name"] for each in made if each["kind"] == "Service"}
        assert {first.partition(":")[0], second.partition(":")[0]} <= services


def test_services_select_pods_that_are_there() -> None:
    for deployment in (ONE, REPLICAS):
        made = objects(deployment)
        pods = [
            each["spec"]["template"]["metadata"]["labels"] for each in made if each["kind"] == "Deployment"
        ]
        for each in made:
            if each["kind"] == "Service":
                wanted = each["spec"]["selector"].items()
                assert sum(wanted <= labels.items() for labels in pods) == 1


def test_the_last_engine_is_not_evicted() -> None:
    def most(deployment: Deployment) -> list[Any]:
        budgets = [each for each in objects(deployment) if each["kind"] == "PodDisruptionBudget"]
        return [each["spec"]["maxUnavailable"] for each in budgets if "engine" in each["metadata"]["name"]]

    assert (most(ONE), most(REPLICAS), most(NODES), most(ODD)) == ([0], [1], [0], [2])


def test_a_path_with_a_colon_is_refused() -> None:
    with pytest.raises(CannotExport, match="colon"):
        rendered("kubernetes", replace(ONE, model="/a:b"))
