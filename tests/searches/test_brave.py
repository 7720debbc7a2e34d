"""What Brave Search is asked, and what is made of its answers."""

from urllib.parse import parse_qs, urlsplit

import pytest

from dragoman.model.search import Found, Query
from dragoman.searches import brave
from dragoman.settings import Search

SETTINGS = Search("brave", key="secret")


def test_what_is_asked() -> None:
    call = brave.request(SETTINGS, Query("tea & 茶", ("a.example", "b.example"), ("c.a.example",)))
    assert call.method == "GET"
    assert call.url.startswith(brave.URL + "?")
    asked = parse_qs(urlsplit(call.url).query)
    assert asked == {"q": ["tea & 茶 (site:a.example OR site:b.example) -site:c.a.example"]}
    assert call.headers["x-subscription-token"] == "secret"
    assert "secret" not in call.url


def test_another_address() -> None:
    assert brave.request(Search("brave", "http://proxy/s", "k"), Query("q")).url == "http://proxy/s?q=q"


ANSWERS: dict[str, tuple[bytes, tuple[Found, ...]]] = {
    "a page": (
        b'{"type":"search","query":{},"web":{"type":"search","results":[{"title":"A","url":"http://a",'
        b'"description":"x <strong>y</strong>","age":"2 days ago","extra_snippets":["z"]}]}}',
        (Found("A", "http://a", "x <strong>y</strong>", "2 days ago"),),
    ),
    "nothing found": (b'{"type":"search","query":{}}', ()),
    "no pages": (b'{"type":"search","web":{"results":[]}}', ()),
    "a bad result": (
        b'{"type":"search","web":{"results":[{"title":1},{"url":"http://b"}]}}',
        (Found("http://b", "http://b"),),
    ),
}


@pytest.mark.parametrize(("body", "found"), ANSWERS.values(), ids=ANSWERS)
def test_what_was_found(body: bytes, found: tuple[Found, ...]) -> None:
    assert brave.results(body) == found


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b'{"type":"ErrorResponse","error":{}}', b'{"web":5}']
)
def test_anything_else_is_no_answer(body: bytes) -> None:
    with pytest.raises(ValueError):
        brave.results(body)
