"""Anthropic's list of models."""

import json

from dragoman.model.catalog import ModelEntry
from dragoman.wire.anthropic.models import encode_model, encode_models

ENTRIES = [ModelEntry("anthropic/a/b", "a/b", 4096), ModelEntry("c", "c")]


def test_a_list() -> None:
    body = json.loads(encode_models(ENTRIES))
    assert [model["id"] for model in body["data"]] == ["anthropic/a/b", "c"]
    assert body["first_id"] == "anthropic/a/b"
    assert body["last_id"] == "c"
    assert body["has_more"] is False
    assert {model["type"] for model in body["data"]} == {"model"}


def test_a_window_is_told_where_it_is_known() -> None:
    assert json.loads(encode_model(ENTRIES[0]))["max_input_tokens"] == 4096
    assert "max_input_tokens" not in json.loads(encode_model(ENTRIES[1]))


def test_an_empty_list() -> None:
    body = {"data": [], "has_more": False, "first_id": None, "last_id": None}
    assert json.loads(encode_models([])) == body
