"""Tavily, by key.

Source: https://docs.tavily.com/documentation/api-reference/endpoint/search
"""

from msgspec import Struct
from msgspec.json import Decoder, encode

from dragoman.model.effects import Call
from dragoman.model.search import Found, Query
from dragoman.settings import Search

URL = "https://api.tavily.com/search"


class WireResult(Struct):
    url: str
    title: str = ""
    content: str | None = None


class WireAnswer(Struct):
    results: list[WireResult] = []


ANSWER = Decoder(WireAnswer)


def request(search: Search, query: Query) -> Call:
    headers = {"content-type": "application/json", "authorization": f"Bearer {search.key}"}
    asked = {
        "query": query.text,
        "include_domains": query.allowed,
        "exclude_domains": query.blocked,
    }
    return Call("POST", search.url or URL, headers, encode(asked))


def results(body: bytes) -> tuple[Found, ...]:
    return tuple(Found(r.title or r.url, r.url, r.content or "") for r in ANSWER.decode(body).results)
