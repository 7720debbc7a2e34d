"""Brave Search, by key.

Source: https://api-dashboard.search.brave.com/app/documentation/web-search/get-started
"""

from urllib.parse import urlencode

from msgspec import Struct
from msgspec.json import Decoder

from dragoman.model.effects import Call
from dragoman.model.search import Found, Query
from dragoman.settings import Search

URL = "https://api.search.brave.com/res/v1/web/search"


class WireResult(Struct):
    url: str
    title: str = ""
    description: str | None = None
    age: str | None = None


class WireWeb(Struct):
    results: list[WireResult] = []


class WireAnswer(Struct):
    web: WireWeb | None = None


ANSWER = Decoder(WireAnswer)


def request(search: Search, query: Query) -> Call:
    headers = {"accept": "application/json", "x-subscription-token": search.key}
    return Call("GET", f"{search.url or URL}?{urlencode({'q': query.text})}", headers, b"")


def results(body: bytes) -> tuple[Found, ...]:
    web = ANSWER.decode(body).web
    found = web.results if web else []
    return tuple(Found(r.title or r.url, r.url, r.description or "", r.age or "") for r in found)
