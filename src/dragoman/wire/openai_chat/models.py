"""OpenAI's `GET /v1/models`."""

from collections.abc import Sequence
from typing import Any

from msgspec.json import encode

from dragoman.model.catalog import ModelEntry


def model_body(entry: ModelEntry) -> dict[str, Any]:
    """`max_model_len` is vLLM's own addition, which clients of vLLM read."""
    body: dict[str, Any] = {"id": entry.id, "object": "model", "created": 0, "owned_by": "dragoman"}
    return body | ({"max_model_len": entry.window} if entry.window else {})


def encode_model(entry: ModelEntry) -> bytes:
    return encode(model_body(entry))


def encode_models(entries: Sequence[ModelEntry]) -> bytes:
    return encode({"object": "list", "data": [model_body(entry) for entry in entries]})
