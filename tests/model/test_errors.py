"""Each error has the status that the tree in the module's docstring draws, and a text for the user."""

import re

import pytest

from dragoman.model import errors
from dragoman.model.errors import Busy, ClientError, DragomanError, PromptTooLong, RateLimited, UnknownModel

KINDS = {
    kind.__name__: kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, DragomanError)
}
DRAWN = dict(re.findall(r"── (\w+) +(\d{3})", errors.__doc__ or ""))


def test_the_tree_draws_every_error_with_a_status_of_its_own() -> None:
    assert set(DRAWN) == set(KINDS) - {"DragomanError", "ClientError", "UpstreamError"}


@pytest.mark.parametrize(("name", "status"), DRAWN.items())
def test_status(name: str, status: str) -> None:
    assert KINDS[name].status == int(status)
    assert issubclass(KINDS[name], ClientError) == (400 <= int(status) < 500)


def test_too_long_in_the_words_on_which_claude_code_compacts() -> None:
    assert PromptTooLong(70_000, 65_536).message == "prompt is too long: 70000 tokens > 65536 maximum"


def test_too_long_names_no_window_that_nobody_knows() -> None:
    message = PromptTooLong(70_000).message
    assert message.startswith("prompt is too long")
    assert not re.search(r"\d", message)


def test_nobody_is_asked_to_wait_longer_than_claude_code_does() -> None:
    assert Busy("full", 600).retry_after == 60
    assert Busy("full").retry_after == 5
    assert RateLimited("slow down", 90).retry_after == 90


def test_an_unknown_model_is_named_with_the_known_ones() -> None:
    assert UnknownModel("gpt", ["a", "b"]).message == "model: gpt is not served here; known models: a, b"
    assert UnknownModel("gpt", []).message.endswith("none yet")


def test_errors_are_equal_by_kind_and_text() -> None:
    assert Busy("a") == Busy("a") != Busy("b")
    assert len({Busy("a"), Busy("b")}) == 2


def test_what_no_retry_can_cure_says_so() -> None:
    hopeless = {name for name, kind in KINDS.items() if kind.hopeless}
    assert hopeless == {"Misconfigured", "NotSupported"}
    assert all(KINDS[name].status >= 500 for name in hopeless), "other statuses are not tried again anyway"
