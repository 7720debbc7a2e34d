"""Values of parameters, drawn at random: places, paths, commands, dates... in English and Chinese.

`KINDS[kind](rng, chinese)` gives one value. Most are fresh letters or words, so that a model that wants to be
right has to copy them out of the request.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from random import Random

FOLDER = Path(__file__).parent
WORDS = (FOLDER / "words.txt").read_text(encoding="utf-8").split()

LISTS: dict[str, str] = tomllib.loads((FOLDER / "lists.toml").read_text(encoding="utf-8"))

HAN_COMMON = list("".join(LISTS["han_common"].split()))
_GB2312 = [
    bytes([a, b]) for a in range(0xB0, 0xD8) for b in range(0xA1, 0xFF) if not (a == 0xD7 and b > 0xF9)
]
HAN = [pair.decode("gb2312") for pair in _GB2312]

CITIES, COMMANDS = (LISTS[name].strip().split("\n") for name in ("cities", "commands"))
CITIES_ZH, NOUNS_ZH, EXTENSIONS, PROGRAMS, LANGUAGES, LANGUAGES_ZH, SIGNS, SIGNS_ZH, LEVELS, CURRENCIES = (
    LISTS[name].split()
    for name in (
        *("cities_zh", "nouns_zh", "extensions", "programs", "languages", "languages_zh"),
        *("signs", "signs_zh", "levels", "currencies"),
    )
)
CAPITALS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

_ONSETS, _VOWELS = (LISTS[name].split() for name in ("onsets", "vowels"))
_ENDS = ["", "", "", "n", "r", "l", "s", "t", "x", "m", "k", "ck", "nd"]

Value = str | int | float | bool


def pseudo(rng: Random) -> str:
    """A word that no language has."""
    syllables = rng.choice((1, 2, 2, 2, 3))
    return "".join(rng.choice(_ONSETS) + rng.choice(_VOWELS) + rng.choice(_ENDS) for _ in range(syllables))


def word(rng: Random) -> str:
    return pseudo(rng) if rng.random() < 0.5 else rng.choice(WORDS)


def words(rng: Random, count: int) -> str:
    return " ".join(word(rng) for _ in range(count))


def han(rng: Random, count: int = 0) -> str:
    count = count or rng.choice((2, 2, 2, 3, 3, 4))
    if count <= 4 and rng.random() < 0.35:
        return rng.choice(NOUNS_ZH)
    return "".join(rng.choice(HAN_COMMON if rng.random() < 0.7 else HAN) for _ in range(count))


def place(rng: Random, chinese: bool) -> str:
    if chinese:
        return rng.choice(CITIES_ZH) if rng.random() < 0.4 else han(rng, rng.choice((2, 2, 2, 3)))
    choice = rng.random()
    if choice < 0.3:
        return rng.choice(CITIES)
    name = word(rng).capitalize()
    return name if choice < 0.85 else f"{name} {word(rng).capitalize()}"


def person(rng: Random, chinese: bool) -> str:
    if chinese and rng.random() < 0.6:
        return han(rng, rng.choice((2, 3)))
    return word(rng).capitalize() + (f" {word(rng).capitalize()}" if rng.random() < 0.3 else "")


def email(rng: Random, chinese: bool) -> str:
    tail = rng.choice(("", "." + word(rng), str(rng.randint(1, 99))))
    return f"{word(rng)}{tail}@{word(rng)}.{rng.choice(('com', 'org', 'io', 'cn'))}"


def path(rng: Random, chinese: bool) -> str:
    folders = [word(rng) for _ in range(rng.choice((0, 1, 1, 2, 3)))]
    root = rng.choice(LISTS["roots"].split("|"))
    name = (
        rng.choice(("README", "main", "index", "config", "TODO", "test_" + word(rng)))
        if rng.random() < 0.2
        else word(rng)
    )
    if rng.random() < 0.1:
        name += rng.choice("-_") + word(rng)
    ending = "." + rng.choice(EXTENSIONS) if rng.random() < 0.8 else ""
    return root + "".join(folder + "/" for folder in folders) + name + ending


def cmd(rng: Random, chinese: bool) -> str:
    if rng.random() < 0.4:
        return rng.choice(COMMANDS)
    parts = [rng.choice(PROGRAMS) if rng.random() < 0.9 else word(rng)]
    for _ in range(rng.choice((1, 1, 2, 3))):
        choice = rng.randrange(5)
        letters = "".join(rng.choice("alrnhvfq") for _ in range(rng.choice((1, 1, 2))))
        parts.append(
            ("-" + letters, path(rng, False), word(rng), "--" + word(rng), str(rng.randint(0, 99)))[choice]
        )
    return " ".join(parts)


def url(rng: Random, chinese: bool) -> str:
    tail = "".join("/" + word(rng) for _ in range(rng.choice((0, 1, 2))))
    return f"https://{word(rng)}.{rng.choice(('com', 'org', 'dev', 'cn'))}{tail}"


def glob(rng: Random, chinese: bool) -> str:
    pattern = rng.choice(("*.", "**/*.", word(rng) + "*.", "src/**/*."))
    return pattern + rng.choice(EXTENSIONS)


def integer(rng: Random, chinese: bool) -> int:
    choice = rng.random()
    return (
        rng.randint(0, 9)
        if choice < 0.3
        else rng.randint(10, 99)
        if choice < 0.6
        else rng.randint(100, 99999)
    )


def number(rng: Random, chinese: bool) -> int | float:
    if rng.random() < 0.4:
        return rng.choice((rng.randint(1, 99), rng.randint(1, 50) * 10))
    return round(rng.random() * rng.choice((10, 100, 1000)) + 0.1, rng.choice((1, 2)))


def date(rng: Random, chinese: bool) -> str:
    return f"20{rng.randint(10, 39)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}"


def time(rng: Random, chinese: bool) -> str:
    return f"{rng.randint(0, 23):02d}:{rng.randint(0, 59):02d}"


def identifier(rng: Random, chinese: bool) -> str:
    letters = "".join(rng.choice(CAPITALS) for _ in range(rng.choice((1, 2, 3))))
    return letters + rng.choice(("-", "", "_")) + str(rng.randint(10, 99999))


def text(rng: Random, chinese: bool) -> str:
    if chinese:
        return han(rng, rng.randint(5, 10))
    line = words(rng, rng.randint(2, 7))
    return line[0].upper() + line[1:] if rng.random() < 0.2 else line


def term(rng: Random, chinese: bool) -> str:
    if chinese:
        return han(rng, rng.choice((2, 3, 4)))
    name = words(rng, 1 if rng.random() < 0.55 else 2)
    return name.title() if rng.random() < 0.15 else name


def single(rng: Random, chinese: bool) -> str:
    choice = rng.random()
    if chinese and choice < 0.5:
        return han(rng)
    name = word(rng)
    return name if choice < 0.5 else name.capitalize() if choice < 0.7 else identifier(rng, False)


def expression(rng: Random, chinese: bool) -> str:
    line = str(rng.randint(1, 999))
    for _ in range(rng.choice((1, 1, 2))):
        line += rng.choice((" + ", "+", " * ", "*", " - ", "-", "/")) + str(rng.randint(1, 999))
    return line


def currency(rng: Random, chinese: bool) -> str:
    return rng.choice(CURRENCIES) if rng.random() < 0.7 else "".join(rng.choice(CAPITALS) for _ in range(3))


def symbol(rng: Random, chinese: bool) -> str:
    return "".join(rng.choice(CAPITALS) for _ in range(rng.choice((3, 4, 4))))


def _one_of(english: list[str], other: list[str]) -> Callable[[Random, bool], Value]:
    return lambda rng, chinese: rng.choice(other if chinese else english)


KINDS: dict[str, Callable[[Random, bool], Value]] = {
    "place": place,
    "person": person,
    "email": email,
    "path": path,
    "cmd": cmd,
    "url": url,
    "glob": glob,
    "int": integer,
    "num": number,
    "bool": lambda rng, chinese: rng.random() < 0.5,
    "date": date,
    "time": time,
    "id": identifier,
    "text": text,
    "term": term,
    "word": single,
    "expr": expression,
    "cur": currency,
    "sym": symbol,
    "lang": _one_of(LANGUAGES, LANGUAGES_ZH),
    "sign": _one_of(SIGNS, SIGNS_ZH),
    "level": _one_of(LEVELS, LEVELS),
}
# Those that a Chinese request may name in Chinese.
CHINESE_KINDS = frozenset(("place", "term", "text", "person", "word", "lang", "sign"))
