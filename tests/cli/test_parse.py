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


ODD: dict[str, tuple[bytes, bool]] = {
    "not JSON": (b"{", False),
    "no object": (b"5", False),
    "too deep": (b"[" * 100_000, False),
    "too deep in a case": (b'{"text": "", "tools": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", False),
    "no UTF-8": (b'{"text": "\xff\xfe"}', True),
    "half a surrogate": (b'{"text": "a \\ud83d b"}', True),
    "half a surrogate in a call": (json.dumps({"text": CALL.replace('"a"', '"\ud83d"')}).encode(), True),
    "a mark of the order of bytes": (b'\xef\xbb\xbf{"text": "a"}', True),
    "Windows' line end": (b'{"text": "a"}\r', True),
    "a number for pieces": (b'{"pieces": 5}', False),
    "a number for a piece": (b'{"pieces": ["a", 5]}', False),
    "a text for a size": (b'{"text": "abc", "cut": "2"}', False),
    "a negative size": (b'{"text": "abc", "cut": -2}', False),
    "no pieces beside a text": (b'{"text": "abc", "pieces": []}', True),
    "no text at all": (b"{}", True),
    "no format": (b'{"format": null, "text": "a"}', True),
    "a number for a format": (b'{"format": 5, "text": "a"}', False),
    "a text for a start": (b'{"text": "a", "starts_in_reasoning": "yes"}', False),
    "tools that are none": (b'{"text": "a", "tools": {"name": "x"}}', False),
    "a tool without a name": (b'{"text": "a", "tools": [{"function": {}}]}', False),
    "a tool with an odd schema": (b'{"text": "a", "tools": [{"name": "x", "input_schema": [5]}]}', True),
    "a number of many digits": (b'{"text": "a", "n": ' + b"9" * 5000 + b"}", False),
}


def test_a_line_that_is_odd_is_answered_and_so_is_the_next(tmp_path: Path) -> None:
    good = json.dumps({"format": "hermes", "text": CALL}).encode()
    lines = [line for odd, _fine in ODD.values() for line in (odd, good)]
    done = subprocess.run(
        argv("parse", "--jsonl"),
        env=environment(tmp_path),
        input=b"\n".join(lines),
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    found = [json.loads(line) for line in done.stdout.decode().splitlines()]
    assert all(line["tool_calls"][0]["name"] == "write" for line in found[1::2])
    assert ["error" not in line for line in found[::2]] == [fine for _line, fine in ODD.values()]
    by_name = dict(zip(ODD, found[::2], strict=True))
    assert by_name["half a surrogate"]["content"] == "a \ud83d b"
    assert by_name["no pieces beside a text"]["content"] == "abc"
    assert all(isinstance(line["error"], str) and line["error"] for line in found[::2] if "error" in line)


def test_each_line_is_answered_at_once(tmp_path: Path) -> None:
    command = subprocess.Popen(
        argv("parse", "--jsonl"), env=environment(tmp_path), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert command.stdin
    assert command.stdout
    with command:
        for _time in range(3):
            command.stdin.write(json.dumps({"format": "hermes", "text": CALL}).encode() + b"\n")
            command.stdin.flush()
            assert json.loads(command.stdout.readline())["tool_calls"][0]["name"] == "write"
        command.stdin.close()
        assert command.wait(20) == 0


def test_every_name_of_a_format_is_taken(tmp_path: Path) -> None:
    from dragoman import folder

    catalog = folder.catalog()
    names = ["auto", *catalog.names, *catalog.others]
    found = run(tmp_path, "\n".join(json.dumps({"format": name, "text": "Hi."}) for name in names), "--jsonl")
    assert [line["content"] for line in found] == ["Hi."] * len(names)


@pytest.mark.parametrize(
    "arguments", [("--format", "nonsense"), ("nowhere.txt",), ("--tools", "nowhere.json"), ("--cut", "-1")]
)
def test_misuse_is_one_line(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    refusal(dragoman(tmp_path, "parse", *arguments), 2)
