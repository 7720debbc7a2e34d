"""Cases put to an engine."""

import asyncio

import pytest

from dragoman.evaluation.asking import Endpoint, ask_all, first_model
from dragoman.evaluation.cases import Case, Expected
from dragoman.evaluation.score import Verdict
from dragoman.model.errors import BadAnswer, Unreachable
from tests.scripted_engine import DROP, MODELS, Answer, Script, ScriptedEngine, refuses, says, whole

TOOL = {"type": "function", "function": {"name": "w", "parameters": {"type": "object"}}}
CASE = Case("1", "k", [{"role": "user", "content": "x"}], [TOOL], (Expected("w", {"city": ("Paris",)}),))


def verdicts(engine: ScriptedEngine, count: int = 1) -> list[Verdict]:
    done: list[None] = []
    endpoint = Endpoint(f"{engine.url}/v1", "secret", "m")
    found = asyncio.run(ask_all(endpoint, [CASE] * count, 2, lambda: done.append(None)))
    assert len(done) == count
    return found


def test_each_case_is_asked_as_a_client_would(engine: ScriptedEngine) -> None:
    engine.next(says(calls=[("w", '{"city":"Paris"}')]), says("I don't know."))
    assert sorted(verdicts(engine, 2), key=lambda one: one.calls) == [Verdict(), Verdict(1, 1, True)]
    body = engine.chats()[0].body
    assert (body["model"], body["temperature"], body["tool_choice"]) == ("m", 0, "auto")
    assert body["tools"] == [TOOL]
    assert engine.chats()[0].headers["authorization"] == "Bearer secret"


REFUSALS: dict[str, tuple[Script, str]] = {
    "an error in its own words": (refuses(400, 'needs\n"auto"'), '400: needs "auto"'),
    "an error without words": (Answer(status=503), "503: nothing"),
    "a page": (Answer((b"<html>no</html>",), 502), "502: <html>no</html>"),
    "rubbish": (Answer((b"{}",)), "an answer that is none: "),
    "a broken connection": (Answer((b'{"cho', DROP)), "no answer: "),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_what_is_no_answer_is_told(engine: ScriptedEngine, name: str) -> None:
    script, says_why = REFUSALS[name]
    engine.next(script)
    [verdict] = verdicts(engine)
    assert verdict.refused.startswith(says_why)
    assert not verdict.exact


def test_the_first_model_that_an_engine_lists(engine: ScriptedEngine) -> None:
    assert asyncio.run(first_model(f"{engine.url}/v1", "")) == "scripted"


@pytest.mark.parametrize("answer", [whole({"data": []}), Answer((b"<html>",)), refuses(401, "no key")])
def test_an_engine_that_lists_no_model(engine: ScriptedEngine, answer: Answer) -> None:
    engine.next(answer, path=MODELS)
    with pytest.raises(BadAnswer, match="lists no model"):
        asyncio.run(first_model(f"{engine.url}/v1", ""))


def test_an_engine_that_is_not_there() -> None:
    with pytest.raises(Unreachable, match="nothing answers at"):
        asyncio.run(first_model("http://127.0.0.1:9/v1", ""))
