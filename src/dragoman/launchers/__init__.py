"""Clients that Dragoman starts: one module each, pure, found by listing this folder.

A module is a `Launcher`: what the client is called, how one gets it, and what it has to know of a gateway.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol
from urllib.parse import urlsplit

from msgspec import Struct

PLACEHOLDER = "dragoman"
"""The key where the gateway wants none: without any, most clients ask for a login."""

LARGEST_OUTPUT = 32_000
PATIENCE_MS = 1_800_000
"""How long a client shall wait for a whole reply: a large model on small hardware takes its time."""

Write = Callable[[str], str]
"""Writes a text to a file that only this user can read, and returns its path."""


class Served(Struct, frozen=True):
    """A gateway at `url`, which ends before `/v1`, and the model to ask it for.

    `window` is in tokens, None where unknown; `no_proxy` is what the user's NO_PROXY says.
    """

    url: str
    model: str
    token: str = ""
    window: int | None = None
    no_proxy: str = ""

    def direct(self) -> dict[str, str]:
        """The user's NO_PROXY with the gateway added, since a proxy cannot reach it."""
        hosts = ",".join(filter(None, (self.no_proxy, urlsplit(self.url).hostname)))
        return {"NO_PROXY": hosts, "no_proxy": hosts}


class Start(Struct, frozen=True):
    """The command with the user's arguments, and the variables that it needs.

    `flags` is what one who sets the variables by hand types after the client's name.
    """

    variables: Mapping[str, str]
    argv: Sequence[str]
    flags: Sequence[str] = ()


class Launcher(Protocol):
    """`PROGRAM` is looked up on the PATH; variables of `CLEARED` are taken out of its environment.

    `PUBLISHED`: it asks for a model by the name `anthropic/...`, else by the engine's own.
    """

    PROGRAM: str
    INSTALL: str
    CLEARED: tuple[str, ...]
    PUBLISHED: bool

    def prepare(self, served: Served, arguments: Sequence[str], write: Write) -> Start:
        """How the client is started, without a change to the user's own settings of it."""


def largest_output(window: int) -> int:
    """Tokens of one reply: an eighth of the window, which is 4096 of 32k, 8192 of 64k, 16384 of 128k."""
    return min(max(window // 8, 1), LARGEST_OUTPUT)
