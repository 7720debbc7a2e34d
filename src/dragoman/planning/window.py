"""How long a window Claude Code needs, and which one to set. Lengths are in tokens.

Its first request, with the instructions and the tools, is about 20,000 tokens long. It compacts when a
request has come within its output and 13,000 tokens of the window.
"""

from dataclasses import dataclass

FIRST_REQUEST = 20_000
WANTED = 131_072
LEAST = 65_536
"""Below it, work is interrupted by compactions again and again."""
STARTS = 4_096
"""An engine that holds less is called one that does not fit."""
STEP = 1024
TIGHT = 1.10
ROOMY = 1.3
OUTPUT, MARGIN = 20_000, 13_000


@dataclass(frozen=True, slots=True)
class Agent:
    """What a window means for Claude Code: does its first request fit, and where it compacts (0: never)."""

    window: int
    starts: bool
    compacts_at: int

    @property
    def sentence(self) -> str:
        """For people."""
        if not self.starts:
            return (
                f"Claude Code's first request (about {FIRST_REQUEST:,} tokens) does not fit the window of "
                f"{self.window:,}."
            )
        if not self.compacts_at:
            return (
                f"Claude Code's first request (about {FIRST_REQUEST:,} tokens) fits the window of "
                f"{self.window:,}, but leaves no room to work in before it must compact."
            )
        short = "" if self.window >= LEAST else " Below 64k tokens it compacts again and again."
        return (
            f"Claude Code's first request (about {FIRST_REQUEST:,} tokens) and its compaction "
            f"(at about {self.compacts_at:,}) fit the window of {self.window:,}.{short}"
        )


def agent(window: int) -> Agent:
    """What this window means for Claude Code."""
    at = window - min(OUTPUT, window // 4) - MARGIN
    return Agent(window, window >= FIRST_REQUEST + STARTS, at if at > FIRST_REQUEST else 0)


@dataclass(frozen=True, slots=True)
class Window:
    """The window to expect, and whether it is within 10 % of what fits."""

    tokens: int
    tight: bool


def choose(longest: int, native: int) -> Window:
    """The window for a model of this native context whose cache holds a request of `longest` tokens."""
    if longest >= native:
        return Window(native, longest < native * TIGHT)
    if longest >= WANTED * TIGHT:
        return Window(WANTED, False)
    return Window(max(1, longest // STEP * STEP if longest >= STEP else longest), True)
