"""The script for PowerShell: its grammar by tree-sitter; what it hands to Bash, read and run by Bash."""

import base64
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import tree_sitter_powershell
from hypothesis import given, settings
from tree_sitter import Language, Node, Parser

from dragoman.exports import CannotExport
from dragoman.model.deployment import Deployment
from tests.exports.cases import CASES, NODES, ONE, TEXTS, WORDS, check_golden, only
from tests.exports.test_sh import SHELLCHECK, engine_words

PARSER = Parser(Language(tree_sitter_powershell.language()))
LOCAL = {name: each for name, each in CASES.items() if each.nodes == 1}


def test_golden(request: pytest.FixtureRequest) -> None:
    check_golden("ps1", request, cases=LOCAL)


def nodes(below: Node) -> Iterator[Node]:
    yield below
    for child in below.children:
        yield from nodes(child)


def script_within(text: str) -> str:
    """The literal that goes to Bash, as the grammar has it."""
    found = [node for node in nodes(PARSER.parse(text.encode()).root_node) if "verbatim_here" in node.type]
    assert len(found) == 1 and found[0].text
    literal = found[0].text.decode()
    assert literal.startswith("@'\n") and literal.endswith("\n'@")
    return literal[3:-3] + "\n"


@pytest.mark.parametrize("case", LOCAL)
def test_the_grammar_is_powershells(case: str) -> None:
    text = only("ps1", LOCAL[case])
    tree = PARSER.parse(text.encode())
    assert not tree.root_node.has_error
    assert text.isascii()


def test_the_grammar_would_notice_an_error() -> None:
    assert PARSER.parse(b"if (1 { 'x'").root_node.has_error


@pytest.mark.parametrize("case", LOCAL)
def test_what_goes_to_bash_is_good(case: str, tmp_path: Path) -> None:
    (tmp_path / "start.sh").write_text("#!/usr/bin/env bash\n" + script_within(only("ps1", LOCAL[case])))
    for command in (["bash", "-n"], [str(SHELLCHECK), "--exclude", "SC2016"]):
        command.append(str(tmp_path / "start.sh"))
        said = subprocess.run(command, check=False, capture_output=True, text=True)
        assert (said.returncode, said.stdout, said.stderr) == (0, "", "")


@settings(max_examples=40)
@given(TEXTS, TEXTS, WORDS)
def test_whatever_words_say_reaches_the_engine(model: str, name: str, extra: tuple[str, ...]) -> None:
    text = only("ps1", Deployment(model, name, extra=extra))
    assert text.isascii()
    assert not PARSER.parse(text.encode()).root_node.has_error
    words = engine_words(script_within(text))
    assert words[:5] == ["vllm", "serve", model, "--served-model-name", name]
    assert words[len(words) - len(extra) :] == list(extra)


def test_the_command_for_wsl_runs_the_script() -> None:
    """As it stands in the file, with a script of our own."""
    (command,) = re.findall(r"--exec bash -c '([^']*)' \$encoded", only("ps1", ONE))
    script = 'echo "$1 $((1 + 1))"; read -r line; echo "$line"'
    encoded = base64.b64encode(script.encode()).decode()
    shown = subprocess.run(
        ["bash", "-c", command, encoded], input="typed\n", capture_output=True, check=True, text=True
    )
    assert shown.stdout == " 2\ntyped\n"


def test_memory_is_pinned_under_wsl() -> None:
    assert "export VLLM_WSL2_ENABLE_PIN_MEMORY=1\n" in only("ps1", ONE)


def test_several_machines_are_refused() -> None:
    with pytest.raises(CannotExport, match="Several machines"):
        only("ps1", NODES)
