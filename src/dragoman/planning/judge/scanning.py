"""Reads a start script of a POSIX shell or of PowerShell into located words, more forgiving than the shells.

Lines that were joined with the other shell's mark, or with none, are still one command here: that is what
their author meant, and what the judge then says is wrong. Heredocs and comments are left alone.
"""

import re

from dragoman.planning.judge.quoting import word_at
from dragoman.planning.judge.words import MARKS, Command, Comment, Fault, Joint, Redirect, Script, Shell, Word

_JOINT = re.compile(r"(?P<mark>[\\`])(?P<space>[ \t]*)(?:\n|\Z)")
_FLAG_AHEAD = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\n)*[ \t]*(?=-{1,2}[A-Za-z])")
_OPERATORS: dict[Shell, re.Pattern[str]] = {
    "sh": re.compile(r"&&|\|\||;;|[;|()]|&(?!>)"),
    "powershell": re.compile(r"&&|\|\||[;|&{}()]"),
}
_HEREDOC = re.compile(r"<<(?P<tabs>-?)[ \t]*(?P<quote>['\"]?)(?P<end>\w+)(?P=quote)")
_REDIRECT = re.compile(r"<<<|\d*(?:>>|>\||>&|<&|<>|>|<)|&>>?|\*>>?")
_BLOCK_COMMENT = re.compile(r"<#.*?(?:#>|\Z)", re.DOTALL)
_ARRAY = re.compile(r"(?P<name>[A-Za-z_]\w*)\+?=\((?P<items>.*)\)", re.DOTALL)
_GAP = re.compile(r"\s+|#[^\n]*|\\\n")
_ASSIGNED = re.compile(r"\$?(?:env:)?(?P<name>[A-Za-z_]\w*)\+?=(?P<value>.*)", re.DOTALL)


def read(text: str, shell: Shell) -> Script:
    """The script that a text holds."""
    lines = text.replace("\r\n", "\n").removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}")
    commands = _Scanner(lines, shell).commands()
    return Script(
        shell, lines, commands, _assignments(commands), "\r\n" in text, _lists(lines, commands, shell)
    )


class _Scanner:
    def __init__(self, text: str, shell: Shell) -> None:
        self._text, self._shell, self._at = text, shell, 0
        self._line = 1
        self._done: list[Command] = []
        self._heredocs: list[tuple[str, bool]] = []
        self._clear()

    def _clear(self) -> None:
        self._words: list[Word] = []
        self._joints: list[Joint] = []
        self._redirects: list[Redirect] = []
        self._comments: list[Comment] = []
        self._pending: tuple[int, int, Fault] | None = None

    def commands(self) -> tuple[Command, ...]:
        while self._at < len(self._text):
            self._step()
        self._end()
        return tuple(self._done)

    def _step(self) -> None:
        text, at = self._text, self._at
        if text[at] in " \t":
            self._move(1)
        elif joint := _JOINT.match(text, at):
            self._join(joint)
        elif text[at] == "\n":
            self._newline()
        elif text[at] == "#" or (self._shell == "powershell" and text.startswith("<#", at)):
            self._comment()
        elif self._shell == "sh" and (heredoc := _HEREDOC.match(text, at)):
            self._heredocs.append((heredoc["end"], bool(heredoc["tabs"])))
            self._move(len(heredoc[0]))
        elif operator := _OPERATORS[self._shell].match(text, at):
            self._end()
            self._move(len(operator[0]))
        elif redirect := _REDIRECT.match(text, at):
            self._redirect(redirect[0])
        else:
            self._word()

    def _move(self, count: int) -> None:
        self._line += self._text.count("\n", self._at, self._at + count)
        self._at += count

    def _word(self) -> None:
        word = word_at(self._text, self._at, self._line, self._shell)
        if self._pending and self._words:
            start, line, fault = self._pending
            self._joints.append(Joint(start, word.start, line, fault))
        self._pending = None
        self._words.append(word)
        self._move(word.end - word.start)

    def _join(self, found: re.Match[str]) -> None:
        fault: Fault = "foreign" if found["mark"] != MARKS[self._shell] else "space" if found["space"] else ""
        if self._words and self._pending is None:
            self._pending = (self._words[-1].end, self._line, fault)
        self._move(len(found[0]))

    def _newline(self) -> None:
        """The end of a command, unless the next line is a flag of vLLM's: then a mark was forgotten."""
        line = self._line
        self._move(1)
        if self._heredocs:
            self._skip_heredocs()
        vllm = any("vllm" in word.text for word in self._words)
        if not vllm or not _FLAG_AHEAD.match(self._text, self._at):
            self._end()
            return
        if self._pending is None:
            self._pending = (self._words[-1].end, line, "none")
        elif not self._pending[2]:
            self._pending = (*self._pending[:2], "gap")

    def _skip_heredocs(self) -> None:
        for end, tabs in self._heredocs:
            while self._at < len(self._text):
                stop = self._text.find("\n", self._at)
                stop = len(self._text) if stop < 0 else stop
                line = self._text[self._at : stop]
                self._move(stop + 1 - self._at)
                if (line.lstrip("\t") if tabs else line) == end:
                    break
        self._heredocs = []

    def _comment(self) -> None:
        start = self._at
        block = _BLOCK_COMMENT.match(self._text, start) if self._text[start] == "<" else None
        stop = block.end() if block else self._text.find("\n", start)
        stop = len(self._text) if stop < 0 else stop
        if self._words:
            self._comments.append(Comment(self._text[start:stop], start, stop))
        self._move(stop - start)

    def _redirect(self, operator: str) -> None:
        start, line = self._at, self._line
        glued = bool(self._words) and self._words[-1].end == start
        self._move(len(operator))
        while self._text[self._at : self._at + 1] in (" ", "\t") and self._at < len(self._text):
            self._move(1)
        target = ""
        if self._text[self._at : self._at + 1] not in ("", "\n"):
            word = word_at(self._text, self._at, self._line, self._shell)
            target = word.raw
            self._move(max(len(target), 1))
        self._redirects.append(Redirect(operator, target, start, self._at, line, glued))

    def _end(self) -> None:
        if self._words:
            last = self._words[-1].end
            comments = tuple(comment for comment in self._comments if comment.start < last)
            self._done.append(
                Command(tuple(self._words), tuple(self._joints), tuple(self._redirects), comments)
            )
        self._clear()


def _assignments(commands: tuple[Command, ...]) -> dict[str, Word]:
    """What is assigned to variables, as words of their own; a variable with two values has none."""
    found: dict[str, Word] = {}
    twice: set[str] = set()
    for command in commands:
        for name, value in _assigned(command):
            if name in found:
                twice.add(name)
            found[name] = value
    return {name: word for name, word in found.items() if name not in twice and word.plain}


def _assigned(command: Command) -> list[tuple[str, Word]]:
    words = command.words
    if len(words) == 3 and words[1].raw == "=" and words[0].raw.startswith("$"):
        return [(words[0].raw[1:].removeprefix("env:"), words[2])]
    some = words[1:] if words[0].raw in ("export", "readonly", "local") else words
    matches = [(word, _ASSIGNED.fullmatch(word.raw)) for word in some]
    if not all(match for _, match in matches):
        return []
    return [
        (match["name"], _part(word, match.start("value")))
        for word, match in matches
        if match and match["value"]
    ]


def _lists(text: str, commands: tuple[Command, ...], shell: Shell) -> dict[str, tuple[Word, ...]]:
    """The words in a shell's arrays."""
    found: dict[str, tuple[Word, ...]] = {}
    for word in (word for command in commands for word in command.words if shell == "sh"):
        if (array := _ARRAY.fullmatch(word.raw)) and word.raw.endswith(")"):
            items = _items(text, word.start + array.start("items"), word.end - 1, shell)
            found[array["name"]] = found.get(array["name"], ()) + items
    return found


def _items(text: str, at: int, end: int, shell: Shell) -> tuple[Word, ...]:
    items: list[Word] = []
    while at < end:
        if gap := _GAP.match(text, at, end):
            at = gap.end()
            continue
        items.append(word_at(text[:end], at, text.count("\n", 0, at) + 1, shell))
        at = items[-1].end
    return tuple(items)


def _part(word: Word, at: int) -> Word:
    """The rest of a word as a word."""
    raw = word.raw[at:]
    whole = word_at(raw, 0, word.line, "sh")
    return Word(
        raw,
        whole.text,
        word.start + at,
        word.end,
        word.line,
        whole.plain and whole.raw == raw,
        whole.variable,
    )
