"""What shows that a tool parser does not fit, and the sentence for the operator."""

import pytest

from dragoman.journey.misfit import advice, symptom
from dragoman.journey.pipeline import Stages
from dragoman.journey.pool import Pool
from dragoman.model.engine import EngineFacts
from dragoman.model.events import CallEnded, CallStarted, Event, Repaired, Stopped, TextDelta, Usage, Used
from dragoman.model.profile import Profile
from dragoman.settings import Upstream

VLLM = EngineFacts("vllm", parses=True)
LEAKED: list[Event] = [CallStarted("", "f"), Repaired("leak"), CallEnded()]
CASES: dict[str, tuple[list[Event], EngineFacts, str]] = {
    "tokens and no text": ([Used(Usage(9, 60)), Stopped("end")], VLLM, "of 60 tokens 0 bytes of text came"),
    "as much text as tokens": ([TextDelta("a" * 60), Used(Usage(9, 60)), Stopped("end")], VLLM, ""),
    "an engine that may hide thinking": (
        [TextDelta("a"), Used(Usage(9, 60)), Stopped("end")],
        EngineFacts("ollama", parses=True),
        "",
    ),
    "a call in the text": ([*LEAKED, Stopped("end")], VLLM, "it left a call in the text"),
    "a call in the text of an engine without a parser": (LEAKED, EngineFacts("vllm", parses=False), ""),
}


@pytest.mark.parametrize(("events", "facts", "shown"), CASES.values(), ids=CASES)
def test_what_shows(events: list[Event], facts: EngineFacts, shown: str) -> None:
    stages = Stages(str)
    stages.feed(events)
    assert symptom(stages, facts) == shown


@pytest.mark.parametrize(
    ("profile", "flag"),
    [
        (Profile(), "the --tool-call-parser of its family;"),
        (Profile(tool_parser="glm45"), "--tool-call-parser glm45;"),
    ],
)
def test_the_operator_is_told_the_flag(profile: Profile, flag: str) -> None:
    pool = Pool([Upstream("http://engine")], {})
    pool.listed(pool.replicas[0], {"tiny": 4096})
    model = pool.models["tiny"]
    model.profile = profile
    said = advice(pool.replicas[0], model, "this")
    assert "http://engine does not fit tiny: this. " in said
    assert f"Start the engine with {flag}" in said
