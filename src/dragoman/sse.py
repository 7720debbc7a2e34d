"""Server-sent events as a stage: bytes in, the `data` of each event out.

Follows the WHATWG grammar as far as model servers use it: LF, CRLF or CR, several `data:` lines,
comments skipped, other fields ignored. Each byte is looked at once, however it is cut.
"""

import re

LINE_END = re.compile(rb"\r\n|\n|\r")


class Decoder:
    """Feed it bytes; it returns the data of each event that they complete."""

    def __init__(self) -> None:
        self._line: list[bytes] = []
        self._data: list[bytes] = []
        self._after_cr = False

    def feed(self, data: bytes) -> list[bytes]:
        if self._after_cr and data:
            self._after_cr = False
            data = data.removeprefix(b"\n")
        events: list[bytes] = []
        start = 0
        for end in LINE_END.finditer(data):
            self._line.append(data[start : end.start()])
            start = end.end()
            self._take_line(events)
        if start and data.endswith(b"\r"):
            self._after_cr = True
        if start < len(data):
            self._line.append(data[start:])
        return events

    def close(self) -> list[bytes]:
        """End of stream: an event that no blank line has ended is dropped, as the grammar says."""
        self._line.clear()
        self._data.clear()
        return []

    def _take_line(self, events: list[bytes]) -> None:
        line = b"".join(self._line)
        self._line.clear()
        if not line:
            if self._data:
                events.append(b"\n".join(self._data))
                self._data.clear()
        elif line.startswith(b"data:"):
            self._data.append(line[6:] if line[5:6] == b" " else line[5:])
