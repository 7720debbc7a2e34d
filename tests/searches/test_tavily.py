"""What Tavily is asked, and what is made of its answers."""

import json

import pytest

from dragoman.model.search import Found, Query
from dragoman.searches import tavily
from dragoman.settings import Search

SETTINGS = Search("tavily", key="secret")


def test_what_is_asked() -> None:
    call = tavily.request(SETTINGS, Query("tea", ("a.example", "b.example"), ("c.example",)))
    assert (call.method, call.url) == ("POST", tavily.URL)
    assert call.headers["authorization"] == "Bearer secret"
    assert json.loads(call.body) == {
        "query": "tea",
        "include_domains": ["a.example", "b.example"],
        "exclude_domains": ["c.example"],
    }


ANSWERS: dict[str, tuple[bytes, tuple[Found, ...]]] = {
    "a page": (
        b'{"query":"q","results":[{"title":"A","url":"http://a","content":"x","score":0.9}],"response_time":1}',
        (Found("A", "http://a", "x"),),
    ),
    "nothing found": (b'{"results":[]}', ()),
    "a bad result": (
        b'{"results":[{"title":"A"},{"url":"http://b","title":null,"content":null}]}',
        (Found("http://b", "http://b"),),
    ),
}


@pytest.mark.parametrize(("body", "found"), ANSWERS.values(), ids=ANSWERS)
def test_what_was_found(body: bytes, found: tuple[Found, ...]) -> None:
    assert tavily.results(body) == found


@pytest.mark.parametrize(
    "body", [b"", b"no", b"{}", b'{"detail":{"error":"Unauthorized"}}', b'{"results":5}']
)
def test_anything_else_is_no_answer(body: bytes) -> None:
    with pytest.raises(ValueError):
        tavily.results(body)
