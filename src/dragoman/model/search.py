"""A web search that a model asked for, and what was found."""

from collections.abc import Iterable

from msgspec import Struct


class Query(Struct, frozen=True):
    """What to look for. Domains are such as `example.org`; an empty tuple allows or blocks nothing."""

    text: str
    allowed: tuple[str, ...] = ()
    blocked: tuple[str, ...] = ()


class Found(Struct, frozen=True):
    title: str
    url: str
    text: str = ""
    age: str = ""


def listed(found: Iterable[Found]) -> str:
    """Pages as a model reads them."""
    return "\n".join(
        f"{n}. {one.title}\n   {one.url}\n   {one.text}".rstrip() for n, one in enumerate(found, 1)
    )
