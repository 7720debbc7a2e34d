"""Waiting for text: what a source gives, and what it remembers."""

import pytest

from dragoman.toolcalls._parts.source import END, Reading, Source, finish, follows


def test_text_arrives_in_pieces() -> None:
    source = Source()
    source.add("ab")
    source.pos = 1
    source.add("cd")
    assert source.text[source.pos :] == "bcd"


def test_what_was_taken_since_the_mark_is_remembered() -> None:
    source = Source()
    source.add("one two ")
    source.pos = 4
    source.mark()
    source.pos = 8
    source.add("three")
    source.pos += 2
    assert source.taken() == "two th"
    source.forget()
    source.add("!")
    assert source.taken() == ""


def test_the_longest_literal_is_waited_for() -> None:
    source = Source("<a")
    reading = source.starts(["<a", "<ab>"])
    next(reading)
    source.add("b>")
    with pytest.raises(StopIteration) as done:
        next(reading)
    assert done.value.value == "<ab>"


def test_white_space_is_skipped_by_peek_and_not_by_glance() -> None:
    source = Source(" \n x", closed=True)
    assert finish(source.glance()) == "x"
    assert source.pos == 0
    assert finish(source.peek()) == "x"
    assert source.pos == 3
    assert finish(Source("  ", closed=True).peek()) == ""


FOLLOWS: dict[str, tuple[str, list[tuple[str, ...]], bool, bool | None]] = {
    "it stands here": ("</p>\n</f>x", [("</p>", "</f>")], False, True),
    "something else does": ("</p>\nx", [("</p>", "</f>")], False, False),
    "it may still come": ("</p>\n</", [("</p>", "</f>")], False, None),
    "no more comes": ("</p>\n</", [("</p>", "</f>")], True, False),
    "the end, which is not there yet": ("</p>\n", [("</p>", END)], False, None),
    "the end": ("</p>\n", [("</p>", END)], True, True),
    "one of two may still come": ("</", [("x",), ("</p>",)], False, None),
}


@pytest.mark.parametrize("sentence", FOLLOWS)
def test_follows(sentence: str) -> None:
    text, sequences, closed, expected = FOLLOWS[sentence]
    assert follows(Source(text, closed), 0, sequences) is expected


def test_spaces_alone_do_not_count_where_lines_must() -> None:
    assert follows(Source("a  b"), 1, [("b",)], lines=True) is False
    assert follows(Source("a\n b"), 1, [("b",)], lines=True) is True
    assert follows(Source("ab"), 1, [("b",)], lines=True) is True


def test_a_reader_that_waits_for_ever_ends_with_its_source() -> None:
    def read(source: Source) -> Reading[int]:
        waited = 0
        while (yield from source.more()):
            waited += 1
        return waited

    source = Source()
    reading = read(source)
    next(reading)
    next(reading)
    source.closed = True
    with pytest.raises(StopIteration) as done:
        next(reading)
    assert done.value.value == 2
