"""The header of a safetensors file: its tensors' names, types, shapes and sizes, never their values.

Eight bytes give the header's length, little-endian; the header is JSON; the values follow. Whatever a header
claims is checked against the file's size. The format is described at huggingface.co/docs/safetensors.
"""

import math
import re
from collections.abc import Mapping

import msgspec

from dragoman.model.checkpoint import Tensor

LENGTH = 8
MOST_HEADER = 100_000_000
"""The format's own limit."""
MOST_DIMENSIONS = 32

_BITS = re.compile(r"^[A-Z]+(\d+)")


class BrokenHeader(ValueError):
    """The message says what is wrong, without the file's name."""


class _Entry(msgspec.Struct):
    dtype: str
    shape: tuple[int, ...]
    data_offsets: tuple[int, int]


def header_length(start: bytes, file_size: int) -> int:
    """The header's length in bytes, from the first eight of a file. Raises BrokenHeader."""
    if len(start) < LENGTH:
        raise BrokenHeader("it is too short")
    length = int.from_bytes(start[:LENGTH], "little")
    if length > MOST_HEADER:
        raise BrokenHeader("its header would be larger than the format allows; it is no safetensors file")
    if length > file_size - LENGTH:
        raise BrokenHeader("its header is longer than the file; the file is incomplete")
    return length


def parse(header: bytes, file_size: int) -> dict[str, Tensor]:
    """The tensors that a header names. Raises BrokenHeader, as for values that would lie outside the file."""
    room = file_size - LENGTH - len(header)
    try:
        named = msgspec.json.decode(header, type=dict[str, msgspec.Raw])
        named.pop("__metadata__", None)
        entries = {name: msgspec.json.decode(raw, type=_Entry) for name, raw in named.items()}
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        raise BrokenHeader("its header is not the JSON that it should be") from None
    tensors = {name: _tensor(name, entry, room) for name, entry in entries.items()}
    if sum(tensor.size for tensor in tensors.values()) > room:
        raise BrokenHeader("its tensors overlap, or the file is incomplete")
    return tensors


def _tensor(name: str, entry: _Entry, room: int) -> Tensor:
    begin, end = entry.data_offsets
    shown = "".join(char if char.isprintable() else "�" for char in name[:100])
    if not 0 <= begin <= end <= room:
        raise BrokenHeader(f"the tensor {shown} lies outside the file; the file is incomplete")
    if len(entry.shape) > MOST_DIMENSIONS or min(entry.shape, default=0) < 0:
        raise BrokenHeader(f"the tensor {shown} has no possible shape")
    size = end - begin
    if (bits := _bits(entry.dtype)) and math.prod(entry.shape) * bits != size * 8:
        raise BrokenHeader(f"the tensor {shown} has another size than its shape and type say")
    return Tensor(entry.dtype, entry.shape, size)


def _bits(dtype: str) -> int:
    """`BF16` has 16, `F8_E4M3` 8; 0 where the name does not say, or says less than a byte."""
    found = _BITS.match(dtype)
    bits = int(found[1]) if found and dtype[0] in "BFIU" else 0
    return 0 if bits % 8 else bits


def total(tensors: Mapping[str, Tensor]) -> int:
    """Bytes of all."""
    return sum(tensor.size for tensor in tensors.values())
