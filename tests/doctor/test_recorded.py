"""Recorded requests: in what forms they come, and in what protocol they are."""

import json
from typing import Any

import pytest

from dragoman.doctor.recorded import protocol_of, read, route_protocol

ASK = [{"role": "user", "content": "Hello"}]
BODY = {"model": "m", "messages": ASK, "max_tokens": 5}
FORMS: dict[str, tuple[str, str]] = {
    "a body": (json.dumps(BODY), ""),
    "with a mark of its encoding": ("\ufeff" + json.dumps(BODY), ""),
    "with its path": (json.dumps({"path": "/v1/messages", "body": BODY}), "/v1/messages"),
    "with a URL": (json.dumps({"url": "http://h/v1/messages", "body": BODY}), "http://h/v1/messages"),
    "as HTTP": (f"POST /v1/messages HTTP/1.1\r\nhost: h\r\n\r\n{json.dumps(BODY)}", "/v1/messages"),
    "as HTTP of a lax tool": (f"POST /v1/messages HTTP/1.1\nhost: h\n\n{json.dumps(BODY)}", "/v1/messages"),
}


@pytest.mark.parametrize("form", FORMS)
def test_all_forms_hold_the_same_body(form: str) -> None:
    text, path = FORMS[form]
    found = read("r.json", text.encode())
    assert (found.body, found.path, found.wrong) == (BODY, path, "")
    assert found.size == len(json.dumps(BODY, separators=(",", ":")))


WRONG = {
    "nothing": "",
    "no JSON": "hello",
    "a number": "7",
    "no messages": '{"model": "m"}',
    "too deep": "[" * 100_000,
    "no text": "\x00\x01",
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_no_request_says_why(case: str) -> None:
    assert read("r.json", WRONG[case].encode()).wrong


PROTOCOLS: dict[str, tuple[dict[str, Any], str]] = {
    "nothing that tells": (BODY, ""),
    "a system text": (BODY | {"system": "x"}, "anthropic"),
    "a tool with input_schema": (BODY | {"tools": [{"name": "a", "input_schema": {}}]}, "anthropic"),
    "a block of a call": ({"messages": [{"role": "user", "content": [{"type": "tool_use"}]}]}, "anthropic"),
    "thinking": (BODY | {"thinking": {"type": "adaptive"}}, "anthropic"),
    "a tool with function": (BODY | {"tools": [{"type": "function", "function": {}}]}, "openai"),
    "a result as a message": ({"messages": [{"role": "tool", "content": "x"}]}, "openai"),
    "a response format": (BODY | {"response_format": {}}, "openai"),
    "an input": ({"model": "m", "input": "x"}, "responses"),
    "rubbish": ({"messages": 7, "tools": "x"}, ""),
}


@pytest.mark.parametrize("case", PROTOCOLS)
def test_the_protocol_is_known_by_its_fields(case: str) -> None:
    body, protocol = PROTOCOLS[case]
    assert protocol_of(body) == protocol


@pytest.mark.parametrize(
    ("path", "protocol"),
    [
        ("/v1/messages?beta=true", "anthropic"),
        ("/gw/v1/messages/count_tokens", "anthropic"),
        ("/v1/chat/completions/", "openai"),
        ("/v1/responses", "responses"),
        ("/api/generate", ""),
        ("", ""),
    ],
)
def test_the_protocol_of_a_route(path: str, protocol: str) -> None:
    assert route_protocol(path) == protocol
