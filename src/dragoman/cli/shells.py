"""Variables as statements of a shell, quoted so that nothing in a value means anything to it."""

import re
import shlex
from collections.abc import Iterable, Mapping
from enum import StrEnum

PLAIN = re.compile(r"[\w+:./-]+", re.ASCII)
"""Words that no shell takes for anything else; PowerShell makes a list of one with a comma."""


class Shell(StrEnum):
    """The shells that are known."""

    BASH = "bash"
    FISH = "fish"
    POWERSHELL = "powershell"


def statements(shell: Shell, variables: Mapping[str, str], cleared: Iterable[str]) -> list[str]:
    """What the shell runs to set the variables, and to take the cleared ones away."""
    return [*(clear(shell, name) for name in cleared), *(set_(shell, *pair) for pair in variables.items())]


def word(shell: Shell, text: str) -> str:
    """One word of a command, quoted where it has to be."""
    if PLAIN.fullmatch(text):
        return text
    match shell:
        case Shell.BASH:
            return shlex.quote(text)
        case Shell.FISH:
            return fish_quoted(text)
        case Shell.POWERSHELL:
            return powershell_quoted(text)


def clear(shell: Shell, name: str) -> str:
    match shell:
        case Shell.BASH:
            return f"unset {name}"
        case Shell.FISH:
            return f"set -e {name}"
        case Shell.POWERSHELL:
            return f"Remove-Item Env:{name} -ErrorAction SilentlyContinue"


def set_(shell: Shell, name: str, value: str) -> str:
    match shell:
        case Shell.BASH:
            return f"export {name}={shlex.quote(value)}"
        case Shell.FISH:
            return f"set -gx {name} {fish_quoted(value)}"
        case Shell.POWERSHELL:
            return f"$env:{name} = {powershell_quoted(value)}"


def fish_quoted(value: str) -> str:
    """In single quotes fish knows two escapes, of the backslash and of the quote."""
    return "'" + re.sub(r"([\\'])", r"\\\1", value) + "'"


def powershell_quoted(value: str) -> str:
    """In single quotes PowerShell knows a doubled quote only, and four typographic ones count as quotes."""
    return "'" + re.sub("(['\u2018\u2019\u201a\u201b])", r"\1\1", value) + "'"
