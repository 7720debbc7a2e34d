"""`dragoman config check`: every line of a file, what became of it, and whether it can serve."""

import json
import os
from pathlib import Path

import pytest

from tests.cli.program import dragoman
from tests.cli.test_litellm import GUIDE

FILE = GUIDE.format(url="http://127.0.0.1:8000")
OWN = """
upstreams:
  - url: http://127.0.0.1:8000
    key: s3cret
"""
FOLDER = os.environ.get("DRAGOMAN_TEST_CONFIGS", "")
"""A folder with more of LiteLLM's files that must be taken as they are."""
FILES = sorted(Path(FOLDER).glob("*.yaml")) if FOLDER else []


def write(tmp_path: Path, text: str) -> str:
    file = tmp_path / "some.yaml"
    file.write_text(text, encoding="utf-8")
    return str(file)


def test_line_by_line(tmp_path: Path) -> None:
    done = dragoman(tmp_path, "config", "check", write(tmp_path, FILE), COLUMNS="200")
    assert done.returncode == 0
    rows = [line.split() for line in done.stdout.splitlines() if line[:2].strip().isdigit()]
    assert [int(row[0]) for row in rows] == [4, 4, 6, 7, 8, 9, 11, 11, 12, 13]
    assert rows[1][1:3] == ["warning", "model_list[0].model_name"]
    assert rows[-2][1:3] == ["mended", "general_settings.drop_params"]
    assert done.stdout.rstrip().endswith("It can serve claude-3-5-sonnet-20240620")
    assert "sk-" not in done.stdout
    assert "\x1b" not in done.stdout


def test_for_programs(tmp_path: Path) -> None:
    file = write(tmp_path, FILE)
    said = json.loads(dragoman(tmp_path, "config", "check", file, "--json").stdout)
    assert {name: said[name] for name in ("file", "form", "can_serve", "error", "models")} == {
        "file": file,
        "form": "litellm",
        "can_serve": True,
        "error": None,
        "models": ["claude-3-5-sonnet-20240620"],
    }
    assert said["remarks"][-1]["line"] == 13
    assert {remark["level"] for remark in said["remarks"]} == {"understood", "mended", "warning"}


def test_our_own_form(tmp_path: Path) -> None:
    done = dragoman(tmp_path, "config", "check", write(tmp_path, OWN))
    assert done.returncode == 0
    assert "3  understood  upstreams[0].url  'http://127.0.0.1:8000'" in done.stdout
    assert "s3cret" not in done.stdout


CANNOT: dict[str, tuple[str, dict[str, str], int | None, str]] = {
    "an unknown setting of our own form": (OWN + "kee: 1\n", {}, 5, "kee: there is no such setting"),
    "a variable of our own form": (
        OWN.replace("s3cret", "os.environ/NO"),
        {},
        4,
        "the environment variable NO is not set",
    ),
    "a variable of LiteLLM's form": (
        FILE.replace("sk-1234", "os.environ/NO"),
        {},
        11,
        "general_settings.master_key: the environment variable NO",
    ),
    "no YAML": ("a: [", {}, None, "this is no YAML in line"),
    "no entry that can be served": (FILE.replace("api_base", "api_bas"), {}, 4, "name at least one engine"),
    "a published key beyond loopback": (FILE, {"HOST": "0.0.0.0"}, 4, "published guides"),
}


@pytest.mark.parametrize("name", CANNOT)
def test_a_file_that_cannot_serve(name: str, tmp_path: Path) -> None:
    text, variables, line, said = CANNOT[name]
    file = write(tmp_path, text)
    done = dragoman(tmp_path, "config", "check", file, **variables)
    assert done.returncode == 1
    assert done.stderr == ""
    assert "It cannot serve: " in done.stdout
    found = json.loads(dragoman(tmp_path, "config", "check", file, "--json", **variables).stdout)
    assert not found["can_serve"]
    assert said in found["error"]
    assert found["remarks"][0]["line"] == line


def test_a_line_of_an_included_file_has_that_files_name(tmp_path: Path) -> None:
    (tmp_path / "models.yaml").write_text(FILE)
    done = dragoman(tmp_path, "config", "check", write(tmp_path, "include: [models.yaml]"), COLUMNS="200")
    assert done.returncode == 0
    assert "models.yaml:6  understood  model_list[0].litellm_params.model" in done.stdout


def test_what_a_terminal_would_obey_is_not_shown(tmp_path: Path) -> None:
    file = write(tmp_path, FILE + '"\\e[31mred": 1\n"two\\nlines": 2\n')
    done = dragoman(tmp_path, "config", "check", file)
    assert done.returncode == 0
    assert "\x1b" not in done.stdout


@pytest.mark.skipif(not FILES, reason="DRAGOMAN_TEST_CONFIGS names no folder of further files")
def test_other_peoples_files_can_serve(tmp_path: Path) -> None:
    for file in FILES:
        done = dragoman(tmp_path, "config", "check", str(file))
        assert done.returncode == 0, done.stdout
