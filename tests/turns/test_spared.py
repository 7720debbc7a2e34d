"""What an engine has refused is not said to it again, and nothing of the client's words is lost."""

from typing import Any

import pytest
from msgspec import Raw
from msgspec.structs import replace

from dragoman.model.turn import Reasoning, Request, Text, Turn
from dragoman.turns.spared import system_as_text, without_switches

SYSTEM = (Text("be"), Text("brief"))
HI, HELLO = Turn("user", (Text("hi"),)), Turn("assistant", (Text("hello"),))
CASES: dict[str, tuple[tuple[Turn, ...], tuple[Turn, ...]]] = {
    "the user speaks first": ((HI, HELLO), (Turn("user", (*SYSTEM, Text("hi"))), HELLO)),
    "the assistant does": ((HELLO, HI), (Turn("user", SYSTEM), HELLO, HI)),
    "nobody does": ((), (Turn("user", SYSTEM),)),
}


@pytest.mark.parametrize(("turns", "placed"), CASES.values(), ids=CASES)
def test_a_system_prompt_becomes_the_users_first_words(
    turns: tuple[Turn, ...], placed: tuple[Turn, ...]
) -> None:
    made = system_as_text(Request("m", turns, system=SYSTEM))
    assert (made.system, made.turns) == ((), placed)
    assert system_as_text(made) == made


def test_a_longer_conversation_begins_as_the_shorter_one() -> None:
    longer = system_as_text(Request("m", (HI, HELLO, HI), system=SYSTEM))
    assert longer.turns[:1] == system_as_text(Request("m", (HI,), system=SYSTEM)).turns


def test_switches_of_the_template_go_and_all_else_stays() -> None:
    extra: dict[str, Any] = {"chat_template_kwargs": Raw(b"{}"), "seed": Raw(b"1")}
    request = Request("m", (HI,), reasoning=Reasoning(enabled=False, effort="high"), extra=extra)
    made = without_switches(request)
    assert made == replace(request, reasoning=Reasoning(effort="high"), extra={"seed": Raw(b"1")})
