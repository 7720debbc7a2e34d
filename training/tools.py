"""Tools that a conversation offers: everyday ones from domains.toml and invented ones with fresh names.

`Tool.schema()` is the tool as the OpenAI API sends it; `Tool.line()` is what the chat template makes of it.
"""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass, field
from random import Random
from typing import Any

from training.values import CAPITALS, FOLDER, LISTS, word, words

VERBS = [tuple(pair.split(":")) for pair in LISTS["verbs"].split()]
PLAIN_NAMES, KINDS_OF_STRINGS = LISTS["parameters"].split(), LISTS["string_kinds"].split()
CHOICE = re.compile(r"\[([^\[\]]*)\]")


def expand(rng: Random, pattern: str) -> str:
    """One reading of a phrase with [a|b] choices."""
    return CHOICE.sub(lambda found: rng.choice(found[1].split("|")), pattern)


@dataclass(frozen=True)
class Parameter:
    name: str
    kind: str
    type: str
    description: str = ""
    required: bool = True

    def line(self) -> str:
        text = (
            self.type + ("" if self.required else "?") + (f" {self.description}" if self.description else "")
        )
        return f"{json.dumps(self.name)}: {json.dumps(text, ensure_ascii=False)}"


@dataclass(frozen=True)
class Domain:
    """What an everyday tool is for, and how it is asked for."""

    index: int
    names: list[str]
    en: str
    zh: str
    parameters: list[list[str]]
    ask_en: list[str]
    ask_zh: list[str]
    extra: list[list[str]] = field(default_factory=list)
    bare_en: list[str] = field(default_factory=list)
    bare_zh: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Tool:
    name: str
    description: str
    parameters: tuple[Parameter, ...]
    # Optional ones that no request mentions.
    extra: tuple[Parameter, ...] = ()
    domain: Domain | None = None
    verb: tuple[str, ...] = ()
    nouns: tuple[str, ...] = ()

    def schema(self) -> dict[str, Any]:
        """As the OpenAI API writes it."""
        every = self.parameters + self.extra
        properties = {
            p.name: {"type": p.type, **({"description": p.description} if p.description else {})}
            for p in every
        }
        required = [p.name for p in every if p.required]
        parameters = {"type": "object", "properties": properties, "required": required}
        function = {"name": self.name, "description": self.description, "parameters": parameters}
        return {"type": "function", "function": function}

    def line(self) -> str:
        """As the chat template shows it to the model."""
        parameters = ", ".join(p.line() for p in self.parameters + self.extra)
        about = (
            f', "description": {json.dumps(self.description, ensure_ascii=False)}' if self.description else ""
        )
        return f'{{"name": {json.dumps(self.name)}{about}, "parameters": {{{parameters}}}}}'


def read_domains() -> list[Domain]:
    tables = tomllib.loads((FOLDER / "domains.toml").read_text(encoding="utf-8"))["domain"]
    return [Domain(index=index, **table) for index, table in enumerate(tables)]


DOMAINS = read_domains()
AGENT = [
    domain
    for domain in DOMAINS
    if domain.names[0] in ("Read", "Write", "Edit", "Bash", "Glob", "Grep", "WebFetch")
]


def everyday(rng: Random, domain: Domain, chinese: bool, plain: bool = False) -> Tool:
    """A domain's tool; `plain`: under its first names, as coding agents offer it."""
    description = expand(rng, domain.zh if chinese else domain.en)
    if rng.random() < 0.4:
        description += "。" if chinese else "."
    if rng.random() < 0.15:
        description = ""
    elif rng.random() < (0.6 if plain else 0.15):
        description += f" {words(rng, rng.randint(3, 12))}."
    parameters = []
    for names, kind, type_, english, other in domain.parameters:
        choices = names.split(",")
        name = choices[0] if plain or rng.random() < 0.5 else rng.choice(choices)
        about = (other if chinese else english) if rng.random() < 0.4 else ""
        parameters.append(Parameter(name, kind, type_, about))
    extra = []
    taken = {p.name for p in parameters}
    for name, kind, type_, english, other in domain.extra:
        if (plain or rng.random() < 0.15) and name not in taken:
            extra.append(Parameter(name, kind, type_, other if chinese else english, required=False))
    if rng.random() < 0.15:
        name = rng.choice(("unit", "lang", "format", "verbose", word(rng)))
        if name not in taken:
            type_ = rng.choice(("string", "string", "boolean", "array", "object"))
            extra.append(Parameter(name, "word", type_, required=False))
    name = domain.names[0] if plain or rng.random() < 0.4 else rng.choice(domain.names)
    return Tool(name, description[:160], tuple(parameters), tuple(extra), domain)


def _styled(rng: Random, parts: list[str]) -> str:
    choice = rng.random()
    if choice < 0.6:
        return "_".join(parts)
    if choice < 0.9:
        first = parts[0] if choice < 0.75 else parts[0].capitalize()
        return first + "".join(part.capitalize() for part in parts[1:])
    return ("-" if choice < 0.97 else ".").join(parts)


def _parts(rng: Random, others: list[Tool]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """A verb and nouns that no other tool has; some share one of the two, so that both must be read."""
    while True:
        verb, nouns = rng.choice(VERBS), tuple(word(rng) for _ in range(rng.choice((1, 1, 2))))
        like = [tool for tool in others if tool.nouns]
        if like and rng.random() < 0.3:
            other = rng.choice(like)
            if rng.random() < 0.4:
                verb = other.verb
            else:
                nouns = other.nouns
        # Two verbs may share a Chinese word.
        if not any(tool.nouns == nouns and tool.verb[1] == verb[1] for tool in like):
            return verb, nouns


def invented(rng: Random, chinese: bool, others: list[Tool]) -> Tool:
    """A tool with fresh words for its name and parameters."""
    verb, nouns = _parts(rng, others)
    unique = not any(tool.nouns == nouns for tool in others)
    name = _styled(rng, [*([] if unique and rng.random() < 0.15 else [verb[0]]), *nouns])
    noun = " ".join(nouns)
    choice = rng.random()
    description = ""
    if choice > 0.25:
        description = (
            verb[1] + noun if chinese else verb[0].capitalize() + rng.choice((" the ", " a ", " ")) + noun
        )
        description += rng.choice(("", "。" if chinese else "."))
    if choice > 0.8:
        description += f" {words(rng, rng.randint(3, 14))}."
    parameters: dict[str, Parameter] = {}
    for _ in range(rng.choice((0, 1, 1, 1, 2, 2, 3))):
        name_ = _parameter_name(rng)
        type_ = rng.choice(("string",) * 6 + ("integer", "integer", "number"))
        kind = {"integer": "int", "number": "num"}.get(type_) or rng.choice(KINDS_OF_STRINGS)
        about = "" if rng.random() < 0.7 else words(rng, rng.randint(1, 4))
        parameters[name_] = Parameter(name_, kind, type_, about[:60], rng.random() < 0.85)
    return Tool(name, description[:160], tuple(parameters.values()), (), None, verb, nouns)


def _parameter_name(rng: Random) -> str:
    choice = rng.random()
    if choice < 0.35:
        return rng.choice(PLAIN_NAMES)
    if choice < 0.75:
        return word(rng)
    if choice < 0.8:
        return rng.choice(CAPITALS).lower()
    return f"{word(rng)}_{rng.choice(('name', 'id', 'key', 'path', 'type', 'size', 'count', 'date'))}"


def toolbox(rng: Random, count: int, invented_share: float, chinese: bool) -> list[Tool]:
    """`count` tools with different names; now and then those of a coding agent."""
    tools: list[Tool] = []
    agent = count >= 2 and invented_share < 1 and rng.random() < 0.15
    domains = rng.sample(AGENT if agent else DOMAINS, len(AGENT if agent else DOMAINS))
    while len(tools) < count:
        if domains and (agent or rng.random() >= invented_share):
            tool = everyday(rng, domains.pop(), chinese, plain=agent)
        else:
            tool = invented(rng, chinese, tools)
        if tool.name not in {other.name for other in tools}:
            tools.append(tool)
    return tools
