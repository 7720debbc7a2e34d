"""One text as one word of a file's grammar, whatever it holds but NUL. Each word stays on one line."""

import re

PLAIN = re.compile(r"[\w%+./:=@-]+", re.ASCII)
"""Words that Bash takes as they are; none stands first in a command, where `=` would mean something."""

_SYSTEMD_PLAIN = re.compile(r"[\w+,./:=@-]+", re.ASCII)


def bash(text: str, ascii_only: bool = False) -> str:
    """A word of Bash. What does not print, or is not ASCII where only that is safe, becomes bytes."""
    if PLAIN.fullmatch(text):
        return text
    if text.isprintable() and (text.isascii() or not ascii_only):
        return "'" + text.replace("'", "'\"'\"'") + "'"
    return "$'" + "".join(_ansi_c(character, ascii_only) for character in text) + "'"


def _ansi_c(character: str, ascii_only: bool) -> str:
    if character in "\\'":
        return f"\\{character}"
    if character.isprintable() and (character.isascii() or not ascii_only):
        return character
    return "".join(f"\\x{byte:02x}" for byte in character.encode())


def systemd(text: str) -> str:
    """A word of `ExecStart=` and the like: C escapes in double quotes, `%` and `$` doubled."""
    if _SYSTEMD_PLAIN.fullmatch(text):
        return text
    return '"' + "".join(map(_systemd_character, text)) + '"'


def _systemd_character(character: str) -> str:
    if character in "%$":
        return character * 2
    if character in '\\"':
        return f"\\{character}"
    if character.isprintable():
        return character
    return "".join(f"\\x{byte:02x}" for byte in character.encode())


def systemd_setting(name: str, value: str) -> str:
    """An assignment of `Environment=`, in which `$` has no meaning."""
    return systemd(f"{name}={value}").replace("$$", "$")


def dollars(text: str) -> str:
    """For Compose and for the arguments of a Kubernetes container: both would replace what follows a `$`."""
    return text.replace("$", "$$")


def go_template(text: str) -> str:
    """For what is read as a template of Go's before it is used, as KServe does."""
    return text.replace("{{", "{{`{{`}}")


def remark(text: str, ascii_only: bool = False) -> str:
    """Text for a comment: it stays on its line."""
    return "".join(
        character if character.isprintable() and (character.isascii() or not ascii_only) else "?"
        for character in text
    )


def label(text: str) -> str:
    """A name that all systems take: lower-case letters, digits and single hyphens, a letter first."""
    words = re.sub(r"[^a-z0-9]+", "-", text.rpartition("/")[2].lower()).strip("-")
    if not words or not words[0].isalpha():
        words = f"model-{words}".rstrip("-")
    return words[:40].rstrip("-")
