"""`dragoman doctor`: a log in, causes out, for people and for programs, and never a key."""

import io
import json
import sys
from pathlib import Path

import pytest

from dragoman.cli import run

KV = (
    "(EngineCore_DP0 pid=7) ERROR 11-20 13:00:00 [core.py:1] ValueError: To serve at least one request with "
    "the model's max seq len (262144), (47.0 GiB KV cache is needed, which is larger than the available KV "
    "cache memory (28.43 GiB). Based on the available memory, the estimated maximum model length is 158576."
)
FAILED = "RuntimeError: Engine core initialization failed. See root cause above. Failed core proc(s): {}"
PASTED = (
    'API Error: 400 {"error":{"message":"\\"auto\\" tool choice requires --enable-auto-tool-choice and '
    '--tool-call-parser to be set","type":"BadRequestError"}}'
)


class Pasted:
    """Standard input that holds a text."""

    def __init__(self, raw: bytes) -> None:
        self.buffer = io.BytesIO(raw)

    def isatty(self) -> bool:
        return False


@pytest.fixture(autouse=True)
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


def test_a_log_from_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "vllm.log"
    file.write_text(f"INFO hello\n{KV}\n{FAILED}\n")
    assert run(["doctor", str(file)]) == 1
    told, complaints = capsys.readouterr()
    assert told.startswith("vllm.log, 3 lines: 1 known cause.\n")
    assert "Start with --max-model-len 157696" in told
    assert "(EngineCore_DP0) ValueError" in told
    assert "we have not seen them printed" in " ".join(told.split())
    assert not complaints
    assert max(map(len, told.splitlines())) <= 80


def test_an_error_that_was_pasted(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", Pasted(PASTED.encode()))
    assert run(["doctor"]) == 1
    told = " ".join(capsys.readouterr().out.split())
    assert told.startswith("standard input, 1 line: 1 known cause.")
    assert "Start the engine with --enable-auto-tool-choice and --tool-call-parser" in told
    assert "Through Dragoman's gateway it does not happen." in told


def test_programs_get_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "vllm.log"
    file.write_text(f"{KV}\n{FAILED}\n")
    assert run(["doctor", "--json", str(file)]) == 1
    told = json.loads(capsys.readouterr().out)
    assert [found["id"] for found in told["found"]] == ["window-does-not-fit", "start-failed"]
    assert told["found"][0]["figures"] == {"fits": 158576, "window": 157696}
    assert (told["found"][0]["line"], told["found"][0]["process"], told["lines"]) == (1, "EngineCore_DP0", 2)


def test_where_nothing_is_known_it_says_so_and_shows_the_first_errors(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "vllm.log"
    file.write_text("foo.OddError: api_key='sk-verysecret1'\n")
    assert run(["doctor", str(file)]) == 0
    told = capsys.readouterr().out
    assert "vllm.log, 1 line: no known cause." in told
    assert "first error  foo.OddError" in told


def test_no_key_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "vllm.log"
    file.write_text(
        "error: unrecognized arguments: --apikey sk-verysecret1 --hf-token hf_aaaaaaaaaaaaaaaaaaaaaaaa\n"
        "foo.OddError: Authorization: Bearer verysecret2\n"
    )
    for arguments in (["doctor", str(file)], ["doctor", "--json", str(file)]):
        run(arguments)
        told = "".join(capsys.readouterr())
        assert "***" in told
        assert "secret" not in told
        assert "hf_aaaa" not in told


def test_nothing_of_the_log_moves_the_cursor(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "vllm.log"
    file.write_text("OSError: [Errno 98] \x1b[31mAddress already in use\x1b[0m \x07\x1b]0;title\x07\x08\n")
    assert run(["doctor", str(file)]) == 1
    told = capsys.readouterr().out
    assert not any(char < " " and char != "\n" for char in told)


@pytest.mark.parametrize("content", [None, b"\x1f\x8b\x08\x00", b"\x00\x01\x02"])
def test_what_cannot_be_read_is_one_line_and_another_status(
    content: bytes | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "vllm.log"
    if content is not None:
        file.write_bytes(content)
    assert run(["doctor", str(file)]) == 2
    told, complaints = capsys.readouterr()
    assert (told, complaints.count("\n")) == ("", 1)
    assert "vllm.log cannot be read: " in complaints
