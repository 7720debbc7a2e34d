"""Frames: every case fed whole and byte by byte."""

import pytest

from dragoman.verify.frames import Frame, Frames

CASES: dict[str, tuple[bytes, list[Frame], str]] = {
    "an event with a name": (b"event: ping\ndata: {}\n\n", [Frame("ping", ["{}"])], ""),
    "carriage returns": (b"event: ping\r\ndata: {}\r\n\r\n", [Frame("ping", ["{}"])], ""),
    "a comment": (b": keep-alive\n\n", [Frame(comment=True)], ""),
    "several lines of data": (b"data: a\ndata: b\n\n", [Frame("", ["a", "b"])], ""),
    "no space after the colon": (b"data:a\n\n", [Frame("", ["a"])], ""),
    "other fields": (b"id: 1\nretry: 2\n\n", [], ""),
    "an event without an end": (b"data: a\n\ndata: b\n", [Frame("", ["a"])], "b"),
    "a line without an end": (b"data: a", [], "data: a"),
    "characters of several bytes": ("data: 杭州\n\n".encode(), [Frame("", ["杭州"])], ""),
    "bytes that are no UTF-8": (b"data: \xff\n\n", [Frame("", ["�"])], ""),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("size", [1, 3, 1000])
def test_frames(case: str, size: int) -> None:
    data, wanted, rest = CASES[case]
    frames = Frames()
    found = [frame for at in range(0, len(data), size) for frame in frames.feed(data[at : at + size])]
    assert (found, frames.close()) == (wanted, rest)
