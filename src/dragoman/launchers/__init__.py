"""Clients that Dragoman starts: one module each, pure, found by listing this folder.

A module is a `Launcher`: what the client is called, how one gets it, and what it has to know of a gateway.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol


class Launcher(Protocol):
    """`PROGRAM` is looked up on the PATH; variables of `CLEARED` are taken out of its environment."""

    PROGRAM: str
    INSTALL: str
    CLEARED: tuple[str, ...]

    def environment(
        self, url: str, token: str, model: str, window: int | None, no_proxy: str = ""
    ) -> dict[str, str]:
        """The variables that the client needs."""

    def settings(self, variables: Mapping[str, str]) -> str:
        """The same as the client's own settings."""

    def flags(self, window: int | None) -> tuple[str, ...]:
        """Flags that fit the window."""

    def argv(self, given_settings: str, window: int | None, arguments: Sequence[str] = ()) -> list[str]:
        """The command with the user's arguments; settings as text, or the path of a file that holds them."""
