"""`dragoman plan` as users and programs run it: JSON, the table, and one sentence for what cannot be."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.cli.program import dragoman, refusal
from tests.planning.models import DENSE, QWEN_235B_FP8

PROMISED = ["fits", "error", "kv_tokens", "weights_gib_per_gpu", "argv", "reasons", "alternatives"]
MODEL = "Qwen/Qwen3-235B-A22B-Instruct"


def run(tmp_path: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return dragoman(tmp_path, "plan", *arguments, HF_HUB_OFFLINE="1", **variables)


def document(tmp_path: Path, *arguments: str) -> dict[str, Any]:
    done = run(tmp_path, *arguments, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_json_for_programs(tmp_path: Path) -> None:
    found = document(tmp_path, MODEL, "--gpus", "4xH20-96GB")
    assert list(found)[:7] == PROMISED
    assert (found["fits"], found["error"]) == (True, None)
    assert found["kv_tokens"] == pytest.approx(634_000, rel=0.02)
    assert found["weights_gib_per_gpu"] == pytest.approx(55.1, abs=0.1)
    assert found["argv"][:3] == ["vllm", "serve", "Qwen/Qwen3-235B-A22B-Instruct-2507-FP8"]
    assert any("does not exist" in reason for reason in found["reasons"])
    assert any(other["layout"] == "TP2" and not other["fits"] for other in found["alternatives"])


def test_a_refused_layout(tmp_path: Path) -> None:
    found = document(tmp_path, "Qwen/Qwen3-235B-A22B-FP8", "--gpus", "8 GPUs", "--tp", "8")
    assert found["fits"] is False and "192 is not divisible" in found["error"]
    whole = document(tmp_path, "Qwen/Qwen3-235B-A22B-FP8", "--gpus", "any", "--tp", "8", "--ep")
    assert (whole["fits"], whole["error"], whole["kv_tokens"]) == (None, None, None)


def test_every_pin(tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text(json.dumps(QWEN_235B_FP8))
    pins = {
        "--tp": "2",
        "--pp": "2",
        "--dp": "1",
        "--max-model-len": "65536",
        "--gpu-memory-utilization": "0.9",
        "--max-num-batched-tokens": "4096",
        "--max-num-seqs": "32",
        "--kv-cache-dtype": "fp8",
        "--attention-backend": "FLASH_ATTN",
        "--engine": "vllm",
        "--engine-version": "0.11.0",
        "--quant": "fp8-block",
        "--model-config": str(config),
    }
    words = [word for pair in pins.items() for word in pair]
    found = document(tmp_path, "--gpus", "4xH100", *words, "--enforce-eager", "--no-ep")
    line = " ".join(found["argv"])
    for words_ in (
        "--pipeline-parallel-size 2",
        "--max-model-len 65536",
        "--max-num-seqs 32",
        "--enforce-eager",
    ):
        assert words_ in line
    assert found["memory_gib"]["graphs"] == 0


def test_a_config_of_ones_own(tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text(json.dumps(DENSE))
    found = document(tmp_path, "my/model", "--model-config", str(config), "--gpus", "1xRTX4090")
    assert found["fits"] and found["argv"][2] == "my/model"


def test_without_a_model_the_best_one_is_found(tmp_path: Path) -> None:
    found = document(tmp_path, "--gpus", "1xRTX4090")
    assert found["fits"] and "best for agentic coding" in found["reasons"][0]


@pytest.mark.parametrize("columns", ["80", "120"])
def test_the_table_for_people_is_no_wider_than_the_terminal(tmp_path: Path, columns: str) -> None:
    done = run(tmp_path, MODEL, "--gpus", "8xH100", COLUMNS=columns)
    assert (done.returncode, done.stderr) == (0, "")
    assert max(map(len, done.stdout.splitlines())) <= int(columns)
    for words in ("Verdict", "fits", "2 engines of TP4", "Why", "Other ways", "Command", "\\\n    --tensor"):
        assert words in done.stdout
    assert "\x1b" not in done.stdout


def test_a_clear_no_shows_no_command(tmp_path: Path) -> None:
    done = run(tmp_path, MODEL, "--gpus", "1xRTX4090-24GB")
    assert done.returncode == 0 and "does not fit" in done.stdout and "vllm serve" not in done.stdout


WRONG: dict[str, tuple[list[str], str]] = {
    "an unknown card": ([MODEL, "--gpus", "4xFOO"], "state its memory, as in 4xFOO-24GB. Known: H100"),
    "no GPUs": ([MODEL, "--gpus", "0xH20"], "names no GPUs"),
    "several kinds": ([MODEL, "--gpus", "4xH20,2xA100"], "several kinds"),
    "an unknown quantization": ([MODEL, "--gpus", "4xH20", "--quant", "quux"], "it knows bf16"),
    "no version": ([MODEL, "--gpus", "4xH20", "--engine-version", "new"], "is no version"),
    "another engine": ([MODEL, "--gpus", "4xH20", "--engine", "other"], "knows the engine vllm"),
    "a size of nothing": ([MODEL, "--gpus", "4xH20", "--tp", "0"], "--tp"),
    "a window below nothing": ([MODEL, "--gpus", "4xH20", "--max-model-len", "-7"], "a number of tokens"),
    "an unknown model": (["nobody/nothing-at-all", "--gpus", "4xH20"], "--model-config FILE"),
    "a missing config": (["--model-config", "/nonexistent.json", "--gpus", "4xH20"], "/nonexistent.json"),
    "nothing that fits": (["--gpus", "1xT4"], "none of the models"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_is_one_sentence(tmp_path: Path, name: str) -> None:
    arguments, words = WRONG[name]
    assert words in refusal(run(tmp_path, *arguments), 2)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("nonsense", "is no JSON"),
        ('{"a": 1}', "no num_hidden_layers"),
        (json.dumps({**DENSE, "num_experts": 8}), "lacks num_experts_per_tok"),
        (json.dumps({**DENSE, "layer_types": ["warp"]}), "warp"),
        (json.dumps({**DENSE, "hidden_size": "x"}), "a number is expected"),
        (json.dumps({**DENSE, "quantization_config": {"quant_method": "magic"}}), "magic"),
        ("[1]", ""),
    ],
)
def test_a_config_that_cannot_be_read_is_said(tmp_path: Path, content: str, words: str) -> None:
    config = tmp_path / "config.json"
    config.write_text(content)
    assert words in refusal(run(tmp_path, "--model-config", str(config), "--gpus", "4xH20"), 2)


def test_no_gpu_here_is_said_with_what_to_do(tmp_path: Path) -> None:
    from dragoman.machine.gpus import find

    if find().gpus:
        pytest.skip("this machine has a GPU")
    assert "--gpus 4xH20-96GB" in refusal(run(tmp_path, MODEL), 2)
