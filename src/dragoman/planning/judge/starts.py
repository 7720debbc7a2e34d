"""A command of a script as a start of vLLM: how it is called, the model, the options with their values."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from dragoman.engines.vllm.flags import Flag, find, spelled
from dragoman.planning.judge.words import Command, Script, Word

Entry = Literal["serve", "module", "image"]
"""`vllm serve`, the module that preceded it, or a container image that holds it."""

_MODULES = ("vllm.entrypoints.openai.api_server", "vllm.entrypoints.api_server")
_CLI_MODULES = ("vllm.entrypoints.cli.main", "vllm")
_IMAGE = re.compile(r"(?:[\w.:-]+/)*[\w.-]*vllm[\w.-]*(?::[\w.-]+)?(?:@sha256:\w+)?")
_LIST = re.compile(r"\"?\$\{(?P<name>[A-Za-z_]\w*)\[[@*]\]\}\"?")
_NEGATIVE = re.compile(r"-\d[\d.]*|-")


@dataclass(frozen=True, slots=True)
class Option:
    """One flag with what it was given.

    `flag` is None where vLLM knows none of this name, or several that begin so: `fits`. `inline` stands
    behind a `=`.
    """

    words: tuple[Word, ...]
    name: str
    values: tuple[Word, ...]
    flag: Flag | None = None
    fits: tuple[str, ...] = ()
    inline: str = ""

    @property
    def line(self) -> int:
        return self.words[0].line

    @property
    def start(self) -> int:
        return self.words[0].start

    @property
    def end(self) -> int:
        return self.words[-1].end


@dataclass(frozen=True, slots=True)
class Start:
    """A start of vLLM. `called` are the words that call it, or a container's image.

    `before` are those in front of them, such as variables, `nohup`, or a container's options. `stray` are
    words that belong to no option, `swallowed` a whole line that a mark at its end makes a part of it.
    `open`: words that only the shell can fill in, and may hold more options.
    """

    command: Command
    entry: Entry
    called: tuple[Word, ...]
    before: tuple[Word, ...]
    model: Word | None
    options: tuple[Option, ...]
    stray: tuple[Word, ...] = ()
    open: tuple[Word, ...] = ()
    swallowed: tuple[Word, ...] = ()

    @property
    def end(self) -> int:
        """Where the command ends, without what it swallowed."""
        words = self.command.words[: len(self.command.words) - len(self.swallowed)]
        return words[-1].end

    def of(self, name: str) -> Option | None:
        """The option of this name that counts, which is the last one."""
        return next((option for option in reversed(self.options) if option.name == name), None)

    def has(self, name: str) -> bool:
        return self.of(name) is not None


def starts(script: Script) -> Iterator[Start]:
    """The starts of vLLM in a script."""
    for command in script.commands:
        if found := _called(command.words):
            entry, first, after = found
            yield _start(command, entry, first, after, script.lists)


def _called(words: Sequence[Word]) -> tuple[Entry, int, int] | None:
    """How vLLM is called, the index of the first word of that, and that of the first word behind it."""
    for at, word in enumerate(words):
        following = [next_.text for next_ in words[at + 1 : at + 4]]
        if _named(word, "vllm") and following[:1] == ["serve"]:
            return "serve", at, at + 2
        if re.fullmatch(r"py(thon[\d.]*)?(\.exe)?", _base(word)) and (found := _module(words, at)):
            return found
        if at > 1 and _is_image(word) and _runs_container(words[:at]):
            return "image", at, at + 1
    return None


def _module(words: Sequence[Word], python: int) -> tuple[Entry, int, int] | None:
    """The same for a module that Python runs, whatever options Python itself has."""
    at = python + 1
    while at < len(words) and words[at].text.startswith("-") and words[at].text != "-m":
        at += 1
    texts = [word.text for word in words[at : at + 3]]
    if texts[:1] == ["-m"] and len(texts) > 1:
        if texts[1] in _MODULES:
            return "module", python, at + 2
        if texts[1] in _CLI_MODULES and texts[2:] == ["serve"]:
            return "serve", python, at + 3
    return None


def _base(word: Word) -> str:
    return word.text.replace("\\", "/").rpartition("/")[2]


def _named(word: Word, name: str) -> bool:
    return _base(word).removesuffix(".exe") == name


def _is_image(word: Word) -> bool:
    text = word.text
    return ("/" in text or "vllm-openai" in text) and _IMAGE.fullmatch(text) is not None


def _runs_container(words: Sequence[Word]) -> bool:
    texts = [_base(word) for word in words]
    return any(text in ("docker", "podman", "nerdctl") for text in texts) and "run" in texts


def _start(
    command: Command, entry: Entry, first: int, after: int, lists: Mapping[str, tuple[Word, ...]]
) -> Start:
    options: list[Option] = []
    loose: list[Word] = []
    rest = _filled(command.words[after:], lists)
    before = command.words[after - 1]
    while rest:
        if _begins_a_line(rest[0], before) and not _is_flag(rest[0]) and (options or loose):
            break
        before = rest[0]
        if _is_flag(rest[0]):
            option, rest = _option(rest)
            options.append(option)
            before = option.words[-1]
        else:
            loose.append(rest.pop(0))
    plain = [word for word in loose if word.plain or word.variable]
    named = next((option for option in reversed(options) if option.name == "--model"), None)
    model = named.values[0] if named and named.values else None
    if entry != "module" and plain and not named:
        model = plain.pop(0)
    return Start(
        command,
        entry,
        command.words[first:after],
        command.words[:first],
        model,
        tuple(options),
        tuple(plain),
        tuple(word for word in loose if not (word.plain or word.variable)),
        tuple(rest),
    )


def _filled(words: Sequence[Word], lists: Mapping[str, tuple[Word, ...]]) -> list[Word]:
    """The words, with those of an array in the place of `"${NAME[@]}"`."""
    filled: list[Word] = []
    for word in words:
        found = _LIST.fullmatch(word.raw)
        filled += lists.get(found["name"], (word,)) if found else (word,)
    return filled


def _begins_a_line(word: Word, before: Word) -> bool:
    """Whether a mark made a line a part of the command that begins with this word."""
    return word.line > before.line and word.start > before.end and word.plain


def _is_flag(word: Word) -> bool:
    return word.raw.startswith("-") and not _NEGATIVE.fullmatch(word.text)


def _option(words: list[Word]) -> tuple[Option, list[Word]]:
    """The option that begins here, and the words behind it."""
    word = words[0]
    found = find(word.text)
    flag = found if isinstance(found, Flag) else None
    fits = () if isinstance(found, Flag) else found
    name = flag.name if flag and "." not in spelled(word.text) else spelled(word.text)
    _, equals, inline = word.text.partition("=")
    if equals:
        at = word.raw.index("=") + 1 if "=" in word.raw else 0
        value = Word(word.raw[at:], inline, word.start + at, word.end, word.line, word.plain)
        return Option((word,), name, (value,), flag, fits, inline), words[1:]
    count = _values(flag, words[1:])
    taken = tuple(words[: 1 + count])
    return Option(taken, name, taken[1:], flag, fits), words[1 + count :]


def _values(flag: Flag | None, words: Sequence[Word]) -> int:
    """How many of the words behind a flag are its values; of an unknown one, all up to the next flag."""
    following = next((at for at, word in enumerate(words) if _is_flag(word)), len(words))
    most = {"": 0, "=": 1, "?": 1, "+": following}[flag.takes] if flag else following
    return min(most, following)
