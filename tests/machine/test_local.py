"""Checkpoints in folders, alone and in the hubs' caches."""

import json
import os
from pathlib import Path

import pytest

from dragoman.machine import local
from dragoman.machine.refusal import CheckpointError
from tests.machine.hub import COMMIT, checkpoint


def written(folder: Path, files: dict[str, bytes] | None = None) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in (files or checkpoint()).items():
        (folder / name).write_bytes(content)
    return folder


def test_a_folder_lists_files_alone_and_reads_parts(tmp_path: Path) -> None:
    folder = local.Folder(written(tmp_path / "model", {"config.json": b"0123456789"}))
    (folder.path / "original").mkdir()
    assert folder.files() == {"config.json": 10}
    assert folder.read("config.json", 3, 4) == b"3456"
    assert folder.read("config.json", 8, 100) == b"89"
    assert folder.id == str(tmp_path / "model")


def test_a_link_counts_as_what_it_leads_to(tmp_path: Path) -> None:
    blob = tmp_path / "blob"
    blob.write_bytes(b"12345")
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "config.json").symlink_to(blob)
    assert local.Folder(tmp_path / "model").files() == {"config.json": 5}


def test_what_cannot_be_read_says_why(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="There is no") as caught:
        local.Folder(tmp_path / "none").files()
    assert caught.value.kind == "absent"
    with pytest.raises(CheckpointError, match="Is a directory"):
        local.Folder(tmp_path).read(".", 0, 1)


def test_a_config_alone(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"hidden_size": 64}))
    found = local.config_file(path)
    assert found.config == {"hidden_size": 64}
    assert found.size is None
    assert found.source == f"the file {path}"


WRONG: dict[str, bytes] = {
    "no JSON": b"hidden_size: 64",
    "a list": b"[1]",
    "a web page": b"<html>",
    "no UTF-8": b'{"a": "\xff"}',
    "nested without end": b"[" * 200_000,
    "nothing": b"",
}


@pytest.mark.parametrize("case", WRONG)
def test_a_config_that_is_none(case: str, tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_bytes(WRONG[case])
    with pytest.raises(CheckpointError, match=r"config\.json is") as caught:
        local.config_file(path)
    assert caught.value.kind == "unusable"


def test_what_hugging_faces_programs_downloaded(tmp_path: Path) -> None:
    repository = tmp_path / "hub" / "models--acme--Model-1B"
    snapshot = written(repository / "snapshots" / COMMIT)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(COMMIT)
    for variables in ({"HF_HUB_CACHE": str(tmp_path / "hub")}, {"HF_HOME": str(tmp_path)}):
        found = local.downloaded("acme/Model-1B", "", variables)
        assert found is not None
        assert (found.path, found.id) == (snapshot, "acme/Model-1B")
        assert local.downloaded("acme/Model-1B", COMMIT, variables) is not None
        assert local.downloaded("acme/Model-1B", "v2", variables) is None
        assert local.downloaded("acme/Other", "", variables) is None


@pytest.mark.parametrize("below", ["models/acme/Model-1___5B", "hub/models/acme/Model-1.5B"])
def test_what_modelscopes_programs_downloaded(below: str, tmp_path: Path) -> None:
    written(tmp_path / below)
    variables = {"MODELSCOPE_CACHE": str(tmp_path), "HF_HOME": os.devnull}
    found = local.downloaded("acme/Model-1.5B", "", variables)
    assert found is not None
    assert found.path == tmp_path / below
