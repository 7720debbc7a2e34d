"""The LLMInferenceService: as written, held to its schema, its arguments as KServe's shell reads them."""

from dataclasses import replace
from typing import Any

import pytest
import yaml
from hypothesis import given, settings

from dragoman.exports import CannotExport
from dragoman.model.deployment import Deployment
from tests.exports.cases import CASES, NODES, ODD, ONE, TEXTS, WORDS, check_golden, rendered
from tests.exports.clusters import expanded, validate
from tests.exports.reading import read_by_bash

FROM_HUBS = {name: each for name, each in CASES.items() if name != "odd"}


def test_golden(request: pytest.FixtureRequest) -> None:
    check_golden("kserve", request, cases=FROM_HUBS)


def service(deployment: Deployment) -> Any:
    files = rendered("kserve", deployment)
    return yaml.safe_load(files["llminferenceservice.yaml"].text)["spec"]


@pytest.mark.parametrize("case", FROM_HUBS)
def test_every_object_meets_its_schema(case: str) -> None:
    for name, file in rendered("kserve", CASES[case]).items():
        if name.endswith(".yaml"):
            for each in yaml.safe_load_all(file.text):
                validate(each)
    assert service(CASES[case])["replicas"] == CASES[case].replicas


def as_kserve_reads(text: str) -> str:
    """Its template of Go's, in which the only action is a literal, and then the kubelet's expansion."""
    return expanded(text.replace("{{`{{`}}", "{{"), {"HOME": "/wrong"})


@settings(max_examples=25)
@given(TEXTS, WORDS)
def test_arguments_reach_the_engine(value: str, extra: tuple[str, ...]) -> None:
    spec = service(replace(ONE, extra=extra, environment={"X": value}))
    variables = {each["name"]: each.get("value") for each in spec["template"]["containers"][0]["env"]}
    words = read_by_bash(as_kserve_reads(variables["VLLM_ADDITIONAL_ARGS"]))
    assert words[:2] == ["--tensor-parallel-size", "4"]
    assert words[len(words) - len(extra) :] == list(extra)
    assert as_kserve_reads(variables["X"]) == value


def test_several_nodes_are_stages() -> None:
    spec = service(NODES)
    assert spec["parallelism"] == {"tensor": 8, "pipeline": 2, "expert": True}
    assert spec["worker"]["containers"][0]["resources"]["limits"] == {"nvidia.com/gpu": "8"}


WRONG = {
    "a folder of the machine": (ODD, "hub"),
    "a template of the machine": (replace(ONE, chat_template="/a.jinja"), "chat template"),
    "nodes that are no stages": (replace(ODD, model="a/b", chat_template=""), "pipeline stage"),
}


@pytest.mark.parametrize("deployment, said", WRONG.values(), ids=WRONG)
def test_what_kserve_does_not_do_is_refused(deployment: Deployment, said: str) -> None:
    with pytest.raises(CannotExport, match=said):
        rendered("kserve", deployment)
