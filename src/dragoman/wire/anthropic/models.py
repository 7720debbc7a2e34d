"""Anthropic's `GET /v1/models`."""

from collections.abc import Sequence
from typing import Any

from msgspec.json import encode

from dragoman.model.catalog import ModelEntry

SINCE = "1970-01-01T00:00:00Z"


def model_body(entry: ModelEntry) -> dict[str, Any]:
    body: dict[str, Any] = {
        "type": "model",
        "id": entry.id,
        "display_name": entry.display_name,
        "created_at": SINCE,
    }
    return body | ({"max_input_tokens": entry.window} if entry.window else {})


def encode_model(entry: ModelEntry) -> bytes:
    return encode(model_body(entry))


def encode_models(entries: Sequence[ModelEntry]) -> bytes:
    return encode(
        {
            "data": [model_body(entry) for entry in entries],
            "has_more": False,
            "first_id": entries[0].id if entries else None,
            "last_id": entries[-1].id if entries else None,
        }
    )
