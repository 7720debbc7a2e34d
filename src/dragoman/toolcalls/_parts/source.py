"""The text of a reply while it comes in, as readers see it.

A reader is a generator: it takes from `text` at `pos` and yields when it needs more. Whatever it
decides must follow from the text alone, never from where the text was cut: so it waits, by
`more()`, until it could not decide otherwise.
"""

import re
from collections.abc import Generator, Iterable
from typing import TypeVar

T = TypeVar("T")
Reading = Generator[None, None, T]
"""A reader: yields where it waits for text, returns what it read."""

SPACE = re.compile(r"[ \t\r\n]*")
SOME_SPACE = re.compile(r"[ \t\r\n]{0,256}")
MUCH_SPACE = re.compile(r"[ \t\r\n]{0,4096}")
COMMENT = re.compile(r"(?://|#)[^\n]{0,1024}\n|/\*.{0,1024}?\*/", re.DOTALL)
COMMENT_BEGUN = re.compile(r"(?:(?://|#)[^\n]{0,1024}|/(?:\*.{0,1024})?)\Z", re.DOTALL)

END = ""
"""In a sequence of literals: the end of the text."""


class NotACall(Exception):
    """What was taken for a call is none, or is broken beyond repair."""


class Source:
    """Text not yet taken is `text[pos:]`.

    `closed` says that no more will come, `cut` that the length limit ended it.
    """

    __slots__ = ("_keeps", "_kept", "_mark", "closed", "cut", "pos", "text")

    def __init__(self, text: str = "", closed: bool = False) -> None:
        self.text, self.pos = text, 0
        self.closed, self.cut = closed, False
        self._kept: list[str] = []
        self._keeps = False
        self._mark = 0

    def add(self, piece: str) -> None:
        if self._keeps and self._mark < self.pos:
            self._kept.append(self.text[self._mark : self.pos])
        self._mark = 0
        self.text = self.text[self.pos :] + piece if self.pos < len(self.text) else piece
        self.pos = 0

    def mark(self) -> None:
        """From here on, remember what is taken."""
        self._keeps = True
        self._mark = self.pos
        if self._kept:
            self._kept.clear()

    def forget(self) -> None:
        """Remember no longer."""
        self._keeps = False
        self._kept.clear()

    def taken(self) -> str:
        """Everything taken since the last mark, as it came."""
        return "".join(self._kept) + self.text[self._mark : self.pos]

    def more(self) -> Reading[bool]:
        """Wait for more text; false at the end of it."""
        if self.closed:
            return False
        yield
        return True

    def peek(self) -> Reading[str]:
        """The next character that is not white space, which is skipped; empty at the end."""
        while True:
            match = SPACE.match(self.text, self.pos)
            self.pos = match.end() if match else self.pos
            if self.pos < len(self.text):
                return self.text[self.pos]
            if not (yield from self.more()):
                return ""

    def token(self) -> Reading[str]:
        """As `peek`, but the comments that people write into JSON are skipped too."""
        while True:
            match = SPACE.match(self.text, self.pos)
            self.pos = match.end() if match else self.pos
            if self.pos == len(self.text):
                if not (yield from self.more()):
                    return ""
                continue
            char = self.text[self.pos]
            if char not in "/#":
                return char
            if comment := COMMENT.match(self.text, self.pos):
                self.pos = comment.end()
            elif not COMMENT_BEGUN.match(self.text, self.pos) or not (yield from self.more()):
                return char

    def glance(self) -> Reading[str]:
        """As `peek`, but the white space is not taken; a space where there is very much of it."""
        while True:
            match = MUCH_SPACE.match(self.text, self.pos)
            end = match.end() if match else self.pos
            if end < len(self.text):
                return self.text[end]
            if not (yield from self.more()):
                return ""

    def starts(self, literals: Iterable[str]) -> Reading[str]:
        """The longest of these that stands here, which is not taken; empty where none does."""
        while True:
            found, waits = "", False
            for literal in literals:
                if self.text.startswith(literal, self.pos):
                    found = max(found, literal, key=len)
                elif literal.startswith(self.text[self.pos :]):
                    waits = waits or len(literal) > len(found)
            if not waits or not (yield from self.more()):
                return found

    def take_until(self, ends: re.Pattern[str], limit: int = 512) -> Reading[re.Match[str] | None]:
        """Find `ends` within `limit` characters; `pos` stays. None where it is not there."""
        while True:
            match = ends.search(self.text, self.pos, self.pos + limit)
            if match or len(self.text) - self.pos > limit:
                return match
            if not (yield from self.more()):
                return None


def follows(
    source: Source, pos: int, sequences: Iterable[tuple[str, ...]], lines: bool = False
) -> bool | None:
    """Whether one of these sequences, white space in them, stands at `pos`. None: not known yet.

    `lines`: white space counts only where it holds a line end.
    """
    answer: bool | None = False
    for sequence in sequences:
        found = _follows(source, pos, sequence, lines)
        if found:
            return True
        if found is None:
            answer = None
    return answer


def stands(source: Source, sequences: Iterable[tuple[str, ...]]) -> Reading[bool]:
    """Whether one of these sequences stands here, once that is known; nothing is taken."""
    while (answer := follows(source, source.pos, sequences)) is None:
        yield from source.more()
    return answer


def _follows(source: Source, pos: int, sequence: tuple[str, ...], lines: bool) -> bool | None:
    text = source.text
    for literal in sequence:
        match = SOME_SPACE.match(text, pos)
        start, pos = pos, match.end() if match else pos
        if literal == END:
            return (not source.cut if source.closed else None) if pos == len(text) else False
        if lines and start < pos < len(text) and "\n" not in text[start:pos]:
            return False
        if text.startswith(literal, pos):
            pos += len(literal)
            continue
        if literal.startswith(text[pos:]) and not source.closed:
            return None
        return False
    return True


def finish(reading: Reading[T]) -> T:
    """Run a reader over a source that is closed."""
    try:
        while True:
            next(reading)
    except StopIteration as done:
        value: T = done.value
        return value
