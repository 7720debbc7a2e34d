"""The READMEs are tested: both languages show the same code, and every command in it exists."""

import os
import re
import shlex
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest
import typer.main
import yaml
from typer.core import TyperGroup

from dragoman.litellm import MARKS, translate
from dragoman.settings import Key, Search, Settings, Upstream, check

ROOT = Path(__file__).parent.parent
READMES = ["README.md", "README.zh-CN.md"]
CLIENTS = ["docs/clients.md", "docs/clients.zh-CN.md"]
BOTH = [
    READMES,
    CLIENTS,
    *(
        [f"docs/{path.name}", f"docs/{path.stem}.zh-CN.md"]
        for path in sorted((ROOT / "docs").glob("*.md"))
        if (ROOT / "docs" / f"{path.stem}.zh-CN.md").exists() and path.stem != "clients"
    ),
]
PAGES = [*READMES, "CHANGELOG.md", *(f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md")))]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)#\s]+)")


class Block(NamedTuple):
    language: str
    text: str


def read(page: str) -> str:
    return (ROOT / page).read_text("utf-8")


def blocks(page: str) -> list[Block]:
    return [Block(*match) for match in FENCE.findall(read(page))]


def commands(page: str) -> list[list[str]]:
    """The words of every command: shell blocks line by line, and code within sentences."""
    lines = [line for block in blocks(page) if block.language == "sh" for line in block.text.splitlines()]
    lines += [code for code in INLINE.findall(FENCE.sub("", read(page))) if " " in code or "/" in code]
    split = (shlex.split(line, comments=True) for line in lines if line.count('"') % 2 == 0)
    return [words for words in split if words]


def known(page: str, program: str) -> list[list[str]]:
    found = [words[1:] for words in commands(page) if words[0] == program]
    assert found, f"{page} shows no command of {program}"
    return found


def refusal(arguments: list[str]) -> str | None:
    """Why the command line would not understand these arguments, or None."""
    from dragoman.cli import app

    command = typer.main.get_command(app)
    words = list(arguments)
    while isinstance(command, TyperGroup) and words and not words[0].startswith("-"):
        name = words.pop(0)
        if name not in command.commands:
            return f"no command {name!r}"
        command = command.commands[name]
    options = {
        option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)
    }
    own = words[: words.index("--")] if "--" in words else words
    unknown = [word for word in own if word.startswith("-") and word.partition("=")[0] not in options]
    return f"no option {unknown[0]}" if unknown else None


@pytest.mark.parametrize("pages", BOTH)
def test_both_languages_show_the_same_code_in_the_same_order(pages: list[str]) -> None:
    assert blocks(pages[0]) == blocks(pages[1])


@pytest.mark.parametrize("pages", BOTH)
def test_both_languages_have_the_same_structure(pages: list[str]) -> None:
    english, chinese = (
        [line.split(" ")[0] for line in FENCE.sub("", read(page)).splitlines() if line.startswith(("#", "|"))]
        for page in pages
    )
    assert english == chinese


@pytest.mark.parametrize("page", READMES)
def test_every_script_in_the_readme_is_there_and_can_be_run(page: str) -> None:
    scripts = {words[0] for words in commands(page) if words[0].startswith(("scripts/", ".ci/"))}
    assert {"scripts/up", "scripts/test"} <= scripts
    for script in scripts:
        assert os.access(ROOT / script, os.X_OK), f"{script} is not an executable file"


@pytest.mark.parametrize("page", READMES)
def test_every_option_of_the_test_command_in_the_readme_is_known(
    page: str, pytestconfig: pytest.Config
) -> None:
    for words in known(page, "scripts/test"):
        for option in words:
            assert pytestconfig.getoption(option, default=None) is not None, (
                f"scripts/test does not know {option}"
            )


@pytest.mark.parametrize("page", [*READMES, *CLIENTS])
def test_every_dragoman_command_in_the_page_is_known(page: str) -> None:
    wrong = {" ".join(words): why for words in known(page, "dragoman") if (why := refusal(words))}
    assert not wrong


@pytest.mark.parametrize("page", [*READMES, *CLIENTS])
def test_every_client_that_can_be_launched_is_in_the_page(page: str) -> None:
    from dragoman import folder, launchers

    shown = {words[1] for words in known(page, "dragoman") if words[0] == "launch" and len(words) > 1}
    assert shown == set(folder.names(launchers))


def test_every_field_that_is_left_out_is_in_the_page() -> None:
    from dragoman.wire.openai_chat.request import IGNORED, SAMPLING
    from dragoman.wire.openai_chat.upstream import PASSED

    page = read(CLIENTS[0])
    missing = {name for name in (*IGNORED, *PASSED, *SAMPLING) if f"`{name}`" not in page}
    assert missing <= {"presence_penalty", "frequency_penalty", "repetition_penalty"}


@pytest.mark.parametrize("arguments", ["no-such-command", "serve --no-such-option", "engine no-such-command"])
def test_an_unknown_command_would_be_noticed(arguments: str) -> None:
    assert refusal(arguments.split())


@pytest.mark.parametrize("page", [page for page in PAGES if "```yaml" in read(page)])
def test_every_configuration_in_the_pages_is_accepted(page: str) -> None:
    for block in blocks(page):
        if block.language == "yaml":
            given = yaml.safe_load(block.text)
            check(translate(given)[0] if MARKS & given.keys() else msgspec.convert(given, Settings))


def test_every_setting_is_documented_with_its_default() -> None:
    rows = dict(re.findall(r"^\| `([a-z_.\[\]]+)` \| (.+?) \|", read("docs/settings.md"), re.MULTILINE))
    wanted = {field.name: field.default for field in msgspec.structs.fields(Settings)}
    wanted |= {f"upstreams[].{field.name}": field.default for field in msgspec.structs.fields(Upstream)}
    wanted |= {f"keys[].{field.name}": field.default for field in msgspec.structs.fields(Key)}
    wanted |= {f"search.{field.name}": field.default for field in msgspec.structs.fields(Search)}
    assert sorted(rows) == sorted(wanted)
    for name, default in wanted.items():
        if default and default is not msgspec.NODEFAULT:
            assert rows[name] == f"`{default}`"


@pytest.mark.parametrize("page", PAGES)
def test_every_link_within_the_repository_leads_somewhere(page: str) -> None:
    for target in LINK.findall(read(page)):
        if "://" not in target:
            assert (ROOT / page).parent.joinpath(target).exists(), f"{page} links to {target}"


def test_every_floor_is_in_the_page_on_architecture() -> None:
    from tests.test_architecture import FLOORS

    page = read("docs/architecture.md")
    rows = {
        int(row[0]): set(INLINE.findall(row[1]))
        for row in re.findall(r"^\| (\d) \| ([^|]+) \|", page, re.MULTILINE)
    }
    for name, floor in FLOORS.items():
        if name.isidentifier() and name != "__main__":
            assert name in rows[floor], f"{name} belongs in the row of floor {floor}"


def test_every_metric_is_documented() -> None:
    from dragoman.metrics import Metrics

    page = read("docs/metrics.md")
    for family in Metrics().registry.collect():
        name = f"{family.name}_total" if family.type == "counter" else family.name
        assert f"| `{name}` |" in page, f"{name} belongs in docs/metrics.md"


def test_every_change_to_requests_is_documented() -> None:
    from dragoman.turns.unknown import NOTE

    noted = re.compile(r'notes\.append\(\s*"(\w+)"')
    package = ROOT / "src" / "dragoman"
    sources = [*package.glob("turns/*.py"), *package.glob("journey/*.py")]
    kinds = {kind for path in sources for kind in noted.findall(path.read_text("utf-8"))} | {NOTE}
    assert len(kinds) > 8
    rows = set(
        re.findall(r"^\| `(\w+)` \| ", read("docs/metrics.md").partition("## Changes")[2], re.MULTILINE)
    )
    assert rows == kinds


def test_every_field_that_is_left_out_knowingly_is_documented() -> None:
    from dragoman.wire.anthropic import request as messages
    from dragoman.wire.openai_responses import request as responses

    page = read("docs/metrics.md")
    assert not {name for name in messages.IGNORED | responses.IGNORED if f"`{name}`" not in page}


def test_every_error_is_documented_as_it_is_told() -> None:
    from dragoman.model import errors
    from dragoman.wire import anthropic, openai_chat

    rows = {
        row[0]: row[1:]
        for row in re.findall(
            r"^\| `(\w+)` \| (\d+)[^|]* \| `(\w+)` \| `?(\w+)`? \|", read("docs/errors.md"), re.MULTILINE
        )
    }
    abstract = {errors.DragomanError, errors.ClientError, errors.UpstreamError}
    kinds = {kind for kind in vars(errors).values() if isinstance(kind, type)} - abstract
    concrete = {kind.__name__: kind for kind in kinds if issubclass(kind, errors.DragomanError)}
    assert rows.keys() == concrete.keys()
    for name, kind in concrete.items():
        error = kind.__new__(kind)
        errors.DragomanError.__init__(error, "x")
        vars(error).update(tokens=2, window=1)
        told = msgspec.json.decode(anthropic.encode_error(error, "req_1"))["error"]["type"]
        code = msgspec.json.decode(openai_chat.encode_error(error, "req_1"))["error"]["code"]
        assert rows[name] == (str(anthropic.error_status(error)), told, code or "none"), name
