"""Web searches in Anthropic's blocks: `server_tool_use` and `web_search_tool_result`.

What was found goes out in `encrypted_content`, which is opaque to clients and comes back with the
conversation, so that the model can read it again.
Source: https://docs.anthropic.com/en/docs/agents-and-tools/tool-use/web-search-tool
"""

import base64
import binascii
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Raw, Struct
from msgspec.json import Decoder

from dragoman.model.search import Found, listed
from dragoman.model.turn import Text


class WireFound(Struct):
    url: str = ""
    title: str = ""
    encrypted_content: str = ""
    page_age: str | None = None


class WireFailure(Struct):
    error_code: str


class WireResult(Struct):
    content: list[WireFound] | WireFailure


class WireInput(Struct, frozen=True):
    query: str = ""


class WireCall(Struct):
    name: str = ""
    input: WireInput = WireInput()


class WirePassage(Struct):
    text: str = ""


class WireSource(Struct):
    source: str
    title: str
    content: list[WirePassage]


CALL, RESULT, SOURCE = Decoder(WireCall), Decoder(WireResult), Decoder(WireSource)


def call_block(id: str, query: str) -> dict[str, Any]:
    return {"type": "server_tool_use", "id": id, "name": "web_search", "input": {"query": query}}


def result_block(id: str, found: Sequence[Found], error: str) -> dict[str, Any]:
    content: Any = [found_body(one) for one in found]
    if error:
        content = {"type": "web_search_tool_result_error", "error_code": error}
    return {"type": "web_search_tool_result", "tool_use_id": id, "content": content}


def found_body(found: Found) -> dict[str, Any]:
    return {
        "type": "web_search_result",
        "url": found.url,
        "title": found.title,
        "encrypted_content": base64.b64encode(found.text.encode()).decode(),
        "page_age": found.age or None,
    }


def recalled(kind: str, raw: Raw) -> Text | None:
    """A block of an earlier reply's search, or of a search that the client made itself, as text in its
    place; None for any other block, and for one that cannot be read."""
    read = READ.get(kind)
    try:
        text = read(raw) if read else ""
    except (msgspec.MsgspecError, RecursionError):
        return None
    return Text(text) if text else None


def read_call(raw: Raw) -> str:
    call = CALL.decode(raw)
    return f"[The web was searched for {call.input.query!r}.]" if call.name == "web_search" else ""


def read_result(raw: Raw) -> str:
    content = RESULT.decode(raw).content
    if isinstance(content, WireFailure):
        return f"[The web search failed: {content.error_code}.]"
    found = [Found(one.title, one.url, opened(one.encrypted_content), one.page_age or "") for one in content]
    return f"[The web search found:]\n{listed(found)}" if found else "[The web search found nothing.]"


def read_source(raw: Raw) -> str:
    """A `search_result` block: a passage from the client's own search, with where it is from."""
    given = SOURCE.decode(raw)
    return listed([Found(given.title, given.source, "\n   ".join(part.text for part in given.content))])


READ = {
    "server_tool_use": read_call,
    "web_search_tool_result": read_result,
    "search_result": read_source,
}


def opened(content: str) -> str:
    """Our own text; nothing of what another server has really encrypted."""
    try:
        return base64.b64decode(content, validate=True).decode()
    except (binascii.Error, ValueError):
        return ""
