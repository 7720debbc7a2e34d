"""SGLang: with `auto` and no parser it leaves the text alone; with `none` it hides the tools."""

import pytest

from dragoman.engines import Reply, sglang
from dragoman.model.engine import EngineFacts
from tests.engines.conversation import answers, body_of, refusal, survey, tokens

INFO = {"version": "0.5.10", "tp_size": 1, "tool_call_parser": None, "reasoning_parser": None}

CASES: dict[str, tuple[dict[str, object], Reply, EngineFacts]] = {
    "without parsers": (
        {},
        tokens(90),
        EngineFacts(
            "sglang", "0.5.10", parses=False, renders=True, text_choice="auto", counts=False, reasons=False
        ),
    ),
    "with both": (
        {"tool_call_parser": "qwen25", "reasoning_parser": "qwen3"},
        tokens(90),
        EngineFacts(
            "sglang", "0.5.10", parses=True, renders=False, text_choice="auto", counts=False, reasons=True
        ),
    ),
    "it takes no tools": (
        {},
        refusal("no"),
        EngineFacts(
            "sglang", "0.5.10", parses=False, renders=False, text_choice="auto", counts=False, reasons=False
        ),
    ),
}


@pytest.mark.parametrize(("info", "tried", "facts"), CASES.values(), ids=CASES)
def test_its_own_word_and_one_token(info: dict[str, object], tried: Reply, facts: EngineFacts) -> None:
    found, asked = survey(sglang, {"/get_server_info": answers(INFO | info), "/v1/chat/completions": tried})
    assert found == facts
    assert len(asked) == 2
    assert "tool_choice" not in body_of(asked[1])


def test_another_server_with_such_a_page_is_none() -> None:
    assert survey(sglang, {"/get_server_info": answers({"version": "1"})})[0] is None
