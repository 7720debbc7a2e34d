"""The engine's metrics, wherever they are."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from dragoman.verify import meters
from dragoman.verify.endpoint import Endpoint, Target
from tests.scripted_engine import Answer, ScriptedEngine, whole

PAGE = b"""# HELP vllm:num_requests_running Running.
vllm:num_requests_running{engine="0",model_name="m"} 2.0
vllm:num_requests_running{engine="1",model_name="m"} 1.0
vllm:num_requests_waiting{engine="0",model_name="m"} 0.0
vllm:prefix_cache_hits_total{engine="0"} 1.5e3
vllm:num_requests_running_of_another_kind 9.0
"""


def read(engine: ScriptedEngine, kind: str, names: tuple[str, ...]) -> float | None:
    async def work() -> float | None:
        endpoint = Endpoint(Target(engine.url), kind=kind)
        try:
            return await meters.read(endpoint, names)
        finally:
            endpoint.close()

    return asyncio.run(work())


def test_an_engine_says_them_itself(engine: ScriptedEngine) -> None:
    engine.always(Answer((PAGE,)), "/metrics")
    assert read(engine, "vLLM 0.32.0", meters.RUNNING) == 3
    assert read(engine, "vLLM 0.32.0", meters.HITS) == 1500


def test_a_gateway_of_ours_says_where_its_engines_are(engine: ScriptedEngine) -> None:
    engine.always(Answer((PAGE,)), "/metrics")
    urls = [engine.url, f"{engine.url}/", "http://127.0.0.1:1", "file:///etc/passwd"]
    engine.always(whole({"engines": [{"url": url} for url in urls]}), "/status")
    assert read(engine, "Dragoman 0.1.0", meters.RUNNING) == 6


NONE: dict[str, Callable[[ScriptedEngine], Any]] = {
    "no such page": lambda engine: engine.always(whole({}, 404), "/metrics"),
    "a page of something else": lambda engine: engine.always(Answer((b"<html>a b\n",)), "/metrics"),
    "a status that tells nothing": lambda engine: engine.always(whole({"engines": 3}), "/status"),
    "a status that is refused": lambda engine: engine.always(whole({}, 401), "/status"),
}


@pytest.mark.parametrize("case", NONE)
def test_without_them_there_is_nothing_to_know(case: str, engine: ScriptedEngine) -> None:
    NONE[case](engine)
    kind = "Dragoman 0.1.0" if "status" in case else "vLLM"
    assert read(engine, kind, meters.RUNNING) is None
