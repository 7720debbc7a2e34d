"""The project: as written, against the specification's own schema, and interpolated as Compose does it."""

import importlib.resources
import json
import re
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given

from dragoman.exports import CannotExport, Options
from dragoman.exports._parts import engine
from dragoman.model.deployment import Deployment
from tests.exports.cases import CASES, HOSTS, NODES, ODD, ONE, REPLICAS, TEXTS, WORDS, check_golden, rendered

SCHEMA = json.loads(
    importlib.resources.files("check_jsonschema")
    .joinpath("builtin_schemas/vendor/compose-spec.json")
    .read_text("utf-8")
)
VALIDATOR = jsonschema.validators.validator_for(SCHEMA)(SCHEMA)
VARIABLE = re.compile(r"\$(?:\$|\{(\w+)(?::([-?])([^}]*))?\}|(\w+))")


def test_golden(request: pytest.FixtureRequest) -> None:
    check_golden("compose", request, with_hosts=True)


def interpolated(value: Any, variables: dict[str, str]) -> Any:
    """By the specification: `$$` is a dollar, `${X}` a variable; whatever else follows a `$` is an error."""
    if isinstance(value, dict):
        return {name: interpolated(each, variables) for name, each in value.items()}
    if isinstance(value, list):
        return [interpolated(each, variables) for each in value]
    if not isinstance(value, str):
        return value
    left = VARIABLE.sub("", value)
    assert "$" not in left

    def put(found: re.Match[str]) -> str:
        if found[0] == "$$":
            return "$"
        name = found[1] or found[4]
        assert name in variables or found[2] == "-", found[0]
        return variables.get(name, found[3] or "")

    return VARIABLE.sub(put, value)


def projects(deployment: Deployment, options: Options | None = None) -> list[Any]:
    files = rendered("compose", deployment, options)
    variables = dict.fromkeys(("DRAGOMAN_SOURCE", "DRAGOMAN_KEY", "VLLM_API_KEY", "HF_TOKEN"), "x")
    return [
        interpolated(yaml.safe_load(file.text), variables)
        for path, file in files.items()
        if path.endswith("compose.yaml")
    ]


@pytest.mark.parametrize("case", CASES)
def test_the_specifications_schema_is_met(case: str) -> None:
    options = Options(hosts=HOSTS[case])
    for path, file in rendered("compose", CASES[case], options).items():
        if path.endswith("compose.yaml"):
            VALIDATOR.validate(yaml.safe_load(file.text))
    for project in projects(CASES[case], options):
        VALIDATOR.validate(project)


def test_the_schema_would_notice() -> None:
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate({"services": {"engine": {"imagee": "x"}}})


@given(TEXTS, TEXTS, WORDS, TEXTS)
def test_whatever_words_say_comes_back(model: str, name: str, extra: tuple[str, ...], value: str) -> None:
    given = Deployment(model, name, extra=extra, environment={"X": value})
    try:
        (project,) = projects(given)
    except CannotExport:
        assert model[0] in ".~"
        return
    service = project["services"]["engine"]
    words = service["command"]
    assert words[:3] == [model, "--served-model-name", name]
    assert words[len(words) - 4 - len(extra) : -4] == list(extra)
    assert service["environment"]["X"] == value
    bound = [each["source"] for each in service["volumes"] if each["type"] == "bind"]
    assert bound == ([model] if model.startswith("/") else [])


def test_replicas_have_gpus_of_their_own() -> None:
    (project,) = projects(REPLICAS)
    devices = [
        project["services"][name]["deploy"]["resources"]["reservations"]["devices"][0]["device_ids"]
        for name in ("engine-0", "engine-1")
    ]
    assert devices == [["0", "1", "2", "3"], ["4", "5", "6", "7"]]
    urls = yaml.safe_load(rendered("compose", REPLICAS)["gateway.yaml"].text)["upstreams"]
    assert [each["url"] for each in urls] == ["http://engine-0:8000", "http://engine-1:8000"]


def test_machines_have_projects_of_their_own() -> None:
    found = projects(ODD, Options(hosts=("a", "b", "c", "d")))
    assert [sorted(each["services"]) for each in found] == [["engine", "gateway"], *[["engine"]] * 3]
    for number, project in enumerate(found):
        words = project["services"]["engine"]["command"]
        assert words[words.index("--node-rank") + 1] == str(number % 2)
        assert words[words.index("--master-addr") + 1] == "aacc"[number]
        assert ("healthcheck" in project["services"]["engine"]) == (number % 2 == 0)
    with pytest.raises(CannotExport, match="--host-list"):
        projects(NODES)


def test_keys_are_asked_for() -> None:
    (first, _) = (
        yaml.safe_load(file.text)
        for path, file in rendered("compose", NODES, Options(hosts=("a", "b"))).items()
        if path.endswith("compose.yaml")
    )
    assert engine.secrets(NODES) == ["HF_TOKEN"]
    assert first["services"]["engine"]["environment"]["HF_TOKEN"] == "${HF_TOKEN:?}"
    assert first["services"]["gateway"]["environment"]["DRAGOMAN_KEY"] == "${DRAGOMAN_KEY:?}"


def test_an_image_of_the_gateway_takes_the_place_of_the_build() -> None:
    (project,) = projects(ONE, Options(gateway_image="registry.example/dragoman:1"))
    assert project["services"]["gateway"]["image"] == "registry.example/dragoman:1"
    assert "build" not in project["services"]["gateway"]
