"""A web search that a model asked for, and what was found."""

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
