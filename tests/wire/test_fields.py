"""Every mistake in JSON is a BadRequest that names the path."""

from typing import Any

import pytest
from msgspec import Raw
from msgspec.json import Decoder

from dragoman.model.errors import BadRequest
from dragoman.wire.fields import BOOL, COUNT, NUMBER, STRING, Fields, well_formed

STRINGS: Decoder[list[str]] = Decoder(list[str])

WRONG: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "the body is not valid JSON"),
    "no JSON": (b"hello", "the body is not valid JSON"),
    "half of it": (b'{"a": 1', "the body is not valid JSON"),
    "more than it": (b'{"a": 1} 2', "the body is not valid JSON"),
    "a list": (b"[1]", "$: Expected object, got array"),
    "a string": (b'"a"', "$: Expected object, got str"),
    "null": (b"null", "$: Expected object, got null"),
    "NaN": (b'{"a": NaN}', "the body is not valid JSON"),
    "bytes that are no UTF-8": (b'{"a": "\xff"}', "the body is not valid JSON"),
    "a surrogate as bytes": (b'{"a": "\xed\xa0\x80"}', "the body is not valid JSON"),
    "UTF-16": ('{"a": 1}'.encode("utf-16"), "the body is not valid JSON"),
    "a bad escape": (rb'{"a": "\x41"}', "the body is not valid JSON"),
    "nested without end": (b'{"a":' * 100_000, "the body is not valid JSON: it is nested too deeply"),
    "lists nested too deep": (
        b'{"a":' + b"[" * 9000 + b"]" * 9000 + b"}",
        "the body is not valid JSON: it is nested too deeply",
    ),
}


@pytest.mark.parametrize(("body", "message"), WRONG.values(), ids=WRONG)
def test_a_body_that_is_no_object(body: bytes, message: str) -> None:
    with pytest.raises(BadRequest) as caught:
        Fields(body)
    assert caught.value.message.startswith(message)
    assert "`" not in caught.value.message


VALUES: dict[str, tuple[bytes, Decoder[Any], object]] = {
    "a string": (b'"a"', STRING, "a"),
    "escapes": (rb'"\ud83d\ude00 \u00e4 \\ud800"', STRING, "😀 ä \\ud800"),
    "a lone surrogate is the sign for what is lost": (rb'"a \ud83d b"', STRING, "a � b"),
    "an escaped backslash before it": (rb'"\\\ud83d"', STRING, "\\�"),
    "a low half first": (rb'"\ude00\ud83d"', STRING, "��"),
    "a high half before a whole pair": (rb'"\ud83d\uD83D\uDE00"', STRING, "�😀"),
    "null is absent": (b"null", STRING, None),
    "null with spaces is absent": (b"  null ", STRING, None),
    "true": (b"true", BOOL, True),
    "a whole number": (b"5", COUNT, 5),
    "a huge whole number": (b"1" + b"0" * 40, COUNT, 10**40),
    "a fraction": (b"0.5", NUMBER, 0.5),
    "strings": (b'["a", ""]', STRINGS, ["a", ""]),
}


@pytest.mark.parametrize(("raw", "decoder", "value"), VALUES.values(), ids=VALUES)
def test_take(raw: bytes, decoder: Decoder[Any], value: object) -> None:
    fields = Fields(b'{"a":%s,"b":1}' % raw)
    assert fields.take("a", decoder) == value
    assert fields.take("a", decoder) is None
    assert dict(fields.rest()) == {"b": Raw(b"1")}


MISTAKES: dict[str, tuple[bytes, Decoder[Any], str]] = {
    "a number for a string": (b"5", STRING, "$.a: Expected str, got int"),
    "a string for a number": (b'"5"', COUNT, "$.a: Expected int, got str"),
    "a fraction for a whole number": (b"5.5", COUNT, "$.a: Expected int, got float"),
    "a truth value for a number": (b"true", COUNT, "$.a: Expected int, got bool"),
    "a number beyond all bounds": (b"1e400", NUMBER, "$.a: Number out of range"),
    "digits without end": (b"1" * 5000, COUNT, "$.a: Integer value out of range"),
    "an item of a list": (b'["a", 5]', STRINGS, "$.a[1]: Expected str, got int"),
}


@pytest.mark.parametrize(("raw", "decoder", "message"), MISTAKES.values(), ids=MISTAKES)
def test_a_wrong_type_is_told_with_its_path(raw: bytes, decoder: Decoder[Any], message: str) -> None:
    with pytest.raises(BadRequest) as caught:
        Fields(b'{"a":%s}' % raw).take("a", decoder)
    assert caught.value.message == message


def test_needed_and_positive() -> None:
    fields = Fields(b'{"zero":0,"minus":-5,"one":1}')
    assert fields.positive("one") == 1
    assert fields.positive("none") is None
    for name in ("zero", "minus"):
        with pytest.raises(BadRequest, match=rf"^\$\.{name}: expected a whole number of at least 1, got"):
            fields.positive(name)
    with pytest.raises(BadRequest, match=r"^\$\.none: field required$"):
        fields.need("none", STRING)


def test_of_a_repeated_key_the_last_counts() -> None:
    assert Fields(b'{"a":1,"a":2}').take("a", COUNT) == 2


def test_peek_leaves_a_field_where_it_is() -> None:
    fields = Fields(b'{"a":[1]}')
    assert fields.peek("a") == Raw(b"[1]")
    assert fields.peek("b") == Raw(b"null")
    assert "a" in fields.rest()


def test_well_formed_touches_nothing_else() -> None:
    for body in (rb'"\\ud800"', rb'"\ud83d\ude00"', rb'"\u00e4\n"', "杭州".encode(), b"\\u"):
        assert well_formed(body) == body


def test_a_field_that_is_null_is_not_there() -> None:
    fields = Fields(b'{"a": null, "b": 0}')
    assert ["a" in fields, "b" in fields, "c" in fields] == [False, True, False]


def test_fields_that_are_left_out_are_not_in_the_rest() -> None:
    assert list(Fields(b'{"a": 1, "b": 2}').rest({"a"})) == ["b"]
