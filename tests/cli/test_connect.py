"""How to connect, as rows."""

import pytest

from dragoman.cli import connect
from dragoman.model.catalog import ModelEntry

HOME = "http://127.0.0.1:4000"


def values(rows: list[tuple[str, str]]) -> str:
    return "\n".join(f"{name}|{value}" for name, value in rows)


def test_published_names_are_shown_with_their_windows() -> None:
    entries = [ModelEntry("anthropic/a", "a", 65536), ModelEntry("a", "a", 65536)]
    assert connect.models(entries) == [("Model", "anthropic/a, 65,536 tokens")]
    entries.append(ModelEntry("anthropic/b", "b"))
    assert connect.models(entries)[1:] == [("", "anthropic/b, window unknown")]


@pytest.mark.parametrize(
    ("url", "command"),
    [(HOME, "launch claude"), ("http://127.0.0.1:1", "launch claude --url http://127.0.0.1:1")],
)
def test_the_launcher_gets_an_address_where_it_needs_one(url: str, command: str) -> None:
    assert f"Claude Code|dragoman {command}\n" in values(connect.clients(url, False))


def test_where_a_key_is_needed_its_place_is_shown() -> None:
    shown = values(connect.clients(HOME, True))
    assert "DRAGOMAN_KEY" in shown
    assert "ANTHROPIC_AUTH_TOKEN='<the key>'" in shown


@pytest.mark.parametrize(("host", "is_open"), [("127.0.0.1", False), ("0.0.0.0", True)])
def test_an_open_address_is_said(host: str, is_open: bool) -> None:
    assert ("other machines" in values(connect.head("1", HOME, host))) is is_open
