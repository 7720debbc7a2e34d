"""Something answers HTTP there, and what it says of itself."""

import asyncio
import contextlib
from typing import Any

from dragoman.verify.endpoint import Endpoint
from dragoman.verify.outcome import Failed, Seen
from dragoman.verify.talk import Check, Talk

ILL = (502, 503, 504)
"""An engine that is down or away, or a proxy before nothing. LiteLLM says 500 to those who bring no key."""
PATIENCE_S = 10.0
"""For the pages by which a server names itself; it may go without a name."""


async def run(talk: Talk) -> Seen:
    endpoint = talk.endpoint
    answer = await endpoint.fetch("GET", "/health")
    with contextlib.suppress(Failed, TimeoutError):
        async with asyncio.timeout(PATIENCE_S):
            endpoint.kind = await kind(endpoint)
    if answer.status in ILL:
        raise Failed(f"{endpoint.kind or 'it'} says {answer.status} of its health: {answer.said()}")
    return Seen(endpoint.kind or "a server that does not say what it is")


async def kind(endpoint: Endpoint) -> str:
    """The server's name and version, by the pages that only one kind has."""
    own = await page(endpoint, "/")
    if own.get("name") == "dragoman":
        return f"Dragoman {own.get('version', '')}".strip()
    if {"status", "db"} <= (await page(endpoint, "/health/readiness")).keys():
        return "LiteLLM"
    if version := (await page(endpoint, "/api/version")).get("version"):
        return f"Ollama {version}"
    if version := (await page(endpoint, "/version")).get("version"):
        return f"vLLM {version}"
    return ""


async def page(endpoint: Endpoint, path: str) -> dict[str, Any]:
    """A public page in JSON, empty where there is none."""
    answer = await endpoint.fetch("GET", path)
    try:
        value = answer.json() if answer.status in (200, 503) else {}
    except Failed:
        return {}
    return value if isinstance(value, dict) else {}


CHECK = Check(
    title="reachable",
    proves="a server answers at the URL and is not ill",
    how="GET /health, then the pages by which servers name themselves",
    mend="start the server, or give its URL: `dragoman verify http://HOST:PORT` (the gateway's port, not the "
    "engine's, is what clients use)",
    rank=0,
    needs=(),
    quick=True,
    per_protocol=False,
    limit=30.0,
    run=run,
)
