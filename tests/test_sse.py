"""The data of each event is the same, whatever ends the lines and however the bytes are cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.sse import Decoder
from tests.streams import cuttings, pieces

CASES: dict[str, tuple[bytes, list[bytes]]] = {
    "one event": (b"data: a\n\n", [b"a"]),
    "two events": (b"data: a\n\ndata: b\n\n", [b"a", b"b"]),
    "no space after the colon": (b"data:a\n\n", [b"a"]),
    "one space only is taken away": (b"data:  a \n\n", [b" a "]),
    "several data lines make one, a newline between": (b"data: a\ndata:\ndata: b\n\n", [b"a\n\nb"]),
    "an event with nothing in it": (b"data:\n\n", [b""]),
    "comments and other fields mean nothing": (b": ping\nevent: x\nid: 1\nretry: 5\ndata: a\n\n", [b"a"]),
    "a comment alone is no event": (b": ping\n\n", []),
    "blank lines are no events": (b"\n\n\ndata: a\n\n\n\n", [b"a"]),
    "an event without data is none": (b"event: ping\n\n", []),
    "a field that only begins like data": (b"database: x\n\n", []),
    "an event that no blank line ends is dropped": (b"data: a\n\ndata: b\n", [b"a"]),
    "a line that does not end is dropped": (b"data: a\n\ndata: b", [b"a"]),
    "a colon in the data": (b'data: {"a": 1}\n\n', [b'{"a": 1}']),
    "characters of several bytes": ("data: 杭州 🎋\n\n".encode(), ["杭州 🎋".encode()]),
    "no bytes": (b"", []),
}
ENDS = {"LF": b"\n", "CRLF": b"\r\n", "CR": b"\r"}


def decode(parts: list[bytes]) -> list[bytes]:
    decoder = Decoder()
    events = [event for part in parts for event in decoder.feed(part)]
    assert decoder.close() == []
    assert decoder.close() == []
    return events


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
@pytest.mark.parametrize(("stream", "events"), CASES.values(), ids=CASES)
def test_events_of_a_stream(stream: bytes, events: list[bytes], end: bytes) -> None:
    stream = stream.replace(b"\n", end)
    assert decode([stream]) == events
    for size in (1, 2, 5, 1000):
        assert decode(list(pieces(stream, size))) == events
    for cut in range(len(stream) + 1):
        assert decode([stream[:cut], b"", stream[cut:]]) == events


LINES = st.lists(
    st.sampled_from(
        [b"data: a", b"data:", b"data: \xc3\xa4", b"", b"", b": c", b"event: x", b"\n", b"\r", b"\r\n"]
    ),
    max_size=12,
)


@given(st.data(), LINES, st.sampled_from([b"\n", b"\r\n", b"\r"]))
def test_no_cutting_changes_the_events(data: st.DataObject, lines: list[bytes], end: bytes) -> None:
    stream = end.join(lines) + end
    assert decode(data.draw(cuttings(stream))) == decode([stream])


def test_an_event_leaves_in_the_feed_that_ends_it() -> None:
    decoder = Decoder()
    assert decoder.feed(b"data: a\n") == []
    assert decoder.feed(b"\n") == [b"a"]
    assert decoder.feed(b"data: b\r\n\r") == [b"b"]
    assert decoder.feed(b"\ndata: c\n\n") == [b"c"]
