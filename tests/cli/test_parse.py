"""`dragoman parse`: one text, its pieces, and a case a line."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.cli.program import argv, dragoman, environment, refusal

CALL = '<tool_call>{"name": "write", "arguments": {"path": "a", "lines": "3"}}</tool_call>'
TOOLS = [
    {
        "type": "function",
        "function": {"name": "write", "parameters": {"properties": {"lines": {"type": "integer"}}}},
    }
]


def run(folder: Path, text: str, *arguments: str) -> list[dict[str, Any]]:
    done = subprocess.run(
        argv("parse", *arguments),
        env=environment(folder),
        input=text.encode(),
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.decode().splitlines()]


def test_a_text(tmp_path: Path) -> None:
    tools = tmp_path / "tools.json"
    tools.write_text(json.dumps(TOOLS))
    assert run(tmp_path, f"Hm.</think>Hi 你好.{CALL}", "--format", "hermes_json", "--tools", str(tools)) == [
        {
            "content": "Hi 你好.",
            "reasoning": "Hm.",
            "tool_calls": [{"name": "write", "arguments": {"path": "a", "lines": 3}}],
            "repairs": ["think", "type"],
        }
    ]


def test_a_file_by_a_format_found_in_the_text(tmp_path: Path) -> None:
    file = tmp_path / "text"
    file.write_text('[TOOL_CALLS]write[ARGS]{"path": "a"}')
    done = dragoman(tmp_path, "parse", str(file))
    assert json.loads(done.stdout)["tool_calls"] == [{"name": "write", "arguments": {"path": "a"}}]


def test_what_each_piece_releases(tmp_path: Path) -> None:
    assert run(tmp_path, "ab<to", "--format", "qwen_xml", "--cut", "2", "--events") == [
        {"piece": "ab", "events": [{"type": "text", "text": "ab"}]},
        {"piece": "<t", "events": []},
        {"piece": "o", "events": []},
        {"piece": None, "events": [{"type": "text", "text": "<to"}]},
    ]


def test_a_text_that_the_length_limit_ended(tmp_path: Path) -> None:
    text = '<tool_call>{"name": "write", "arguments": {"path": "a'
    assert run(tmp_path, text, "--truncated")[0]["tool_calls"] == [
        {"name": "write", "arguments": '{"path": "a'}
    ]


def test_a_case_a_line(tmp_path: Path) -> None:
    cases = [
        {"format": "hermes_json", "text": CALL, "tools": TOOLS},
        {"format": "hermes_json", "pieces": list(f"Hm.</think>{CALL}"), "starts_in_reasoning": True},
        {"format": "hermes_json", "text": "a </think> b"},
        {"format": "hermes_json", "text": "a </think> b", "starts_in_reasoning": None},
        {"format": "hermes_json", "text": CALL, "tools": []},
        {"format": "nonsense", "text": ""},
        {"format": "hermes_json", "text": 5},
        {"format": "hermes_json", "text": "", "tools": [5]},
        ["no case"],
    ]
    found = run(tmp_path, "\n".join([*map(json.dumps, cases), "no JSON", ""]), "--jsonl")
    assert [len(line.get("tool_calls", [])) for line in found] == [1, 1, 0, 0, 0, 0, 0, 0, 0, 0]
    assert [line.get("reasoning") for line in found[:4]] == [None, "Hm.", None, "a "]
    assert found[2]["content"] == "a </think> b"
    assert found[4]["content"] == CALL
    assert all("error" in line for line in found[5:])


@pytest.mark.parametrize(
    "arguments", [("--format", "nonsense"), ("nowhere.txt",), ("--tools", "nowhere.json"), ("--cut", "-1")]
)
def test_misuse_is_one_line(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    refusal(dragoman(tmp_path, "parse", *arguments), 2)
