"""OpenAI's list of models."""

import json

from dragoman.model.catalog import ModelEntry
from dragoman.wire.openai_chat.models import encode_model, encode_models


def test_a_list_with_windows_where_they_are_known() -> None:
    body = json.loads(encode_models([ModelEntry("a", "A", 4096), ModelEntry("b", "B")]))
    assert body["object"] == "list"
    assert [(model["id"], model.get("max_model_len")) for model in body["data"]] == [("a", 4096), ("b", None)]


def test_one_model() -> None:
    body = json.loads(encode_model(ModelEntry("a", "A")))
    assert body == {"id": "a", "object": "model", "created": 0, "owned_by": "dragoman"}
