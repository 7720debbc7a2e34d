"""`dragoman launch CLIENT`: a client with what it has to know of a gateway, in the place of this process."""

import hashlib
import os
import shutil
import sys
from collections.abc import Mapping
from http.client import HTTPException
from typing import TYPE_CHECKING, Annotated, Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, Request, build_opener

import msgspec
import typer

from dragoman.cli import options
from dragoman.cli.shells import Shell, statements, word
from dragoman.model.errors import DragomanError
from dragoman.settings import PORT, is_loopback
from dragoman.turns.route import PREFIX

if TYPE_CHECKING:
    from dragoman.launchers import Launcher, Served

TIMEOUT_S = 10


class CannotLaunch(DragomanError):
    """The client is not there, or the gateway tells nothing of use."""


def launch(
    client: Annotated[str, typer.Argument(metavar="CLIENT", help="The client, such as claude or codex.")],
    arguments: Annotated[
        list[str] | None, typer.Argument(metavar="ARGS", help="What the client gets, after --.")
    ] = None,
    url: Annotated[str, typer.Option(metavar="URL", help="The gateway.")] = f"http://127.0.0.1:{PORT}",
    key: Annotated[str, typer.Option(metavar="KEY", help="The gateway's key. Better: DRAGOMAN_KEY.")] = "",
    model: Annotated[
        str, typer.Option(metavar="NAME", help="Another model than the first that the gateway lists.")
    ] = "",
    print_env: Annotated[
        Shell | None,
        typer.Option(
            metavar="SHELL",
            help="bash, fish or powershell: print the variables for this shell instead of starting it.",
        ),
    ] = None,
) -> int:
    """Start a client, such as Claude Code, with settings that fit the model."""
    from dragoman.settings import check_url

    launcher = find(client)
    url = url.rstrip("/").removesuffix("/v1")
    check_url("--url", url)
    token = options.key_of_client(key)
    served = ask_for(launcher, url, token, model)
    start = launcher.prepare(
        served, arguments or (), lambda text: private_file(client, served.model + url, text)
    )
    if print_env:
        print(*statements(print_env, start.variables, launcher.CLEARED), sep="\n")
        if start.flags:
            print("# Then:", launcher.PROGRAM, *(word(print_env, flag) for flag in start.flags))
        return 0
    program = shutil.which(launcher.PROGRAM)
    if not program:
        raise CannotLaunch(
            f"`{launcher.PROGRAM}` is not on the PATH; install it with `{launcher.INSTALL}`, then try again"
        )
    become(program, list(start.argv), environment(launcher, start.variables))
    return 0


def ask_for(launcher: "Launcher", url: str, token: str, wanted: str) -> "Served":
    """What the gateway serves, by the name that this client asks for."""
    from dragoman.launchers import Served

    model, window = choose(ask_models(url, token), wanted, launcher.PUBLISHED)
    proxies = os.environ.get("NO_PROXY") or os.environ.get("no_proxy") or ""
    return Served(url, model, token, window, proxies)


def find(client: str) -> "Launcher":
    """The launcher of that name, which the folder lists."""
    from typing import cast

    from dragoman import folder, launchers

    try:
        # A module with the attributes of the protocol; tests/cli/test_launch.py goes through all of them.
        return cast("Launcher", folder.load(launchers, client))
    except KeyError:
        known = ", ".join(folder.names(launchers))
        raise CannotLaunch(f"{client!r} is no client that can be started; there are: {known}") from None


def ask_models(url: str, token: str) -> list[dict[str, Any]]:
    """The gateway's models, in Anthropic's shape."""
    headers = {"anthropic-version": "2023-06-01"} | ({"x-api-key": token} if token else {})
    # A proxy cannot reach this machine's loopback; elsewhere it may be the only way.
    proxies = ProxyHandler({}) if is_loopback(urlsplit(url).hostname or "") else ProxyHandler()
    try:
        with build_opener(proxies).open(
            Request(f"{url}/v1/models", headers=headers), timeout=TIMEOUT_S
        ) as reply:
            body = reply.read()
    except HTTPError as error:
        raise CannotLaunch(refused(url, error.code, bool(token))) from None
    except (OSError, HTTPException):
        raise CannotLaunch(
            f"no gateway answers at {url}; start one with `dragoman up` or `dragoman serve`, or see --url"
        ) from None
    try:
        return [model for model in msgspec.json.decode(body)["data"] if isinstance(model["id"], str)]
    except (msgspec.DecodeError, KeyError, TypeError):
        raise CannotLaunch(f"what answers at {url} is no gateway of Dragoman's; see --url") from None


def refused(url: str, status: int, with_key: bool) -> str:
    if status not in (401, 403):
        return f"{url} answered {status} when asked for its models; is this a gateway of Dragoman's?"
    if with_key:
        return f"the gateway at {url} does not accept this key"
    return f"the gateway at {url} wants a key; set DRAGOMAN_KEY, or --key"


def choose(models: list[dict[str, Any]], wanted: str, published: bool) -> tuple[str, int | None]:
    """The model to ask for and its window: the wanted one under the name that suits, else the first."""
    if not models:
        raise CannotLaunch(
            "the gateway knows no model yet, since its engine has not answered; try again soon"
        )
    windows = {model["id"]: model.get("max_input_tokens") for model in models}
    if not wanted:
        suited = (id for id in windows if id.startswith(PREFIX) is published)
        first = next(suited, next(iter(windows)))
        return first, windows[first]
    plain = wanted.removeprefix(PREFIX)
    names = (PREFIX + plain, plain) if published else (plain, PREFIX + plain)
    for name in names:
        if name in windows:
            return name, windows[name]
    raise CannotLaunch(f"the gateway does not list the model {wanted!r}; there are: {', '.join(windows)}")


def environment(launcher: "Launcher", variables: Mapping[str, str]) -> dict[str, str]:
    """Ours for the client: with its variables, and without those that would lead it elsewhere."""
    kept = {name: value for name, value in os.environ.items() if name not in launcher.CLEARED}
    return kept | dict(variables)


def private_file(client: str, about: str, text: str) -> str:
    """A file that only this user can read: a key on the command line would be seen by others."""
    from dragoman.places import state_dir, write_private

    path = state_dir() / "launch" / f"{client}-{hashlib.sha256(about.encode()).hexdigest()[:12]}.json"
    write_private(path, text.encode())
    return str(path)


def become(program: str, argv: list[str], variables: dict[str, str]) -> None:
    """Replace this process, so that signals, the terminal and the exit status are the client's own."""
    sys.stdout.flush()
    sys.stderr.flush()
    if os.name == "posix":
        os.execve(program, argv, variables)
    import subprocess

    raise typer.Exit(subprocess.run([program, *argv[1:]], env=variables, check=False).returncode)
