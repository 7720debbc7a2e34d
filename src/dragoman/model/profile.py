"""What differs between model families, as data: one file per family under `profiles/`.

Sources of the values: the families' chat templates and model cards, and vLLM's parsers.
"""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Literal

from msgspec import Struct

Ids = Literal["any", "kimi", "mistral"]
"""Forms of tool call ids: as they are, `functions.NAME:IDX`, nine letters and digits."""


class Profile(Struct, frozen=True, forbid_unknown_fields=True):
    """A family of models.

    `names` are patterns on the last part of a model's name, in lower case; the longest that fits wins.
    """

    family: str = "unknown"
    names: tuple[str, ...] = ()
    tool_format: str = "auto"
    """The format of `toolcalls` in which the family writes its calls."""
    tool_parser: str = ""
    """vLLM's `--tool-call-parser` for it."""
    reasoning_parser: str = ""
    """vLLM's `--reasoning-parser` for it; empty: it does not think, or its thoughts stay in the text."""
    thinking: Literal["never", "always", "switch"] = "never"
    """Whether it thinks: never, always, or as `thinking_switch` says."""
    opened_by_prompt: bool = False
    """Where it thinks, the prompt ends inside the open thinking tag."""
    thinking_switch: str = "enable_thinking"
    """The variable of the chat template that switches thinking on and off."""
    efforts: tuple[str, ...] = ()
    """The values of `reasoning_effort` that its template takes; none: it is not sent."""
    ids: Ids = "any"
    """The form of tool call ids that its template insists on."""


UNKNOWN = Profile()


def choose(profiles: Iterable[Profile], *names: str) -> Profile:
    """The profile for the first of these names that any of them fits, such as an id and a root."""
    known = tuple(profiles)
    for name in names:
        last = name.rstrip("/").rpartition("/")[2].lower()
        fits = [(len(p), profile) for profile in known for p in profile.names if fnmatchcase(last, p)]
        if fits:
            return max(fits, key=lambda fit: fit[0])[1]
    return UNKNOWN
