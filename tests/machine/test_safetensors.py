"""Headers of safetensors files: honest ones, and what else eight bytes and some JSON can claim."""

import json
import struct
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.machine.safetensors import MOST_HEADER, BrokenHeader, header_length, parse, total
from dragoman.model.checkpoint import Tensor
from tests.machine.hub import safetensors


def parsed(content: bytes) -> dict[str, Tensor]:
    length = header_length(content[:8], len(content))
    return parse(content[8 : 8 + length], len(content))


def file(header: Any, values: int = 64) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + bytes(values)


def entry(dtype: str = "BF16", shape: Any = (4, 8), offsets: Any = (0, 64)) -> dict[str, Any]:
    return {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets)}


def test_names_types_shapes_and_sizes() -> None:
    content = safetensors(
        {
            "a": ("BF16", [4, 8], 64),
            "b": ("F8_E4M3", [64], 64),
            "scalar": ("F32", [], 4),
            "packed": ("F4", [8, 2], 8),
            "empty": ("I64", [0, 7], 0),
        }
    )
    found = parsed(content)
    assert found["a"] == Tensor("BF16", (4, 8), 64)
    assert found["b"] == Tensor("F8_E4M3", (64,), 64)
    assert found["scalar"] == Tensor("F32", (), 4)
    assert found.keys() == {"a", "b", "scalar", "packed", "empty"}
    assert total(found) == 64 + 64 + 4 + 8


HOSTILE: dict[str, tuple[bytes, str]] = {
    "no file at all": (b"", "too short"),
    "a header longer than the file": (struct.pack("<Q", 1000) + b"{}", "incomplete"),
    "a header larger than allowed": (struct.pack("<Q", MOST_HEADER + 1) + b"{}", "larger than the format"),
    "a header of all the memory there is": (b"\xff" * 8 + b"{}", "larger than the format"),
    "a web page": (b"<!DOCTYPE html><p>Please sign in", "larger than the format"),
    "no JSON": (file(b"{'a'"), "not the JSON"),
    "nested without end": (file(b"[" * 100_000), "not the JSON"),
    "a list": (file([1, 2]), "not the JSON"),
    "a tensor that is a number": (file({"a": 1}), "not the JSON"),
    "a shape of texts": (file({"a": entry(shape=["4"])}), "not the JSON"),
    "values beyond the end": (file({"a": entry(offsets=(0, 65))}), "outside the file"),
    "values before the beginning": (file({"a": entry(offsets=(-8, 56))}), "outside the file"),
    "values that end before they begin": (file({"a": entry(offsets=(64, 0))}), "outside the file"),
    "another size than the shape": (file({"a": entry(shape=(4, 9))}), "another size"),
    "a shape below nothing": (file({"a": entry(shape=(-4, -8))}), "no possible shape"),
    "a shape of many dimensions": (file({"a": entry(shape=[1] * 99)}), "no possible shape"),
    "values that are counted twice": (file({"a": entry(), "b": entry()}), "overlap"),
    "no UTF-8": (file(b'{"\xff\xfe": {}}'), "not the JSON"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_refused(case: str) -> None:
    content, said = HOSTILE[case]
    with pytest.raises(BrokenHeader, match=said):
        parsed(content)


def test_a_name_that_a_terminal_would_obey_is_not_repeated() -> None:
    with pytest.raises(BrokenHeader) as caught:
        parsed(file({"\x1b[31m" + "n" * 500: entry(offsets=(0, 99))}))
    assert "\x1b" not in str(caught.value)
    assert len(str(caught.value)) < 200


@given(st.binary(max_size=200))
def test_no_bytes_do_anything_else(content: bytes) -> None:
    with suppress(BrokenHeader):
        parsed(file(content))
