"""Every rule: a line that it finds, what it says of it, and what stands in the mended script."""

# ruff: noqa: E501 - commands as they are typed

import pytest

from dragoman import folder
from dragoman.planning.judge.case import Knowledge
from dragoman.planning.judge.finding import Judgement
from dragoman.planning.judge.judging import judge

CODER = "vllm serve Qwen/Qwen3-Coder-30B-A3B-Instruct --host 127.0.0.1 --max-model-len auto"
BIG = "vllm serve Qwen/Qwen3-235B-A22B-Instruct-2507-FP8 --host 127.0.0.1 --max-model-len auto"
TOOLS = "--enable-auto-tool-choice --tool-call-parser"
KEY = '--api-key "${VLLM_API_KEY:?set a key}"'

# Sentence -> script, rule, verdict, words that the mended script has, words that it has not.
SH: dict[str, tuple[str, str, str, str, str]] = {
    "the old entry point": (
        "python -m vllm.entrypoints.openai.api_server --model Qwen/Qwen3-8B --port 1",
        "old-entry",
        "outdated",
        "vllm serve Qwen/Qwen3-8B --port 1",
        "python",
    ),
    "the old entry point of an environment": (
        "/opt/v/bin/python3 -m vllm.entrypoints.openai.api_server --model m",
        "old-entry",
        "outdated",
        "/opt/v/bin/vllm serve m",
        "--model ",
    ),
    "the model as an option": (
        "vllm serve --model m --port 1",
        "model-option",
        "outdated",
        "vllm serve m --port 1",
        "--model ",
    ),
    "no model": ("vllm serve --port 1", "no-model", "missing", "vllm serve --port 1", ""),
    "a model that is not there": (
        "vllm serve Qwen/Qwen3-235B-A22B-Instruct",
        "model-id",
        "wrong",
        "vllm serve Qwen/Qwen3-235B-A22B-Instruct-2507-FP8",
        "serve Qwen/Qwen3-235B-A22B-Instruct ",
    ),
    "a model that is not there, in a variable": (
        'M="Qwen/Qwen3-235B-A22B-Instruct"\nvllm serve "$M"',
        "model-id",
        "wrong",
        'M="Qwen/Qwen3-235B-A22B-Instruct-2507-FP8"\nvllm serve "$M"',
        "",
    ),
    "a model without its publisher": (
        "vllm serve Qwen3-235B-A22B-Instruct-2507-FP8",
        "model-id",
        "wrong",
        "vllm serve Qwen/Qwen3-235B-A22B-Instruct-2507-FP8",
        "",
    ),
    "heads of another publisher's checkpoint": (
        f"vllm serve me/Qwen3-235B-A22B-Instruct-2507 -tp 6 {TOOLS} hermes",
        "layout",
        "wrong",
        "-tp 4",
        "",
    ),
    "the old name is still served": (
        "vllm serve Qwen/Qwen3-235B-A22B-Instruct",
        "served-name",
        "missing",
        "--served-model-name Qwen/Qwen3-235B-A22B-Instruct",
        "",
    ),
    "quantizing 16 bits where FP8 is published": (
        "vllm serve Qwen/Qwen3-235B-A22B-Instruct-2507 --quantization fp8",
        "quantization",
        "outdated",
        "serve Qwen/Qwen3-235B-A22B-Instruct-2507-FP8",
        "--quantization",
    ),
    "a quantization that the checkpoint has": (f"{BIG} -q fp8", "quantization", "outdated", "FP8", "-q fp8"),
    "a quantization that the checkpoint has not": (f"{BIG} -q awq", "quantization", "wrong", "FP8", "awq"),
    "the checkpoint's own code, needlessly": (
        f"{CODER} --trust-remote-code",
        "remote-code",
        "outdated",
        CODER,
        "trust",
    ),
    "the checkpoint's own code, of no known family": (
        "vllm serve me/mine --trust-remote-code",
        "remote-code",
        "risky",
        "--trust-remote-code",
        "",
    ),
    "a window that tools fill": (
        f"{BIG} --max_model_len=32768",
        "window",
        "wrong",
        "--max_model_len=auto",
        "32768",
    ),
    "a window that is tight": (
        "vllm serve Qwen/Qwen3-235B-A22B-Instruct-2507-FP8 --max-model-len 48k",
        "window",
        "risky",
        "auto",
        "48k",
    ),
    "a window beyond the model's": (
        "vllm serve Qwen/Qwen3-235B-A22B-FP8 --max-model-len 131072",
        "window",
        "wrong",
        "auto",
        "131072",
    ),
    "no window where the model's is long": (
        "vllm serve Qwen/Qwen3-235B-A22B-Instruct-2507-FP8",
        "window",
        "missing",
        "--max-model-len auto",
        "",
    ),
    "nearly all of the memory": (
        f"{BIG} --gpu-memory-utilization 0.95",
        "memory-share",
        "risky",
        BIG,
        "0.95",
    ),
    "a share in per cent": (f"{BIG} --gpu-memory-utilization 90", "memory-share", "wrong", BIG, "90"),
    "a size that cuts FP8 blocks": (f"{BIG} -tp 8", "layout", "wrong", "--enable-expert-parallel", ""),
    "a size that cuts heads": (f"{BIG} -tp 6", "layout", "wrong", "-tp 4", "-tp 6"),
    "more GPUs than are shown": (f"CUDA_VISIBLE_DEVICES=0,1 {BIG} -tp 4", "visible-gpus", "wrong", "", ""),
    "auto without a parser": (
        f"{CODER} --enable-auto-tool-choice",
        "auto-without-parser",
        "wrong",
        "--tool-call-parser qwen3_coder",
        "",
    ),
    "a parser without auto": (
        f"{CODER} --tool-call-parser qwen3_coder",
        "parser-without-auto",
        "missing",
        "--enable-auto-tool-choice",
        "",
    ),
    "neither": (CODER, "no-tools", "missing", f"{TOOLS} qwen3_coder", ""),
    "another family's parser": (f"{CODER} {TOOLS} hermes", "tool-parser", "wrong", "qwen3_coder", "hermes"),
    "a parser that there is not": (f"{CODER} {TOOLS} qwen", "tool-parser", "wrong", "qwen3_coder", "qwen "),
    "a reasoning parser for a model that does not think": (
        f"{CODER} --reasoning-parser qwen3",
        "reasoning-parser",
        "wrong",
        CODER,
        "--reasoning-parser",
    ),
    "no reasoning parser for one that does": (
        "vllm serve Qwen/Qwen3-235B-A22B-Thinking-2507-FP8",
        "reasoning-parser",
        "missing",
        "--reasoning-parser qwen3",
        "",
    ),
    "a reasoning parser that there is not": (
        "vllm serve Qwen/Qwen3-235B-A22B-Thinking-2507-FP8 --reasoning-parser think",
        "reasoning-parser",
        "wrong",
        "--reasoning-parser qwen3",
        "think\n",
    ),
    "tools that the model never sees": (
        f"{CODER} --exclude-tools-when-tool-choice-none",
        "hidden-tools",
        "wrong",
        CODER,
        "exclude",
    ),
    "everybody's engine": ("vllm serve m --port 1", "exposed", "missing", "--host 127.0.0.1", ""),
    "everybody's engine, on purpose": ("vllm serve m --host 0.0.0.0", "exposed", "risky", KEY, ""),
    "a key in the open": (
        "vllm serve m --api-key sk-secret123",
        "open-key",
        "risky",
        KEY,
        "sk-secret123",
    ),
    "a port published on every address": (
        "docker run -p 8000:8000 vllm/vllm-openai m",
        "exposed",
        "risky",
        "-p 127.0.0.1:8000:8000",
        "",
    ),
    "a container without GPUs": (
        "docker run vllm/vllm-openai m",
        "container-gpus",
        "missing",
        "--gpus all",
        "",
    ),
    "a container without shared memory": (
        "docker run vllm/vllm-openai m",
        "container-memory",
        "missing",
        "--ipc=host",
        "",
    ),
    "an older image": (
        "docker run vllm/vllm-openai:v0.8.5 m",
        "old-version",
        "outdated",
        "vllm/vllm-openai:v0.32.0",
        "0.8.5",
    ),
    "an older release, pinned": (
        "pip install vllm==0.7.0",
        "old-version",
        "outdated",
        "vllm==0.32.0",
        "0.7.0",
    ),
    "a variable that is no longer read": (
        "VLLM_USE_V1=0 vllm serve m",
        "old-variable",
        "outdated",
        "vllm serve m",
        "VLLM_USE_V1",
    ),
    "a variable that is no longer read, exported": (
        "export VLLM_USE_V1=0\nvllm serve m",
        "old-variable",
        "outdated",
        "# export VLLM_USE_V1=0\n",
        "",
    ),
    "a removed flag": (
        f"{CODER} --enable-reasoning",
        "unknown-flag",
        "outdated",
        CODER,
        "--enable-reasoning",
    ),
    "a mistyped flag": (f"{CODER} --tensor-paralel-size 2", "unknown-flag", "wrong", CODER, "paralel"),
    "a flag that is short for many": (f"{CODER} --max-num 3", "unknown-flag", "wrong", CODER, "--max-num "),
    "a deprecated flag": (f"{CODER} --disable-cascade-attn", "deprecated-flag", "outdated", CODER, "cascade"),
    "a flag without its value": (f"{CODER} --port", "flag-value", "wrong", CODER, "--port"),
    "a switch with a value": (
        f"{CODER} --enforce-eager=true",
        "flag-value",
        "wrong",
        "--enforce-eager",
        "=true",
    ),
    "a value that is no choice": (f"{CODER} --dtype fp8", "flag-value", "wrong", CODER, "fp8"),
    "a word too many": (f"{CODER} --enforce-eager true", "stray-word", "wrong", "--enforce-eager", "true"),
    "the next line, swallowed": (
        f"{CODER} \\\necho done",
        "swallowed-line",
        "wrong",
        "\necho done",
        "\\\necho",
    ),
    "a flag twice": (f"{CODER} --port 1 --port 2", "twice", "wrong", "--port 2", "--port 1"),
    "a flag in an array": (
        f'ARGS=(\n  --host 127.0.0.1 # ours\n  --max-model-len 32768\n)\nARGS+=(--swap-space 8)\n{CODER[:44]} "${{ARGS[@]}}"',
        "unknown-flag",
        "outdated",
        "ARGS=(\n  --host 127.0.0.1 # ours\n  --max-model-len auto\n)\nARGS+=()\n",
        "--swap-space",
    ),
    "no prefix cache": (f"{CODER} --no-enable-prefix-caching", "remark", "wrong", CODER, "prefix"),
    "no CUDA graphs": (f"{CODER} --enforce-eager", "remark", "risky", "--enforce-eager", ""),
    "a version that a shell takes for a file": (
        "pip install vllm>=0.7.0",
        "version-is-redirection",
        "wrong",
        'pip install "vllm>=0.7.0"',
        "",
    ),
    "an upper bound that a shell takes for a file": (
        "uv pip install transformers<5 vllm",
        "version-is-redirection",
        "wrong",
        '"transformers<5" vllm',
        "",
    ),
    "the other shell's mark": (
        f"{CODER} `\n  --port 1",
        "line-joints",
        "wrong",
        "auto \\\n  --port 1",
        "`",
    ),
    "blanks behind a mark": (f"{CODER} \\ \n  --port 1", "line-joints", "wrong", "auto \\\n  --port 1", ""),
    "no mark": (f"{CODER}\n  --port 1", "line-joints", "wrong", "auto \\\n  --port 1", ""),
    "a comment in the middle": (
        f"{CODER} \\\n  # why\n  --port 1",
        "line-joints",
        "wrong",
        f"# why\n{CODER} \\\n  --port 1",
        "",
    ),
    "Windows' line ends": (f"{CODER} \\\r\n  --port 1\r\n", "line-ends", "wrong", CODER, "\r"),
}
POWERSHELL: dict[str, tuple[str, str, str, str, str]] = {
    "Windows itself": ("vllm serve m `\n --port 1", "windows", "wrong", "wsl -e vllm serve m", ""),
    "a backslash": ("wsl -e vllm serve m \\\n --port 1", "line-joints", "wrong", "m `\n --port 1", "\\"),
    "a key in the open": (
        "wsl -e vllm serve m --api-key sk-secret123",
        "open-key",
        "risky",
        '--api-key "$env:VLLM_API_KEY"',
        "sk-secret123",
    ),
    "a version that PowerShell takes for a file": (
        "pip install vllm>=0.7.0",
        "version-is-redirection",
        "wrong",
        'pip install "vllm>=0.7.0"',
        "",
    ),
}

# Lines of which nothing is said but that they are right.
RIGHT = {
    "all is right": f"{CODER} {TOOLS} qwen3_coder",
    "another name for the same parser": f"{CODER} {TOOLS} qwen3_xml",
    "a family that needs its own code": f"vllm serve moonshotai/Kimi-K2-Instruct --trust-remote-code --host 127.0.0.1 {TOOLS} kimi_k2 --max-model-len auto",
    "whole blocks with expert parallelism": f"{BIG} -tp 8 --enable-expert-parallel {TOOLS} hermes",
    "flags that only the shell knows": 'vllm serve "$MODEL" "${ARGS[@]}"',
    "another publisher's checkpoint": f"vllm serve unsloth/Qwen3-235B-A22B-Instruct --host ::1 --max-model-len auto -tp 8 {TOOLS} hermes",
    "a folder of that name": f"vllm serve /models/Qwen3-235B-A22B-Instruct --host ::1 --max-model-len auto {TOOLS} hermes",
    "a checkpoint in other capitals": f"vllm serve qwen/qwen3-30b-a3b-instruct-2507 --host ::1 --max-model-len auto {TOOLS} hermes",
    "an unknown model": "vllm serve /models/mine --host 127.0.0.1 --port 8001",
    "a plugin's parser": f"vllm serve m --host ::1 {TOOLS} mine --tool-parser-plugin mine.py",
    "a quoted version": "pip install 'vllm>=0.7.0'",
    "output that goes to a file": f"{CODER} {TOOLS} qwen3_coder > vllm.log 2>&1 &",
}


def judged(text: str, name: str = "start.sh") -> Judgement:
    return judge(text, name, Knowledge(folder.profiles(), folder.models()))


@pytest.mark.parametrize("case", SH)
def test_a_rule_finds_it_and_mends_it(case: str) -> None:
    check(SH[case], "start.sh")


@pytest.mark.parametrize("case", POWERSHELL)
def test_a_rule_finds_it_and_mends_it_in_powershell(case: str) -> None:
    check(POWERSHELL[case], "start.ps1")


def check(case: tuple[str, str, str, str, str], name: str) -> None:
    text, rule, verdict, has, has_not = case
    found = judged(text, name)
    assert (rule, verdict) in {(finding.rule, finding.verdict) for finding in found.findings}
    assert has in found.mended
    assert not has_not or has_not not in found.mended


@pytest.mark.parametrize("case", RIGHT)
def test_what_is_right_is_left_as_it_is(case: str) -> None:
    found = judged(RIGHT[case])
    assert [finding for finding in found.findings if finding.verdict != "right"] == []
    assert found.mended == RIGHT[case]


def test_what_is_said_of_a_key_does_not_hold_it() -> None:
    found = judged("vllm serve m --api-key sk-secret123")
    assert not any("sk-secret123" in finding.says for finding in found.findings)
