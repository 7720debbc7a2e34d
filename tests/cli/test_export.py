"""`dragoman export` as users run it: to the screen, into folders, over nothing that is there."""

import os
from pathlib import Path

import pytest
import yaml

from dragoman import exports, folder
from tests.cli.program import dragoman, refusal

MODEL = "Qwen/Qwen3-235B-A22B-Instruct-2507-FP8"
PLANNED = (MODEL, "--gpus", "4xH20-96GB")


def export(tmp_path: Path, *arguments: str) -> str:
    done = dragoman(tmp_path, "export", *arguments, HF_HUB_OFFLINE="1")
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_a_single_file_goes_to_the_screen(tmp_path: Path) -> None:
    text = export(tmp_path, "sh", *PLANNED, "--max-model-len", "131072", "--engine-arg=--seed=1")
    assert text.startswith("#!/usr/bin/env bash\n")
    for line in (
        MODEL,
        "--tensor-parallel-size 4",
        "--max-model-len 131072",
        "--seed=1",
        "--tool-call-parser hermes",
    ):
        assert f"    {line}\n" in text


def test_files_are_written_once(tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert export(tmp_path, "sh", *PLANNED, "-o", str(out)).split()[0] == "Written"
    (script,) = out.iterdir()
    assert os.access(script, os.X_OK)
    script.write_text("mine")
    assert "--force" in refusal(dragoman(tmp_path, "export", "sh", *PLANNED, "-o", str(out)), 2)
    assert script.read_text() == "mine"
    export(tmp_path, "sh", *PLANNED, "-o", str(out), "--force")
    assert script.read_text() != "mine"


def test_a_link_is_not_written_through(tmp_path: Path) -> None:
    out, other = tmp_path / "out", tmp_path / "other"
    out.mkdir()
    other.write_text("mine")
    (out / "litellm_config.yaml").symlink_to(other)
    refusal(dragoman(tmp_path, "export", "litellm", *PLANNED, "-o", str(out)), 2)
    export(tmp_path, "litellm", *PLANNED, "-o", str(out), "--force")
    assert other.read_text() == "mine"


def test_several_files_want_a_folder(tmp_path: Path) -> None:
    assert "-o FOLDER" in refusal(dragoman(tmp_path, "export", "kubernetes", *PLANNED), 2)
    export(tmp_path, "kubernetes", *PLANNED, "-o", str(tmp_path / "out"))
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"engine.yaml", "gateway.yaml", "monitoring.yaml", "Dockerfile"}


def test_an_unknown_target_lists_the_known_ones(tmp_path: Path) -> None:
    said = refusal(dragoman(tmp_path, "export", "helm", MODEL), 2)
    assert all(name in said for name in folder.names(exports))


def test_several_machines(tmp_path: Path) -> None:
    pins = ("--nodes", "2", "--tp", "8", "--pp", "2")
    text = export(tmp_path, "slurm", "Qwen/Qwen3-Coder-480B-A35B-Instruct", "--gpus", "8xH100-80GB", *pins)
    assert "#SBATCH --nodes=2\n" in text and "    --nnodes 2 --node-rank" in text
    hosts = ("--host-list", "10.0.0.1,10.0.0.2", "-o", str(tmp_path / "out"))
    export(tmp_path, "compose", "Qwen/Qwen3-Coder-480B-A35B-Instruct", "--gpus", "8xH100-80GB", *pins, *hosts)
    assert (tmp_path / "out" / "machine-1" / "compose.yaml").is_file()


def test_replicas_share_the_gpus(tmp_path: Path) -> None:
    text = export(tmp_path, "litellm", MODEL, "--gpus", "8xH20-96GB", "--replicas", "2")
    entries = yaml.safe_load(text)["model_list"]
    assert {each["litellm_params"]["api_base"][-8:] for each in entries} == {":8000/v1", ":8001/v1"}
    script = export(tmp_path, "sh", MODEL, "--gpus", "8xH20-96GB", "--replicas", "2")
    assert "gpus=('0,1,2,3' '4,5,6,7')\n" in script


def test_for_a_cpu_nothing_is_planned(tmp_path: Path) -> None:
    text = export(tmp_path, "sh", "/models/tiny", "--cpu", "--served-name", "tiny", "--max-model-len", "8192")
    assert "    --enforce-eager\n" in text and "VLLM_CPU_KVCACHE_SPACE" in text
    assert "MODEL" in refusal(dragoman(tmp_path, "export", "sh", "--cpu"), 2)


REFUSED = {
    "what does not fit": (("sh", MODEL, "--gpus", "1xRTX4090-24GB", "--tp", "1"), 1, "fit"),
    "a key among the arguments": (("sh", *PLANNED, "--engine-arg=--api-key=x"), 1, "belongs into no file"),
    "machines without addresses": (
        ("compose", *PLANNED[:1], "--gpus", "2xH20-96GB", "--nodes", "2", "--tp", "4"),
        1,
        "--host-list",
    ),
}


@pytest.mark.parametrize("arguments, status, said", REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_is_one_line(
    arguments: tuple[str, ...], status: int, said: str, tmp_path: Path
) -> None:
    assert said in refusal(dragoman(tmp_path, "export", *arguments, HF_HUB_OFFLINE="1"), status)
