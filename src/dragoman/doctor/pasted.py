"""A log or an error text that somebody saved or pasted, read once from its beginning: what is wrong in it.

Memory does not grow with the log: it comes in pieces, and no line is longer than LONGEST. Counterpart:
`engines.vllm.causes`, which knows the causes.
"""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from dragoman.engines.vllm.causes import Found, Reader
from dragoman.model.errors import DragomanError

PIECE = 1 << 16
LONGEST = 16_384
OVERLAP = 1_024
"""How much of a line that was too long is read again with its next part, so that no message is cut in two."""


class NoText(DragomanError):
    """What was given is no text."""


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found, how many lines there were, and the first error of each process, known or not."""

    found: tuple[Found, ...]
    lines: int
    first_errors: tuple[str, ...]


def examine(stream: BinaryIO) -> Examined:
    """The causes in a log. Raises NoText."""
    reader = Reader()
    for line in lines(stream):
        reader.feed(line)
    return Examined(tuple(reader.close()), reader.lines, reader.first_errors)


def lines(stream: BinaryIO) -> Iterator[str]:
    """The lines of a text in UTF-8, or UTF-16 with its mark; a progress bar's `\\r` ends one too.

    What is no text in that encoding becomes replacement characters. Raises NoText.
    """
    first = stream.read(PIECE)
    decoder = codecs.getincrementaldecoder(_encoding(first))(errors="replace")
    rest = ""
    piece = first
    while piece:
        text = rest + decoder.decode(piece)
        *whole, rest = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        for line in whole:
            yield from _parts(line)
        while len(rest) > LONGEST:
            yield rest[:LONGEST]
            rest = rest[LONGEST - OVERLAP :]
        piece = stream.read(PIECE)
    rest += decoder.decode(b"", final=True)
    if rest:
        yield from _parts(rest)


def _parts(line: str) -> Iterator[str]:
    while len(line) > LONGEST:
        yield line[:LONGEST]
        line = line[LONGEST - OVERLAP :]
    yield line


def _encoding(first: bytes) -> str:
    if first.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if first.startswith(b"\x1f\x8b"):
        raise NoText("this is compressed: zcat FILE | dragoman doctor")
    if b"\x00" in first[:4096]:
        raise NoText("this is no text")
    return "utf-8-sig"
