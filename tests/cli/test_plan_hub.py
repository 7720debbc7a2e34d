"""`dragoman plan` of models on hubs: against a local server of their shape."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dragoman.cli import app
from tests.machine.hub import COMMIT, MODEL, Hub, safetensors

CONFIG = {
    "architectures": ["Qwen3ForCausalLM"],
    "model_type": "qwen3",
    "hidden_size": 1024,
    "num_hidden_layers": 4,
    "num_attention_heads": 16,
    "num_key_value_heads": 8,
    "head_dim": 128,
    "intermediate_size": 3072,
    "vocab_size": 1000,
    "max_position_embeddings": 40960,
    "torch_dtype": "bfloat16",
}
FILES = {
    "config.json": json.dumps(CONFIG).encode(),
    "model.safetensors": safetensors({"model.embed_tokens.weight": ("BF16", [1000, 1024], 2_048_000)}),
}


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hub:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "VLLM_USE_MODELSCOPE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    monkeypatch.setenv("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1")
    return Hub(dict(FILES))


def planned(*arguments: str) -> dict[str, object]:
    result = CliRunner().invoke(app, ["plan", MODEL, "--gpus", "1xH100-80GB", "--json", *arguments])
    assert result.exit_code == 0, result.output
    found: dict[str, object] = json.loads(result.stdout)
    return found


def test_a_model_of_hugging_face(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    with hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        found = planned()
    assert found["fits"] is True
    assert found["argv"][:3] == ["vllm", "serve", MODEL]  # type: ignore[index]
    assert any("from the headers of its files" in each for each in found["reasons"])  # type: ignore[attr-defined]


def test_a_revision_is_passed_on_to_the_engine(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    with hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        argv = planned("--revision", COMMIT)["argv"]
    assert argv[-2:] == ["--revision", COMMIT]  # type: ignore[index]


def test_modelscope_is_passed_on_to_the_engine(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    with hub:
        monkeypatch.setenv("MODELSCOPE_ENDPOINT", hub.url)
        reasons = planned("--hub", "modelscope")["reasons"]
    assert any("VLLM_USE_MODELSCOPE=True" in each for each in reasons)  # type: ignore[attr-defined]
    assert all("/api/v1/models/" in each.path for each in hub.seen)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["--revision", "v9"], "has no revision v9"), (["--hub", "elsewhere"], "There is no hub 'elsewhere'")],
)
def test_what_is_not_there_is_said_in_a_sentence(
    arguments: list[str], said: str, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    with hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        result = CliRunner().invoke(app, ["plan", MODEL, "--gpus", "1xH100-80GB", *arguments])
    assert result.exit_code == 2
    assert said in " ".join(result.output.split())
    assert "Traceback" not in result.output
