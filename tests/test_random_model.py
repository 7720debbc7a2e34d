"""The checkpoint appears whole or not at all; the real one is the same each time it is made."""

import hashlib
import json
import os
import stat
import sys
from pathlib import Path

import pytest

from dragoman.progress import Progress
from dragoman.runtime import environment
from dragoman.runtime.environment import Environment
from dragoman.runtime.packages import SetupFailed
from tests import random_model

MAKER = """
import pathlib, sys
out = pathlib.Path(sys.argv[1])
out.mkdir()
(out / "config.json").write_text("{}")
if (pathlib.Path(__file__).parent / "fails").exists():
    sys.exit("no torch here")
"""


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Files whose maker needs no engine, and an empty data directory."""
    folder = tmp_path / "scripted_vllm"
    folder.mkdir()
    (folder / "make_model.py").write_text(MAKER)
    (folder / "chat_template.jinja").write_text("{{ messages }}")
    monkeypatch.setattr(random_model, "SOURCES", folder)
    monkeypatch.setenv("DRAGOMAN_DATA_DIR", str(tmp_path / "data"))
    return folder


OURS = Environment(Path(sys.executable), "1.0", "cpu")


def test_it_is_made_once(source: Path) -> None:
    steps: list[Progress] = []
    path = random_model.ensure_model(OURS, steps.append)
    assert random_model.ensure_model(OURS, steps.append) == path == random_model.model_path()
    assert [step.step for step in steps] == ["model"]
    assert [file.name for file in path.iterdir()] == ["config.json"]


def test_other_files_make_another_one(source: Path) -> None:
    before = random_model.ensure_model(OURS)
    (source / "chat_template.jinja").write_text("changed")
    after = random_model.ensure_model(OURS)
    assert after != before
    assert before.exists()


def test_a_failure_leaves_no_model_and_the_next_try_makes_it(source: Path) -> None:
    (source / "fails").write_text("")
    with pytest.raises(SetupFailed, match="could not be made") as caught:
        random_model.ensure_model(OURS)
    assert caught.value.tail == ("no torch here",)
    assert not random_model.model_path().exists()
    (source / "fails").unlink()
    assert (random_model.ensure_model(OURS) / "config.json").exists()


def contents(path: Path) -> dict[str, str]:
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(path.iterdir())}


@pytest.mark.engine
def test_the_real_one_is_small_has_long_context_and_is_the_same_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = environment.ensure()
    first = random_model.ensure_model(made)
    monkeypatch.setenv("DRAGOMAN_DATA_DIR", str(tmp_path))
    second = random_model.ensure_model(made)
    assert contents(first) == contents(second)
    assert sum(file.stat().st_size for file in second.iterdir()) < 5_000_000
    config = json.loads((second / "config.json").read_text())
    assert config["model_type"] == "qwen3_moe"
    assert config["max_position_embeddings"] == 262144
    tokens = {
        token["content"]: token
        for token in json.loads((second / "tokenizer.json").read_text())["added_tokens"]
    }
    assert tokens["<|im_start|>"]["special"]
    for mark in ("<tool_call>", "</tool_call>", "<tool_response>", "</tool_response>", "<think>", "</think>"):
        assert not tokens[mark]["special"]
    if os.name == "posix":
        assert stat.S_ISDIR(second.stat().st_mode)
