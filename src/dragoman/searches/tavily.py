"""Tavily, by key.

Source: https://docs.tavily.com/documentation/api-reference/endpoint/search
"""

from msgspec import Raw, Struct
from msgspec.json import Decoder, encode

from dragoman.model.effects import Call
from dragoman.model.search import Found, Query
from dragoman.searches import readable
from dragoman.settings import Search

NEEDS = "key"
URL = "https://api.tavily.com/search"


class WireResult(Struct):
    url: str
    title: str | None = None
    content: str | None = None


class WireAnswer(Struct):
    results: list[Raw]


ANSWER, RESULT = Decoder(WireAnswer), Decoder(WireResult)


def request(search: Search, query: Query) -> Call:
    headers = {"content-type": "application/json", "authorization": f"Bearer {search.key}"}
    asked = {
        "query": query.text,
        "include_domains": query.allowed,
        "exclude_domains": query.blocked,
    }
    return Call("POST", search.url or URL, headers, encode(asked))


def results(body: bytes) -> tuple[Found, ...]:
    found = readable(ANSWER.decode(body).results, RESULT)
    return tuple(Found(r.title or r.url, r.url, r.content or "") for r in found)
