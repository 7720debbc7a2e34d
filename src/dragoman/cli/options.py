"""Options that several commands share, and what they mean together."""

import os
from pathlib import Path
from typing import Annotated

import typer

from dragoman.cli.screen import warn

Host = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS", help="Listen on this address; any but a loopback one requires a key. [127.0.0.1]"
    ),
]
Port = Annotated[int | None, typer.Option(metavar="N", help="Listen on this port. [4000]")]
Key = Annotated[
    str,
    typer.Option(metavar="KEY", help="The key that clients must send. Better: --key-file, or DRAGOMAN_KEY."),
]
KeyFile = Annotated[
    Path | None, typer.Option(metavar="FILE", help="A file that holds the key that clients must send.")
]
Alias = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME[=MODEL]", help="Another name for a model, the first one by default; repeatable."
    ),
]
Verbose = Annotated[bool, typer.Option("--verbose", help="Log everything.")]


def warn_of_open_keys(**keys: str) -> None:
    """A value on the command line stands in the process list; the name of a variable may."""
    from dragoman.configuration.files import FROM_ENVIRONMENT

    for option, value in keys.items():
        if value and not value.startswith(FROM_ENVIRONMENT):
            name = option.replace("_", "-")
            warn(
                f"--{name} can be seen by other users of this machine in the list of processes; "
                f"--{name} {FROM_ENVIRONMENT}NAME takes it from a variable"
            )


def key_of_client(key: str) -> str:
    """The key that a client sends: the option, else the variable."""
    from dragoman.configuration.files import KEY_VARIABLE, resolve

    warn_of_open_keys(key=key)
    value: str = resolve(key, os.environ, "--key") or os.environ.get(KEY_VARIABLE, "")
    return value
