"""Faults planted in what listens, and in configurations."""

from pathlib import Path

import pytest

from dragoman.doctor.gathering import Wanted
from dragoman.runtime.supervisor import free_port
from tests.doctor.examined import SECRET, examine, well, write
from tests.doctor.posing import Posing
from tests.gateway import gateway_before
from tests.scripted_engine import Answer, Asked, ScriptedEngine, whole


class Stranger(ScriptedEngine):
    """Another program's server."""

    def _answer_to(self, asked: Asked) -> Answer:
        return Answer((b"<html>Grafana</html>",)) if asked.path == "/" else whole({}, 404)


def dead() -> str:
    return f"http://127.0.0.1:{free_port()}"


def test_nothing_listens(tmp_path: Path) -> None:
    found = examine(Wanted(dead()), tmp_path)
    assert list(found) == ["nothing_listens"]
    assert "the connection is refused" in found["nothing_listens"][0].what
    assert "dragoman up" in found["nothing_listens"][0].mend


def test_another_program_listens(tmp_path: Path) -> None:
    with Stranger() as stranger:
        found = examine(Wanted(stranger.url), tmp_path)
    assert list(found) == ["not_an_api"]
    assert "4000" in found["not_an_api"][0].mend


@pytest.mark.parametrize("key", ["", "another-key"])
def test_a_gateway_that_wants_another_key(key: str, tmp_path: Path) -> None:
    with well() as (_, gateway):
        found = examine(Wanted(gateway.url, key), tmp_path)
    assert list(found) == ["key_refused"]
    assert "ANTHROPIC_AUTH_TOKEN" in found["key_refused"][0].mend


def test_an_engine_that_is_gone_behind_a_gateway(tmp_path: Path) -> None:
    with gateway_before(dead(), wait=False) as gateway:
        found = examine(Wanted(gateway.url), tmp_path)
    assert list(found) == ["engine_lost"]
    assert "dragoman logs" in found["engine_lost"][0].mend


def configured(tmp_path: Path, text: str) -> Path:
    return write(tmp_path / "dragoman.yaml", text)


# A configuration -> words of what is said of it.
REFUSED = {
    "a setting that is none": ("upstream: [{url: 'http://127.0.0.1:8000'}]\n", "upstream"),
    "no engine": ("port: 4000\n", "name at least one engine"),
    "open to all without a key": (
        "host: 0.0.0.0\nupstreams: [{url: 'http://127.0.0.1:1'}]\n",
        "a key is required",
    ),
    "an address that is none": ("upstreams: [{url: '127.0.0.1:8000'}]\n", "no URL"),
    "a variable that is not set": (
        "upstreams: [{url: 'http://127.0.0.1:1', key: os.environ/NOT_THERE_AT_ALL}]\n",
        "NOT_THERE_AT_ALL",
    ),
    "no YAML": ("upstreams: [", "YAML"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_configuration_that_cannot_be_served(case: str, tmp_path: Path) -> None:
    text, words = REFUSED[case]
    found = examine(Wanted(config=configured(tmp_path, text)), tmp_path)
    assert list(found) == ["configuration"]
    assert words in found["configuration"][0].what
    assert "dragoman config check" in found["configuration"][0].mend
    assert found["configuration"][0].matters


def test_engines_of_a_configuration_are_examined_as_behind_a_gateway(tmp_path: Path) -> None:
    with Posing(parser="", key=SECRET) as engine:
        text = f"upstreams: [{{url: '{engine.url}', key: {SECRET}}}]\n"
        found = examine(Wanted(config=configured(tmp_path, text)), tmp_path)
        assert list(found) == ["tool_parser_missing"]
        assert not found["tool_parser_missing"][0].matters
        keyless = f"upstreams: [{{url: '{engine.url}'}}]\n"
        found = examine(Wanted(config=configured(tmp_path, keyless)), tmp_path)
    assert list(found) == ["engine_lost"]
    assert "upstreams[].key" in found["engine_lost"][0].mend


def test_a_configuration_that_names_a_model_that_is_not_there(tmp_path: Path) -> None:
    with Posing() as engine:
        text = f"upstreams: [{{url: '{engine.url}', model: qwen3}}]\n"
        found = examine(Wanted(config=configured(tmp_path, text)), tmp_path)
        assert list(found) == ["engine_without_model"]
        assert engine.model in found["engine_without_model"][0].mend
        right = text.replace("qwen3}", f"{engine.model}}}")
        assert examine(Wanted(config=configured(tmp_path, right)), tmp_path) == {}


def test_a_gateway_as_an_upstream(tmp_path: Path) -> None:
    with Posing() as engine, gateway_before(engine.url) as gateway:
        text = f"port: {gateway.port}\nupstreams: [{{url: '{gateway.url}'}}]\n"
        found = examine(Wanted(config=configured(tmp_path, text)), tmp_path)
    assert list(found) == ["engine_is_gateway"]
    assert "in a circle" in found["engine_is_gateway"][0].why
