"""SearXNG, by the URL of an instance whose settings allow the JSON format.

Source: https://docs.searxng.org/dev/search_api.html
"""

from urllib.parse import urlencode

from msgspec import Struct
from msgspec.json import Decoder

from dragoman.model.effects import Call
from dragoman.model.search import Found, Query
from dragoman.settings import Search


class WireResult(Struct):
    url: str
    title: str = ""
    content: str | None = None
    publishedDate: str | None = None


class WireResults(Struct):
    results: list[WireResult] = []


RESULTS = Decoder(WireResults)


def request(search: Search, query: Query) -> Call:
    text = " ".join([query.text, *(f"site:{domain}" for domain in query.allowed[:1])])
    asked = urlencode({"q": text, "format": "json"})
    headers = {"accept": "application/json"}
    if search.key:
        headers["authorization"] = f"Bearer {search.key}"
    return Call("GET", f"{search.url.rstrip('/')}/search?{asked}", headers, b"")


def results(body: bytes) -> tuple[Found, ...]:
    found = RESULTS.decode(body).results
    return tuple(Found(r.title or r.url, r.url, r.content or "", r.publishedDate or "") for r in found)
