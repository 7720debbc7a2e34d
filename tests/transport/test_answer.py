"""What a client's connection gets, byte for byte, for what is said of an answer."""

import asyncio
from typing import cast

from dragoman.transport.answer import Answer


class Written:
    """A connection and its turn that only take notes."""

    def __init__(self, keep_alive: bool = True) -> None:
        self.keep_alive = keep_alive
        self.pieces: list[bytes] = []
        self.closed = self.aborted = False

    def write(self, data: bytes) -> None:
        self.pieces.append(data)

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.aborted = True


def answering(written: Written) -> Answer:
    return Answer(cast(asyncio.Transport, written), written, "req_1")


def test_a_whole_answer_is_one_piece() -> None:
    written = Written()
    answer = answering(written)
    answer.head(200, {"content-type": "application/json", "content-length": "2"})
    answer.data(b"{}")
    answer.flush(ended=True)
    head = "HTTP/1.1 200 OK", "content-type: application/json", "content-length: 2", "request-id: req_1"
    assert written.pieces == ["\r\n".join([*head, "", "{}"]).encode()]


def test_without_a_length_each_flush_is_a_chunk_and_the_last_one_carries_the_end() -> None:
    written = Written()
    answer = answering(written)
    answer.head(200, {})
    answer.flush(ended=False)
    answer.data(b"a" * 10)
    answer.data(b"b" * 7)
    answer.flush(ended=False)
    answer.flush(ended=False)
    answer.data(b"c")
    answer.flush(ended=True)
    assert written.pieces[0].endswith(b"transfer-encoding: chunked\r\n\r\n")
    assert written.pieces[1:] == [b"11\r\n" + b"a" * 10 + b"b" * 7 + b"\r\n", b"1\r\nc\r\n0\r\n\r\n"]


def test_an_empty_piece_is_no_chunk_for_it_would_be_the_end() -> None:
    written = Written()
    answer = answering(written)
    answer.head(200, {})
    answer.data(b"")
    answer.flush(ended=False)
    assert written.pieces[0].endswith(b"\r\n\r\n")
    assert b"0\r\n" not in written.pieces[0].partition(b"\r\n\r\n")[2]


def test_a_connection_that_is_not_kept_says_so() -> None:
    written = Written(keep_alive=False)
    answer = answering(written)
    answer.head(529, {"content-length": "0"})
    answer.flush(ended=True)
    (head,) = written.pieces
    assert head.startswith(b"HTTP/1.1 529 \r\n")
    assert b"\r\nconnection: close\r\n" in head


def test_what_was_dropped_is_never_sent() -> None:
    written = Written()
    answer = answering(written)
    answer.head(200, {})
    answer.data(b"wrong")
    answer.drop()
    answer.flush(ended=False)
    assert not answer.begun
    assert written.pieces == []
    answer.close()
    assert (written.closed, written.aborted) == (True, False)


def test_what_nobody_reads_does_not_hold_the_end_up() -> None:
    written = Written()
    answering(written).close(unread=True)
    assert (written.closed, written.aborted) == (False, True)
