"""One start of vLLM as the rules see it: its options by name, what is known of the model, and edits to it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from dragoman.model.profile import UNKNOWN, Profile, choose
from dragoman.planning import catalogue
from dragoman.planning.architecture import Architecture
from dragoman.planning.fields import UnknownConfig
from dragoman.planning.judge.finding import Edit
from dragoman.planning.judge.quoting import quoted
from dragoman.planning.judge.starts import Option, Start
from dragoman.planning.judge.words import Script, Word
from dragoman.planning.quantization import Scheme
from dragoman.planning.reading import read

_FOLDERS = ("/", "./", "../", "~", "\\")
_BETWEEN = re.compile(r"(?:\s|[\\`][ \t]*\n|#[^\n]*)*")
"""What may stand between two words of one command."""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What is known beforehand: families, and the table of models."""

    profiles: Sequence[Profile] = ()
    models: Sequence[catalogue.Model] = ()


@dataclass(frozen=True)
class Case:
    """A start, its script, and what is known."""

    script: Script
    start: Start
    knowledge: Knowledge

    def option(self, name: str) -> Option | None:
        return self.start.of(name)

    def value(self, name: str) -> str:
        """The value of an option; empty where it is not given, or only the shell knows it."""
        option = self.start.of(name)
        if option is None or not option.values:
            return ""
        word = self.script.meant(option.values[0])
        return word.text if word.plain else ""

    @cached_property
    def model_word(self) -> Word | None:
        """The word that names the model, which may stand in an assignment."""
        return self.script.meant(self.start.model) if self.start.model else None

    @property
    def model(self) -> str:
        """The model's id or folder; empty where only the shell knows it."""
        word = self.model_word
        return word.text if word and word.plain else ""

    @property
    def renamed(self) -> bool:
        """Whether the mended script serves a checkpoint of another name."""
        return self.wanted is not None and self.wanted.checkpoint.id.lower() != self.model.lower()

    @property
    def model_raw(self) -> str:
        """The model as a word of the mended command."""
        own, word, wanted = self.start.model, self.model_word, self.wanted
        if own is None or word is None:
            return ""
        if wanted is None or not self.renamed or word is not own:
            return own.raw
        return self.replace(word, wanted.checkpoint.id).text

    @cached_property
    def resolved(self) -> catalogue.Resolved | None:
        return catalogue.resolve(self.model, self.knowledge.models) if self.model else None

    @property
    def misnamed(self) -> bool:
        """Whether the model's name is one that no hub has, and what is meant is known.

        A folder may be called as it likes, and so may another publisher's checkpoint.
        """
        found, name = self.resolved, self.model
        if found is None or name.startswith(_FOLDERS):
            return False
        if "/" not in name:
            return True
        return not found.exact and any(_owner(c.checkpoint.id) == _owner(name) for c in found.choices)

    @cached_property
    def wanted(self) -> catalogue.Choice | None:
        """The checkpoint to serve: of a name that is no checkpoint's own, the publisher's FP8."""
        found = self.resolved
        if found is None or not (found.exact or self.misnamed):
            return None
        ids = {choice.checkpoint.id.lower(): choice for choice in found.choices}
        own = ids.get(self.model.lower())
        candidates = found.choices if own is None else _siblings(own)
        fp8 = next((choice for choice in candidates if _is_fp8(choice)), None)
        online = self.value("--quantization").startswith("fp8")
        if own is None:
            return fp8 or found.choices[0]
        return fp8 if online and fp8 and not own.checkpoint.config.get("quantization_config") else own

    @property
    def profile(self) -> Profile:
        names = [self.wanted.checkpoint.id] if self.misnamed and self.wanted else []
        return choose(self.knowledge.profiles, *names, self.model) if self.model else UNKNOWN

    @cached_property
    def architecture(self) -> Architecture | None:
        shaped = self.wanted or (self.resolved.choices[0] if self.resolved else None)
        try:
            return read(shaped.checkpoint.config) if shaped else None
        except UnknownConfig:
            return None

    @cached_property
    def scheme(self) -> Scheme | None:
        if self.wanted is None or self.architecture is None:
            return None
        try:
            return catalogue.scheme_of(self.wanted, self.architecture)
        except UnknownConfig:
            return None

    def quoted(self, value: str) -> str:
        return quoted(value, self.script.shell)

    def drop(self, option: Option) -> Edit:
        """The option taken out, with what joins it to the word before."""
        return Edit(self.before(option.start), option.end)

    def before(self, place: int) -> int:
        """Where the word before a place ends."""
        words = [*self.start.command.words, *(word for o in self.start.options for word in o.words)]
        found = max((word.end for word in words if word.end <= place), default=place)
        return found if _BETWEEN.fullmatch(self.script.text, found, place) else place

    def replace(self, word: Word, value: str) -> Edit:
        """Another value in the place of a word, in its quotes where it has any."""
        quote = word.raw[:1] if word.raw[:1] in "'\"" and word.raw.endswith(word.raw[:1]) else ""
        return Edit(word.start, word.end, f"{quote}{value}{quote}" if quote else self.quoted(value))

    def set(self, option: Option, value: str) -> Edit:
        """Another value of an option, in the same spelling."""
        return self.replace(self.script.meant(option.values[0]), value)


def _owner(id: str) -> str:
    return id.partition("/")[0].lower()


def _siblings(own: catalogue.Choice) -> tuple[catalogue.Choice, ...]:
    return catalogue.choices(own.model) if own.model else (own,)


def _is_fp8(choice: catalogue.Choice) -> bool:
    config = choice.checkpoint.config.get("quantization_config")
    return isinstance(config, dict) and config.get("quant_method") == "fp8" and not choice.community
