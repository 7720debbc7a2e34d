"""`dragoman launch`: what the client gets, in whose place it runs, and what is said when it cannot."""

import json
import os
import shlex
import signal
import stat
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from dragoman import folder, launchers
from dragoman.cli.launch import CannotLaunch, choose
from dragoman.launchers import Launcher
from dragoman.runtime.supervisor import free_port
from tests.cli.program import Program, dragoman, refusal
from tests.gateway import RunningGateway, gateway_before
from tests.scripted_engine import ScriptedEngine, whole

# Stands for Claude Code: says what it was given, or waits for a signal.
CLIENT = f"""#!{sys.executable}
import json, os, signal, sys
if "wait" in sys.argv:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(9))
    print("waits", os.getpid(), flush=True)
    signal.pause()
print(json.dumps({{"argv": sys.argv[1:], "variables": dict(os.environ)}}))
sys.exit(7)
"""


@pytest.fixture
def path(tmp_path: Path) -> str:
    """A PATH on which there is a client."""
    program = tmp_path / "bin" / "claude"
    program.parent.mkdir()
    program.write_text(CLIENT)
    program.chmod(0o755)
    return f"{program.parent}{os.pathsep}{os.environ['PATH']}"


def test_every_listed_launcher_has_what_a_launcher_has() -> None:
    needed = [name for name in (*vars(Launcher), *Launcher.__annotations__) if not name.startswith("_")]
    for name in folder.names(launchers):
        module: ModuleType = folder.load(launchers, name)
        assert not [attribute for attribute in needed if not hasattr(module, attribute)], name


def test_the_client_gets_the_model_its_window_and_the_users_arguments(
    gateway: RunningGateway, tmp_path: Path, path: str
) -> None:
    done = dragoman(
        *(tmp_path, "launch", "claude", "--url", f"{gateway.url}/v1/", "--", "-p", "a 'b'"),
        PATH=path,
        ANTHROPIC_API_KEY="the-users-own",
        NO_PROXY=".corp",
    )
    assert done.returncode == 7, done.stderr
    assert done.stderr == ""
    given = json.loads(done.stdout)
    variables = given["variables"]
    assert variables["ANTHROPIC_BASE_URL"] == gateway.url
    assert variables["ANTHROPIC_MODEL"] == "anthropic/scripted"
    assert variables["CLAUDE_CODE_MAX_CONTEXT_TOKENS"] == "32768"
    assert variables["NO_PROXY"] == ".corp,127.0.0.1"
    assert "ANTHROPIC_API_KEY" not in variables
    assert given["argv"][:3] == ["--tools", "Bash,Read,Edit,Write", "--settings"]
    assert json.loads(given["argv"][3])["env"]["ANTHROPIC_BASE_URL"] == gateway.url
    assert given["argv"][4:] == ["-p", "a 'b'"]


def test_a_key_is_on_no_command_line(engine: ScriptedEngine, tmp_path: Path, path: str) -> None:
    with gateway_before(engine.url, key="very-secret") as gateway:
        done = dragoman(
            tmp_path, "launch", "claude", "--url", gateway.url, PATH=path, DRAGOMAN_KEY="very-secret"
        )
    given = json.loads(done.stdout)
    assert given["variables"]["ANTHROPIC_AUTH_TOKEN"] == "very-secret"
    assert "very-secret" not in " ".join(given["argv"])
    file = Path(given["argv"][-1])
    assert json.loads(file.read_text())["env"]["ANTHROPIC_AUTH_TOKEN"] == "very-secret"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [entry.name for entry in file.parent.iterdir()] == [file.name]


@pytest.mark.parametrize("name", folder.names(launchers))
def test_no_client_has_the_key_on_its_command_line(name: str, engine: ScriptedEngine, tmp_path: Path) -> None:
    program = tmp_path / "bin" / folder.load(launchers, name).PROGRAM
    program.parent.mkdir()
    program.write_text(CLIENT)
    program.chmod(0o755)
    with gateway_before(engine.url, key="very-secret") as gateway:
        done = dragoman(
            *(tmp_path, "launch", name, "--url", gateway.url, "--", "--an-argument", "hi"),
            PATH=f"{program.parent}{os.pathsep}{os.environ['PATH']}",
            DRAGOMAN_KEY="very-secret",
        )
    given = json.loads(done.stdout)
    assert "very-secret" not in " ".join(given["argv"])
    assert any("very-secret" in value for value in given["variables"].values())
    assert given["argv"][-2:] == ["--an-argument", "hi"]
    for file in (tmp_path / "state").rglob("*.json"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_client_takes_the_place_of_the_launcher(
    gateway: RunningGateway, tmp_path: Path, path: str
) -> None:
    arguments = ("launch", "claude", "--url", gateway.url, "--", "wait")
    with Program(tmp_path, *arguments, variables={"PATH": path}) as running:
        running.wait_for(f"waits {running.process.pid}")
        assert running.end(signal.SIGTERM) == 9


@pytest.mark.parametrize(
    ("shell", "line"),
    [
        ("bash", "export ANTHROPIC_AUTH_TOKEN='my key'"),
        ("fish", "set -gx ANTHROPIC_AUTH_TOKEN 'my key'"),
        ("powershell", "$env:ANTHROPIC_AUTH_TOKEN = 'my key'"),
    ],
)
def test_the_variables_can_be_printed(shell: str, line: str, engine: ScriptedEngine, tmp_path: Path) -> None:
    with gateway_before(engine.url, key="my key") as gateway:
        done = dragoman(
            *(tmp_path, "launch", "claude", "--url", gateway.url, "--print-env", shell), DRAGOMAN_KEY="my key"
        )
    assert done.returncode == 0
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert line in lines
    assert sum("ANTHROPIC_API_KEY" in each for each in lines) == 1
    assert shlex.split(lines[-1]) == ["#", "Then:", "claude", "--tools", "Bash,Read,Edit,Write"]


def test_what_it_says_when_it_cannot(engine: ScriptedEngine, tmp_path: Path) -> None:
    nobody = f"http://127.0.0.1:{free_port()}"
    with gateway_before(engine.url, key="secret") as closed, gateway_before(nobody, wait=False) as empty:
        engine.always(whole({"hello": "world"}), path="/v1/models")
        cases: dict[str, tuple[str, ...]] = {
            "'cloud' is no client that can be started; there are: claude": ("cloud",),
            f"no gateway answers at {nobody}; start one with": ("claude", "--url", nobody),
            "'ftp://a' is no URL": ("claude", "--url", "ftp://a"),
            "wants a key; set DRAGOMAN_KEY, or --key": ("claude", "--url", closed.url),
            "does not accept this key": ("claude", "--url", closed.url, "--key", "wrong"),
            "the gateway knows no model yet": ("claude", "--url", empty.url),
            f"what answers at {engine.url} is no gateway": ("claude", "--url", engine.url),
        }
        for said, arguments in cases.items():
            assert said in refusal(dragoman(tmp_path, "launch", *arguments))


def test_a_client_that_is_not_installed_is_said_with_the_mend(
    gateway: RunningGateway, tmp_path: Path
) -> None:
    said = refusal(dragoman(tmp_path, "launch", "claude", "--url", gateway.url, PATH=str(tmp_path)))
    assert "`claude` is not on the PATH; install it with `npm install -g @anthropic-ai/claude-code`" in said


def test_a_proxy_for_the_world_is_not_asked_for_this_machine(
    gateway: RunningGateway, tmp_path: Path, path: str
) -> None:
    proxy = f"http://127.0.0.1:{free_port()}"
    done = dragoman(
        tmp_path, "launch", "claude", "--url", gateway.url, PATH=path, http_proxy=proxy, HTTP_PROXY=proxy
    )
    assert done.returncode == 7, done.stderr


LISTED: list[dict[str, Any]] = [
    {"id": "anthropic/a", "max_input_tokens": 10},
    {"id": "anthropic/b"},
    {"id": "a", "max_input_tokens": 10},
    {"id": "coder", "max_input_tokens": 20},
]


@pytest.mark.parametrize(
    ("wanted", "published", "plain"),
    [
        ("", ("anthropic/a", 10), ("a", 10)),
        ("a", ("anthropic/a", 10), ("a", 10)),
        ("anthropic/a", ("anthropic/a", 10), ("a", 10)),
        ("anthropic/b", ("anthropic/b", None), ("anthropic/b", None)),
        ("coder", ("coder", 20), ("coder", 20)),
    ],
)
def test_the_name_that_suits_the_client_is_chosen(
    wanted: str, published: tuple[str, int | None], plain: tuple[str, int | None]
) -> None:
    assert (choose(LISTED, wanted, True), choose(LISTED, wanted, False)) == (published, plain)


def test_a_model_that_is_not_listed_is_refused_with_those_that_are() -> None:
    with pytest.raises(
        CannotLaunch, match=r"does not list the model 'c'; there are: anthropic/a, anthropic/b"
    ):
        choose(LISTED, "c", True)
