"""What SearXNG is asked, and what is made of its answers."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from msgspec.json import encode

from dragoman.model.search import Found, Query
from dragoman.searches import DOMAINS, searxng
from dragoman.settings import Search

INSTANCE = Search("searxng", "http://search.example/x/")

WORDS: dict[str, tuple[Query, str]] = {
    "no domains": (Query("tea"), "tea"),
    "one allowed domain": (Query("tea", ("a.example",)), "tea site:a.example"),
    "several": (Query("tea", ("a.example", "b.example")), "tea (site:a.example OR site:b.example)"),
    "blocked ones": (Query("tea", (), ("a.example", "b.example")), "tea -site:a.example -site:b.example"),
    "both": (Query("tea", ("a.example",), ("b.a.example",)), "tea site:a.example -site:b.a.example"),
    "what has a meaning in addresses": (Query("a&b=c#d+e%20 中文"), "a&b=c#d+e%20 中文"),
    "a line break": (Query("a\r\nhost: evil"), "a\r\nhost: evil"),
}


@pytest.mark.parametrize(("query", "words"), WORDS.values(), ids=WORDS)
def test_what_is_asked(query: Query, words: str) -> None:
    call = searxng.request(INSTANCE, query)
    parts = urlsplit(call.url)
    assert (call.method, parts.netloc, parts.path) == ("GET", "search.example", "/x/search")
    assert parse_qs(parts.query) == {"q": [words], "format": ["json"]}
    assert call.url.isascii()
    assert call.url.isprintable()


def test_hundreds_of_domains_make_no_endless_query() -> None:
    many = tuple(f"d{n}.example" for n in range(300))
    asked = parse_qs(urlsplit(searxng.request(INSTANCE, Query("tea", many, many)).url).query)["q"][0]
    assert asked.count("site:") == 2 * DOMAINS


def test_a_key_goes_along_where_there_is_one() -> None:
    assert "authorization" not in searxng.request(INSTANCE, Query("q")).headers
    with_key = searxng.request(Search("searxng", "http://s", "secret"), Query("q"))
    assert with_key.headers["authorization"] == "Bearer secret"
    assert "secret" not in with_key.url


ANSWERS: dict[str, tuple[Any, tuple[Found, ...]]] = {
    "two pages": (
        {
            "query": "q",
            "number_of_results": 0,
            "results": [
                {"url": "http://a", "title": "A", "content": "x", "engines": ["e"], "score": 1.0},
                {"url": "http://b", "title": "B", "content": "y", "publishedDate": "2026-01-02T00:00:00"},
            ],
        },
        (Found("A", "http://a", "x"), Found("B", "http://b", "y", "2026-01-02T00:00:00")),
    ),
    "nothing found": ({"results": []}, ()),
    "fields that are null": (
        {"results": [{"url": "http://a", "title": None, "content": None, "publishedDate": None}]},
        (Found("http://a", "http://a"),),
    ),
    "bad results among good ones": (
        {"results": [{"title": "no url"}, "text", None, {"url": "http://a"}, {"url": 5}]},
        (Found("http://a", "http://a"),),
    ),
}


@pytest.mark.parametrize(("answer", "found"), ANSWERS.values(), ids=ANSWERS)
def test_what_was_found(answer: Any, found: tuple[Found, ...]) -> None:
    assert searxng.results(encode(answer)) == found


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b"{}", b'{"results":{}}', b'{"error":"no"}', b'{"results"', b"\xff"]
)
def test_anything_else_is_no_answer(body: bytes) -> None:
    with pytest.raises(ValueError):
        searxng.results(body)
