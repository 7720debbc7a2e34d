"""Server-sent events as a stage: bytes in, the `data` of each event out.

Follows the WHATWG grammar as far as model servers use it: LF, CRLF or CR, several `data:` lines,
comments skipped, other fields ignored. Each byte is looked at once, however it is cut.
"""


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
        if not data:
            return []
        lines = data.splitlines()
        whole = len(lines) == 2 and not lines[1] and data.endswith(b"\n")
        if whole and not self._line and not self._data and lines[0].startswith(b"data: "):
            return [lines[0][6:]]  # one event and nothing else, as engines send nearly all
        if data.endswith((b"\n", b"\r")):
            self._after_cr = data.endswith(b"\r")
            return self._take(lines)
        rest = lines.pop()
        events = self._take(lines)
        self._line.append(rest)
        return events

    def close(self) -> list[bytes]:
        """End of stream: an event that no blank line has ended is dropped, as the grammar says."""
        self._line.clear()
        self._data.clear()
        return []

    def _take(self, lines: list[bytes]) -> list[bytes]:
        """Lines that are whole, the first of them from where the last feed left it."""
        if self._line and lines:
            lines[0] = b"".join([*self._line, lines[0]])
            self._line.clear()
        events: list[bytes] = []
        for line in lines:
            if line.startswith(b"data:"):
                self._data.append(line[6:] if line[5:6] == b" " else line[5:])
            elif not line and self._data:
                events.append(b"\n".join(self._data))
                self._data.clear()
        return events
