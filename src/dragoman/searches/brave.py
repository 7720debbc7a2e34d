"""Brave Search, by key.

Source: https://api-dashboard.search.brave.com/app/documentation/web-search/get-started
"""

from urllib.parse import urlencode

from msgspec import Raw, Struct
from msgspec.json import Decoder

from dragoman.model.effects import Call
from dragoman.model.search import Found, Query
from dragoman.searches import in_words, readable
from dragoman.settings import Search

NEEDS = "key"
URL = "https://api.search.brave.com/res/v1/web/search"


class WireResult(Struct):
    url: str
    title: str | None = None
    description: str | None = None
    age: str | None = None


class WireWeb(Struct):
    results: list[Raw] = []


class WireAnswer(Struct, tag_field="type", tag="search"):
    """`web` is missing where nothing was found."""

    web: WireWeb | None = None


ANSWER, RESULT = Decoder(WireAnswer), Decoder(WireResult)


def request(search: Search, query: Query) -> Call:
    headers = {"accept": "application/json", "x-subscription-token": search.key}
    return Call("GET", f"{search.url or URL}?{urlencode({'q': in_words(query)})}", headers, b"")


def results(body: bytes) -> tuple[Found, ...]:
    web = ANSWER.decode(body).web
    found = readable(web.results, RESULT) if web else []
    return tuple(Found(r.title or r.url, r.url, r.description or "", r.age or "") for r in found)
