"""Server-sent events as they stand in the stream, names and comments kept: what a check of framing looks at.

`sse` reads the same for use; this reads it for judgement. Bytes in, frames out, and no I/O.
"""

import re
from dataclasses import dataclass, field

LINE_END = re.compile(rb"\r\n|\n|\r")


@dataclass(slots=True)
class Frame:
    """One event: its name, its data, and whether it was only a comment."""

    event: str = ""
    data: list[str] = field(default_factory=list)
    comment: bool = False

    @property
    def text(self) -> str:
        return "\n".join(self.data)


class Frames:
    """Feed it bytes; it returns the frames that they complete. `close` says what was left without an end."""

    def __init__(self) -> None:
        self._rest = b""
        self._frame = Frame()

    def feed(self, data: bytes) -> list[Frame]:
        self._rest += data
        # A carriage return at the end may be half of a line's end.
        whole = self._rest[:-1] if self._rest.endswith(b"\r") else self._rest
        frames: list[Frame] = []
        start = 0
        for end in LINE_END.finditer(whole):
            self._line(whole[start : end.start()], frames)
            start = end.end()
        self._rest = self._rest[start:]
        return frames

    def close(self) -> str:
        """The beginning of what was never ended, empty where all was."""
        left = self._rest.decode("utf-8", "replace") or self._frame.text
        return left[:80]

    def _line(self, line: bytes, frames: list[Frame]) -> None:
        text = line.decode("utf-8", "replace")
        if not text:
            frame, self._frame = self._frame, Frame()
            if frame.data or frame.comment or frame.event:
                frames.append(frame)
            return
        name, _, value = text.partition(":")
        value = value.removeprefix(" ")
        match name:
            case "":
                self._frame.comment = True
            case "event":
                self._frame.event = value
            case "data":
                self._frame.data.append(value)
