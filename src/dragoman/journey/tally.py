"""The calls of one reply counted by tool, and what was put right in them. For the counters alone."""

from collections.abc import Collection, Mapping

from dragoman.model.effects import ToolUse


class Tally:
    """Told of each call's start and end and of each repair, in the order of the reply."""

    def __init__(self) -> None:
        self.repairs: dict[str, int] = {}
        """By kind, whatever the tool."""
        self._calls: dict[str, int] = {}
        self._mended: dict[str, dict[str, int]] = {}
        self._last = ""

    def __bool__(self) -> bool:
        return bool(self._calls or self._mended)

    def started(self, name: str) -> None:
        self._last = name

    def ended(self) -> None:
        self._calls[self._last] = self._calls.get(self._last, 0) + 1

    def repaired(self, kind: str, tool: str = "") -> None:
        """Of `tool`, or of the call that is open, or of the one before."""
        self.repairs[kind] = self.repairs.get(kind, 0) + 1
        kinds = self._mended.setdefault(tool or self._last, {})
        kinds[kind] = kinds.get(kind, 0) + 1

    def of(self, offered: Collection[str]) -> Mapping[str, ToolUse]:
        """By the names of the tools on offer; all that a model made up is under the empty name."""
        found: dict[str, ToolUse] = {}
        for name in dict.fromkeys([*self._calls, *self._mended]):
            key = name if name in offered else ""
            known = found.get(key, ToolUse())
            repairs = dict(known.repairs)
            for kind, count in self._mended.get(name, {}).items():
                repairs[kind] = repairs.get(kind, 0) + count
            found[key] = ToolUse(known.calls + self._calls.get(name, 0), repairs)
        return found
