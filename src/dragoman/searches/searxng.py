"""SearXNG, by the URL of an instance whose settings allow the JSON format.

Source: https://docs.searxng.org/dev/search_api.html
"""

from urllib.parse import urlencode

from msgspec import Raw, Struct
from msgspec.json import Decoder

from dragoman.model.effects import Call
from dragoman.model.search import Found, Query
from dragoman.searches import in_words, readable
from dragoman.settings import Search

NEEDS = "url"


class WireResult(Struct):
    url: str
    title: str | None = None
    content: str | None = None
    publishedDate: str | None = None


class WireResults(Struct):
    results: list[Raw]


RESULTS, RESULT = Decoder(WireResults), Decoder(WireResult)


def request(search: Search, query: Query) -> Call:
    asked = urlencode({"q": in_words(query), "format": "json"})
    headers = {"accept": "application/json"}
    if search.key:
        headers["authorization"] = f"Bearer {search.key}"
    return Call("GET", f"{search.url.rstrip('/')}/search?{asked}", headers, b"")


def results(body: bytes) -> tuple[Found, ...]:
    found = readable(RESULTS.decode(body).results, RESULT)
    return tuple(Found(r.title or r.url, r.url, r.content or "", r.publishedDate or "") for r in found)
