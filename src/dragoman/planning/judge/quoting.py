"""One word of a script, with its quotes; and a value as a word. Both shells, by their own rules."""

import re

from dragoman.planning.judge.words import Shell, Word

_STOPS: dict[Shell, str] = {"sh": " \t\n;|&()<>", "powershell": " \t\n;|&(){}<>"}
_VARIABLE = re.compile(r"\"?\$(?:\{(?P<braced>[A-Za-z_]\w*)\}|(?P<plain>[A-Za-z_]\w*))\"?")
_MARK = re.compile(r"[\\`][ \t]*(?:\n|\Z)")
_SAFE = re.compile(r"[\w@%+=:,./-]+")
_HERE_STRING = re.compile(r"@(['\"])\n.*?(?:\n\1@|\Z)", re.DOTALL)


def word_at(text: str, start: int, line: int, shell: Shell) -> Word:
    """The word that begins at `start`; at least one character."""
    read = _Reader(text, start, shell)
    end = max(read.end(), start + 1)
    raw = text[start:end]
    found = _VARIABLE.fullmatch(raw)
    variable = (found["braced"] or found["plain"]) if found else ""
    return Word(raw, "".join(read.said) if read.said else raw, start, end, line, read.plain, variable)


def quoted(value: str, shell: Shell) -> str:
    """A value as a word that says just this."""
    if _SAFE.fullmatch(value) and not (shell == "powershell" and value.startswith("@")):
        return value
    return "'" + value.replace("'", "'\\''" if shell == "sh" else "''") + "'"


class _Reader:
    """Goes through one word. `said` is its value in pieces."""

    def __init__(self, text: str, start: int, shell: Shell) -> None:
        self._text, self._at, self._shell = text, start, shell
        self._start = start
        self._escape = "\\" if shell == "sh" else "`"
        self.said: list[str] = []
        self.plain = True

    def end(self) -> int:
        text = self._text
        while self._at < len(text):
            char = text[self._at]
            if char in "\\`" and self._at > self._start and _MARK.match(text, self._at):
                break
            if char == "(" and self._opens_list():
                self._balanced()
            elif char in _STOPS[self._shell]:
                break
            elif char in "'\"":
                self._string(char)
            elif char == "@" and (here := _HERE_STRING.match(text, self._at)):
                self._take(here.end() - self._at, plain=False)
            elif char == self._escape:
                self.said.append(text[self._at + 1 : self._at + 2])
                self._at += 2
            elif char in "$`":
                self._expansion(char)
            else:
                self._take(1)
        self._at = min(self._at, len(text))
        return self._at

    def _take(self, count: int, plain: bool = True) -> None:
        self.said.append(self._text[self._at : self._at + count])
        self._at += count
        self.plain = self.plain and plain

    def _opens_list(self) -> bool:
        """`NAME=(` of a shell, `@(` of PowerShell."""
        return self._at > self._start and self._text[self._at - 1] in "=@$"

    def _balanced(self) -> None:
        closing = {"(": ")", "{": "}"}[self._text[self._at]]
        opening, depth, at = self._text[self._at], 0, self._at
        while at < len(self._text):
            depth += {opening: 1, closing: -1}.get(self._text[at], 0)
            at += 1
            if not depth:
                break
        self._take(at - self._at, plain=False)

    def _expansion(self, char: str) -> None:
        follows = self._text[self._at + 1 : self._at + 2]
        if char == "$" and follows and follows in "({":
            self._take(1, plain=False)
            self._balanced()
        elif char == "`":
            stop = self._text.find("`", self._at + 1)
            self._take((stop + 1 if stop > 0 else len(self._text)) - self._at, plain=False)
        else:
            self._take(1, plain=not (follows.isalnum() or follows in "_@*#?$"))

    def _doubled(self, at: int) -> bool:
        """A quote that stands for itself, in PowerShell."""
        return self._shell == "powershell" and self._text[at : at + 2] == self._text[at] * 2

    def _string(self, quote: str) -> None:
        """A quoted part, to its end or the text's."""
        text, at = self._text, self._at + 1
        while at < len(text) and (text[at] != quote or self._doubled(at)):
            if text[at] == quote:
                self.said.append(quote)
                at += 2
                continue
            if quote == '"' and text[at] == self._escape and at + 1 < len(text):
                kept = text[at] if self._shell == "sh" and text[at + 1] not in '"\\$`\n' else ""
                self.said.append(kept + text[at + 1])
                at += 2
                continue
            if quote == '"' and text[at] in ("$", "`" if self._shell == "sh" else "$"):
                self.plain = False
            self.said.append(text[at])
            at += 1
        self.said.append("")
        self._at = at + 1
