"""Whole scripts: what is found, line by line, and that the mended one has nothing left to mend."""

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman import folder
from dragoman.planning.judge.case import Knowledge
from dragoman.planning.judge.finding import Judgement
from dragoman.planning.judge.judging import Unjudgeable, judge

GUIDES = Path(__file__).parents[4].joinpath("shared", "data", "guides")

OLD_SH = """\
#!/bin/sh
# Two cards.
pip install vllm>=0.7.0
python -m vllm.entrypoints.openai.api_server \\
  --model Qwen/Qwen3-30B-A3B-Instruct \\
  --trust-remote-code \\
  --tensor-parallel-size 2 \\
  --gpu-memory-utilization 0.97 \\
  --max-model-len 16384 \\
  --enable-auto-tool-choice
"""
OLD_SH_MENDED = """\
#!/bin/sh
# Two cards.
pip install "vllm>=0.7.0"
vllm serve Qwen/Qwen3-30B-A3B-Instruct-2507-FP8 \\
  --tensor-parallel-size 2 \\
  --max-model-len auto \\
  --enable-auto-tool-choice \\
  --served-model-name Qwen/Qwen3-30B-A3B-Instruct \\
  --tool-call-parser hermes \\
  --host 127.0.0.1
"""
MIXED_PS1 = """\
$env:NCCL_DEBUG = "WARN"
wsl -e vllm serve Qwen/Qwen3-Coder-30B-A3B-Instruct `
  --host 127.0.0.1 \\
  --max-model-len 65536 `
  --enable-auto-tool-choice --tool-call-parser qwen3_coder
"""
MIXED_PS1_MENDED = MIXED_PS1.replace("127.0.0.1 \\", "127.0.0.1 `")

# What the guides' scripts hold: line, verdict, rule. They are not part of the repository.
BEGINNER = [
    (1, "outdated", "old-entry"),
    (2, "wrong", "model-id"),
    (3, "right", "remark"),
    (4, "outdated", "remote-code"),
    (5, "right", "layout"),
    (6, "risky", "memory-share"),
    (7, "wrong", "window"),
    (8, "wrong", "auto-without-parser"),
    (9, "outdated", "quantization"),
    (10, "right", "remark"),
    (0, "missing", "tool-parser"),
    (0, "missing", "exposed"),
]
PRACTITIONER = [
    (2, "outdated", "old-entry"),
    (2, "wrong", "windows"),
    (3, "wrong", "model-id"),
    (4, "outdated", "remote-code"),
    (5, "right", "layout"),
    (6, "risky", "memory-share"),
    (7, "wrong", "line-joints"),
    (7, "wrong", "window"),
    (8, "wrong", "line-joints"),
    (8, "right", "auto-tools"),
    (9, "right", "tool-parser"),
    (10, "wrong", "line-joints"),
    (10, "outdated", "quantization"),
    (11, "right", "remark"),
    (0, "missing", "served-name"),
    (0, "missing", "exposed"),
]
BEGINNER_MENDED = """\
vllm serve Qwen/Qwen3-235B-A22B-Instruct-2507-FP8 \\
    --served-model-name Qwen/Qwen3-235B-A22B-Instruct \\
    --tensor-parallel-size 4 \\
    --max-model-len auto \\
    --enable-auto-tool-choice \\
    --port 8000 \\
    --tool-call-parser hermes \\
    --host 127.0.0.1
"""
PRACTITIONER_MENDED = """\
wsl -e vllm serve Qwen/Qwen3-235B-A22B-Instruct-2507-FP8 `
    --tensor-parallel-size 4 `
    --max-model-len auto `
    --enable-auto-tool-choice `
    --tool-call-parser hermes `
    --port 8000 `
    --served-model-name Qwen/Qwen3-235B-A22B-Instruct `
    --host 127.0.0.1
"""


def judged(text: str, name: str) -> Judgement:
    return judge(text, name, Knowledge(folder.profiles(), folder.models()))


def outcome(found: Judgement) -> list[tuple[int, str, str]]:
    return [(finding.line, finding.verdict, finding.rule) for finding in found.findings]


def check_mended(found: Judgement, name: str) -> None:
    """It is a script of its shell, and is judged to be right but for risks."""
    again = judged(found.mended, name)
    assert {finding.verdict for finding in again.findings} <= {"right", "risky"}
    assert again.mended == found.mended or any(f.verdict == "risky" for f in again.findings)
    if found.script.shell == "sh":
        bash = shutil.which("bash")
        assert bash
        result = subprocess.run([bash, "-n"], input=found.mended.encode(), capture_output=True, check=False)
        assert (result.returncode, result.stderr) == (0, b"")
    else:
        check_powershell(found.mended)


def check_powershell(text: str) -> None:
    grammar = pytest.importorskip("tree_sitter_powershell")
    tree_sitter = pytest.importorskip("tree_sitter")
    parser = tree_sitter.Parser(tree_sitter.Language(grammar.language()))
    assert not parser.parse(text.encode()).root_node.has_error


def test_an_old_shell_script_is_judged_and_mended() -> None:
    found = judged(OLD_SH, "start.sh")
    assert outcome(found) == [
        (3, "wrong", "version-is-redirection"),
        (4, "outdated", "old-entry"),
        (5, "wrong", "model-id"),
        (6, "outdated", "remote-code"),
        (7, "right", "layout"),
        (8, "risky", "memory-share"),
        (9, "wrong", "window"),
        (10, "wrong", "auto-without-parser"),
        (0, "missing", "served-name"),
        (0, "missing", "tool-parser"),
        (0, "missing", "exposed"),
    ]
    assert found.mended == OLD_SH_MENDED
    check_mended(found, "start.sh")


def test_marks_of_both_shells_in_powershell_are_judged_and_mended() -> None:
    found = judged(MIXED_PS1, "start.ps1")
    assert [each for each in outcome(found) if each[1] != "right"] == [(3, "wrong", "line-joints")]
    assert found.mended == MIXED_PS1_MENDED
    check_mended(found, "start.ps1")


@pytest.mark.skipif(not GUIDES.is_dir(), reason="the guides are not here")
@pytest.mark.parametrize(
    ("name", "expected", "mended"),
    [
        ("start_vllm.beginner.sh", BEGINNER, BEGINNER_MENDED),
        ("start_vllm.practitioner.ps1", PRACTITIONER, PRACTITIONER_MENDED),
    ],
)
def test_the_guides_scripts_are_judged_and_mended(
    name: str, expected: list[tuple[int, str, str]], mended: str
) -> None:
    found = judged(GUIDES.joinpath(name).read_text("utf-8"), name)
    assert outcome(found) == expected
    assert found.mended.endswith(mended)
    check_mended(found, name)


def test_of_two_starts_each_is_told_what_it_misses() -> None:
    found = judged("vllm serve a --host ::1\nvllm serve b --port 1\n", "a.sh")
    assert [finding.says[:17] for finding in found.findings if not finding.line] == ["(line 2) --host 1"]


# Text and name -> what is said of it.
REFUSED: dict[str, tuple[str, str, str]] = {
    "nothing": ("", "a.sh", "a.sh is empty"),
    "blanks": (" \n\n", "a.sh", "a.sh is empty"),
    "no vLLM": ("echo hello", "a.sh", "nothing in a.sh starts vLLM"),
    "vLLM within quotes": ('bash -c "vllm serve m"', "a.sh", "vLLM is started within quotes in a.sh"),
    "vLLM only in a comment": ("# vllm serve m", "a.sh", "nothing in a.sh starts vLLM"),
    "another interpreter": ("#!/usr/bin/env python3\nvllm serve", "a", "a is for another interpreter"),
    "YAML": ("vllm: {}", "compose.yaml", "compose.yaml is a YAML file"),
    "Windows' cmd": ("vllm serve m ^", "a.bat", "a.bat is a script of Windows' cmd"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_start_script_is_refused_with_the_reason(case: str) -> None:
    text, name, reason = REFUSED[case]
    with pytest.raises(Unjudgeable, match=reason):
        judged(text, name)


@pytest.mark.parametrize(
    ("text", "shell"),
    [
        ("vllm serve m", "sh"),
        ("vllm serve m \\\n --port 1", "sh"),
        ("vllm serve m `\n --port 1", "powershell"),
        ("$x = 1\nvllm serve m", "powershell"),
        ("#!/usr/bin/env pwsh\nvllm serve m", "powershell"),
        ("#!/bin/bash\nvllm serve m `\n --port 1", "sh"),
    ],
)
def test_the_shell_is_found_where_no_name_says_it(text: str, shell: str) -> None:
    assert judged(text, "standard input").script.shell == shell


PIECES = [
    *("vllm serve ", "Qwen/Qwen3-235B-A22B-Instruct ", "--max-model-len ", "32768 ", "--port 1 ", "-tp 4 "),
    *("--enable-auto-tool-choice ", "--tool-call-parser ", "hermes ", "--quantization fp8 ", "# why\n"),
    *("docker run vllm/vllm-openai ", "python -m vllm.entrypoints.openai.api_server --model "),
    *("pip install vllm>=1 ", "> log ", "$X ", "'", '"', "\\\n", "`\n", "\n"),
]


@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join), st.sampled_from(["a.sh", "a.ps1"]))
def test_no_script_breaks_the_judge_and_what_is_mended_can_be_judged_again(text: str, name: str) -> None:
    try:
        found = judged(text, name)
    except Unjudgeable:
        return
    assert all(0 <= finding.line <= text.count("\n") + 1 for finding in found.findings)
    judged(found.mended, name)
