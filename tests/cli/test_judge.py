"""`dragoman plan --judge FILE`: what people and programs get, and what is said of other files."""

import json
from pathlib import Path

import pytest

from dragoman.cli import run

SCRIPT = (
    "python -m vllm.entrypoints.openai.api_server --model Qwen/Qwen3-235B-A22B-Instruct "
    "--api-key sk-secret123\n"
)
RIGHT = (
    "vllm serve Qwen/Qwen3-30B-A3B-Instruct-2507 --host 127.0.0.1 --max-model-len auto "
    "--enable-auto-tool-choice --tool-call-parser hermes\n"
)


def test_people_see_lines_verdicts_and_the_mended_script(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    file = tmp_path / "start.sh"
    file.write_text(SCRIPT)
    assert run(["plan", "--judge", str(file)]) == 1
    told, complaints = capsys.readouterr()
    judged, mended = told.split("The mended script:")
    assert judged.startswith("start.sh: a shell script, one start of vLLM\n")
    assert "      wrong    There is no Qwen/Qwen3-235B-A22B-Instruct on the hub." in judged
    assert "As it is, it does not work: 1 of these\nstops it." in judged
    assert "sk-secret123" not in told
    assert "vllm serve Qwen/Qwen3-235B-A22B-Instruct-2507-FP8" in mended
    assert not complaints
    assert max(len(line) for line in judged.splitlines() if not line.startswith("   1")) <= 80


def test_programs_get_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "start.sh"
    file.write_text(SCRIPT)
    assert run(["plan", "--json", "--judge", str(file)]) == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["shell"], found["right"], found["starts"]) == ("sh", False, 1)
    rules = {finding["rule"]: finding for finding in found["findings"]}
    assert rules["model-id"]["stops"] is True
    assert rules["model-id"]["line"] == 1
    assert rules["no-tools"]["line"] is None
    assert found["mended"].startswith("vllm serve Qwen/")


def test_where_all_is_right_nothing_is_mended(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "start.sh"
    file.write_text(RIGHT)
    assert run(["plan", "--judge", str(file)]) == 0
    told = capsys.readouterr().out
    assert "nothing to mend" in told
    assert "The mended script" not in told


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "gb18030"])
def test_encodings_of_windows_are_read(
    encoding: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "start.ps1"
    file.write_bytes(f"# 示例\r\nwsl -e {RIGHT}".encode(encoding))
    assert run(["plan", "--judge", str(file)]) == 0
    assert "a PowerShell script, one start of vLLM" in capsys.readouterr().out


# What the file holds -> what is said of it.
REFUSED: dict[str, tuple[bytes | None, str]] = {
    "not there": (None, "cannot be read: No such file or directory"),
    "nothing": (b"", "start.sh is empty"),
    "no text": (b"\x7fELF\x00\x00", "is not text"),
    "too much": (b"#" * ((1 << 20) + 1), "is larger than 1 MB"),
    "no vLLM": (b"echo hello\n", "nothing in start.sh starts vLLM"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_script_is_one_line_on_stderr(
    case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content, reason = REFUSED[case]
    file = tmp_path / "start.sh"
    if content is not None:
        file.write_bytes(content)
    assert run(["plan", "--judge", str(file)]) == 1
    told, complaints = capsys.readouterr()
    assert (told, reason in complaints, complaints.count("\n")) == ("", True, 1)


def test_what_would_move_the_cursor_is_not_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "start.sh"
    file.write_text("vllm serve m --port \x1b[2J --nope\x1b]0;title\x07\n")
    run(["plan", "--judge", str(file)])
    assert "\x1b" not in capsys.readouterr().out
