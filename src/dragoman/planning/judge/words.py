"""The values that a start script is read into: words with their places, and how lines were joined."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Shell = Literal["sh", "powershell"]
MARKS: dict[Shell, str] = {"sh": "\\", "powershell": "`"}
"""What continues a line."""

Fault = Literal["", "foreign", "space", "none", "gap"]
"""What is wrong with a joint: the other shell's mark, blanks behind it, none, a comment or an empty line."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word. `text` is what it says without its quotes; `plain`: nothing in it is the shell's to fill in.

    `variable` is the name of the variable that it consists of, if it does.
    """

    raw: str
    text: str
    start: int
    end: int
    line: int
    plain: bool = True
    variable: str = ""


@dataclass(frozen=True, slots=True)
class Joint:
    """Where a command goes on in another line: from the end of one word to the start of the next."""

    start: int
    end: int
    line: int
    fault: Fault = ""


@dataclass(frozen=True, slots=True)
class Redirect:
    """A redirection. `glued`: it stands right behind a word, as in `pip install vllm>=0.7.0`."""

    operator: str
    target: str
    start: int
    end: int
    line: int
    glued: bool = False


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment between the words of a command."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Command:
    """A simple command: everything up to an operator or the end of its lines."""

    words: tuple[Word, ...]
    joints: tuple[Joint, ...] = ()
    redirects: tuple[Redirect, ...] = ()
    comments: tuple[Comment, ...] = ()

    @property
    def start(self) -> int:
        return self.words[0].start

    @property
    def end(self) -> int:
        return self.words[-1].end


@dataclass(frozen=True, slots=True)
class Script:
    """A script: its text with `\\n` as line ends, its commands, and what is assigned to plain variables."""

    shell: Shell
    text: str
    commands: tuple[Command, ...]
    assigned: dict[str, Word]
    windows_lines: bool = False
    lists: Mapping[str, tuple[Word, ...]] = field(default_factory=dict)
    """What stands in a shell's arrays, `NAME=(...)` and `NAME+=(...)` together."""

    @property
    def mark(self) -> str:
        return MARKS[self.shell]

    def meant(self, word: Word) -> Word:
        """The word, or what is assigned to the variable that it consists of."""
        return self.assigned.get(word.variable, word) if word.variable else word
