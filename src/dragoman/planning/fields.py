"""Fields of a config.json, read strictly: what is missing or of another type is said, never guessed."""

from collections.abc import Mapping
from typing import Any

Config = Mapping[str, Any]


LARGEST = 1 << 32
"""No size in a config is larger."""


class UnknownConfig(ValueError):
    """The config lacks what a plan needs, or has a layout that is not known; the message says which."""


def number(config: Config, *names: str) -> int:
    """The first of these fields that is there. Raises UnknownConfig."""
    found = optional(config, *names)
    if not found:
        raise UnknownConfig(f"the config lacks {names[0]}; plan guesses no sizes: complete the file")
    return found


def optional(config: Config, *names: str) -> int:
    """As `number`, 0 where none is there. Raises UnknownConfig for what is no number."""
    for name in names:
        value = config.get(name)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LARGEST:
            raise UnknownConfig(f"{name} in the config is {value!r}, where a number is expected")
        return value
    return 0
