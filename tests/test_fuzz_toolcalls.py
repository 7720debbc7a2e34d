"""The fuzz target of the readers, for some seconds; minutes are run by hand."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests import fuzz_toolcalls
from tests.fuzz_toolcalls import FORMATS, VOCABULARY, Input, by_chance, one_input, seeds

ROOT = Path(__file__).parent.parent


def test_some_seconds_of_chance() -> None:
    assert by_chance(3, seed=1) > len(seeds()) / 2


@pytest.mark.skipif(find_spec("atheris") is None, reason="atheris is not installed")
def test_some_seconds_led_by_atheris(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.fuzz_toolcalls", "--seconds", "3"]
    variables = {**os.environ, "TMPDIR": str(tmp_path)}
    ran = subprocess.run(
        command, cwd=ROOT, env=variables, capture_output=True, text=True, timeout=120, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr[-2000:]
    assert "Done" in ran.stderr


def test_seeds_hold_a_call_in_every_format() -> None:
    assert {Input(data).name for data in seeds()} == set(FORMATS)
    assert all(len(words) < 192 for words in VOCABULARY.values()), "bytes must reach characters too"
    assert all("Write" in Input(data).text for data in seeds())


def test_a_reader_that_breaks_a_rule_is_noticed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data = seeds()[0]
    one_input(data)
    monkeypatch.setattr(fuzz_toolcalls, "read", lambda format, pieces, *rest: len(pieces))
    with pytest.raises(AssertionError, match="by characters"):
        fuzz_toolcalls.shown(data)
    assert repr(data) in capsys.readouterr().out
    monkeypatch.undo()
    monkeypatch.setattr(fuzz_toolcalls, "seconds", lambda *given: 9.0)
    with pytest.raises(AssertionError, match=r"9\.0 s for 20000 characters"):
        one_input(data[:2] + b"\0" + data[3:])
