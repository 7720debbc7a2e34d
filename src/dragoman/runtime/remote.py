"""A command on another machine, over SSH, that ends with the connection, however that ends. Pure.

The far end runs the command below the same leash as here: it holds the connection as its standard input, and
where that closes, it kills everything. SSH itself would leave the command running.
"""

import re
import shlex
from functools import cache
from pathlib import Path, PurePosixPath

from dragoman.engines.vllm import Command
from dragoman.model.errors import DragomanError
from dragoman.runtime import leash

OPTIONS = (
    "-T",
    *("-o", "BatchMode=yes", "-o", "ConnectTimeout=20"),
    # A connection that went silent is closed after a minute, at both ends.
    *("-o", "ServerAliveInterval=15", "-o", "ServerAliveCountMax=4"),
)
HOST = re.compile(r"(?:[A-Za-z0-9_][A-Za-z0-9._-]*@)?[A-Za-z0-9\[][A-Za-z0-9.:\]_-]*")
NOT_FOUND, NOT_REACHED = 127, 255


class BadHost(DragomanError):
    """It is no name or address of a machine."""


def hosts(text: str) -> tuple[str, ...]:
    """`a,b` as machines, the first of which is this one. Raises BadHost."""
    found = tuple(part.strip() for part in text.split(",") if part.strip())
    for host in found:
        if not HOST.fullmatch(host):
            raise BadHost(f"{host!r} is no name or address of a machine")
    if len(found) < 2:
        raise BadHost("name two machines at least, this one first, as in --host-list 10.0.0.1,10.0.0.2")
    if len(set(found)) < len(found):
        raise BadHost("a machine is named twice")
    return found


def address(host: str) -> str:
    """Without the user's name."""
    return host.rpartition("@")[2]


def over_ssh(command: Command, host: str, ssh: str = "ssh") -> Command:
    """The same command on a host; its variables go with it, which the far end's own do not overrule."""
    variables = [f"{name}={value}" for name, value in sorted(command.environment.items())]
    python = command.argv[0]
    words = ["env", *variables, python, "-I", "-S", "-c", _leash(), "0", *command.argv]
    # Compilers that come with the engine's environment are looked up by name.
    path = f'PATH={shlex.quote(str(PurePosixPath(python).parent))}:"$PATH"'
    return Command((ssh, *OPTIONS, "--", host, f"export {path}; exec {shlex.join(words)}"))


@cache
def _leash() -> str:
    return Path(leash.__file__).read_text(encoding="utf-8")


def why(code: int | None, host: str, python: str) -> str:
    """What an exit code means that is SSH's own, or the far shell's."""
    if code == NOT_REACHED:
        return f"SSH could not reach {host}, or lost it; `ssh {host} true` must work without a question"
    if code in (NOT_FOUND, NOT_FOUND - 1):
        return f"{host} has no engine at {python}; run `dragoman engine install` there"
    return ""
