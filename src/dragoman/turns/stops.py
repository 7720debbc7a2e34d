"""Stop sequences that the engine does not watch for, because it takes only a few: a stage on text.

The reply ends before the sequence, as if the engine itself had stopped there.
"""

from collections.abc import Sequence


class StopWatch:
    """Feed it text; it returns what may be said. `met` is the sequence that ended the reply, once one did."""

    def __init__(self, sequences: Sequence[str]) -> None:
        self.met = ""
        self._sequences = sequences
        self._starts = {sequence[:length] for sequence in sequences for length in range(1, len(sequence))}
        self._longest = max(map(len, sequences)) - 1
        self._held = ""

    def feed(self, text: str) -> str:
        """What of the text so far cannot become a stop sequence any more."""
        if self.met:
            return ""
        text, self._held = self._held + text, ""
        ends = [(at + len(one), at, one) for one in self._sequences if (at := text.find(one)) >= 0]
        if ends:
            _, at, self.met = min(ends)  # the one that is complete first, however the text is cut
            return text[:at]
        for length in range(min(self._longest, len(text)), 0, -1):
            if text[-length:] in self._starts:
                self._held = text[-length:]
                return text[:-length]
        return text

    def close(self) -> str:
        """What was held back, where nothing follows it."""
        held, self._held = self._held, ""
        return held
