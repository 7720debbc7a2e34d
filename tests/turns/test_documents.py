"""The PDFs of a request are found wherever they stand, and their text takes their place."""

import pytest

from dragoman.model.turn import Block, Document, Image, Request, Text, ToolResult, Turn
from dragoman.turns.documents import unread, with_texts

PDF = Document("a.pdf", "application/pdf", "AAAA")
OTHER = Document("", "application/pdf", "BBBB")
IN_RESULT = ToolResult("t", (Text("read"), PDF))
NOT_READ: dict[str, Block] = {
    "a text document": Document("t", "text/plain", text="x"),
    "one by address": Document("u", "application/pdf", url="https://a.example/x.pdf"),
    "one by a file's id": Document("f"),
    "another type": Document("w", "application/msword", "CCCC"),
    "a picture": Image("image/png", "DDDD"),
}


def request(*blocks: Block) -> Request:
    return Request("m", (Turn("user", (Text("Hi"),)), Turn("user", blocks)))


@pytest.mark.requirement("CC-25")
def test_each_is_read_once_wherever_it_stands() -> None:
    assert unread(request(PDF, OTHER, IN_RESULT, PDF)) == (PDF, OTHER)


@pytest.mark.parametrize("block", NOT_READ.values(), ids=NOT_READ)
def test_nothing_else_is_read(block: Block) -> None:
    asked = request(block)
    assert unread(asked) == ()
    assert with_texts(asked, {"AAAA": "text"}) == asked


def test_the_text_takes_the_place_of_the_file() -> None:
    made = with_texts(request(PDF, Text("So?"), IN_RESULT), {"AAAA": "tea"}).turns[1].blocks
    text = Document("a.pdf", "text/plain", text="tea")
    assert made == (text, Text("So?"), ToolResult("t", (Text("read"), text)))


@pytest.mark.parametrize("text", ["", " \n"])
def test_a_file_without_text_says_so(text: str) -> None:
    (block,) = with_texts(request(OTHER), {"BBBB": text}).turns[1].blocks
    assert isinstance(block, Text)
    assert "'PDF' holds no text that can be read" in block.text


def test_one_that_was_not_read_stays() -> None:
    assert with_texts(request(PDF), {}) == request(PDF)
