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

from dragoman.model.search import Found


class WireFound(Struct):
    url: str = ""
    title: str = ""
    encrypted_content: str = ""
    page_age: str | None = None


class WireInput(Struct, frozen=True):
    query: str = ""


class WireCall(Struct):
    name: str = ""
    input: WireInput = WireInput()


CALL = Decoder(WireCall)
FOUND = Decoder(list[WireFound])
CONTENT: Decoder[dict[str, Raw]] = Decoder(dict[str, Raw])


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


def read_call(raw: Raw) -> str | None:
    """The query of a search that comes back with the conversation; None for another server tool."""
    try:
        call = CALL.decode(raw)
    except msgspec.MsgspecError:
        return None
    return call.input.query if call.name == "web_search" else None


def read_result(raw: Raw) -> tuple[Found, ...] | None:
    """What a search that comes back with the conversation had found; None where it cannot be read."""
    try:
        wire = FOUND.decode(CONTENT.decode(raw)["content"])
    except (msgspec.MsgspecError, KeyError):
        return None
    return tuple(Found(one.title, one.url, opened(one.encrypted_content), one.page_age or "") for one in wire)


def opened(content: str) -> str:
    """Our own text; nothing of what another server has really encrypted."""
    try:
        return base64.b64decode(content, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
