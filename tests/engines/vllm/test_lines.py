"""What lines of vLLM's log say: recorded from 0.32 on the CPU; those that only GPUs show by its source."""

import pytest

from dragoman.engines import vllm
from dragoman.engines.vllm.lines import LogNote

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
        LogNote("phase", "loading weights, shards", done=1, total=4),
    ),
    "weights are there": (
        "(Worker pid=5924) INFO 11-20 09:57:06 [default_loader.py:501] Loading weights took 0.01 seconds",
        LogNote("milestone", "weights read in 0.01 s"),
    ),
    "a CPU's cache is sized": (
        "(EngineCore pid=5852) INFO 11-20 09:57:07 [kv_cache_utils.py:2327] CPU KV cache size: 4,194,304 "
        "tokens, Maximum concurrency for 65,536 tokens per request: 64.00x",
        LogNote("milestone", "KV cache of 4,194,304 tokens, 64 times the window of 65,536"),
    ),
    "a GPU's cache is sized": (
        "(EngineCore pid=1) INFO 11-20 09:57:07 [kv_cache_utils.py:1] GPU KV cache size: 10 tokens",
        LogNote("milestone", "KV cache of 10 tokens"),
    ),
    "the engine is prepared": (
        "(EngineCore pid=5852) INFO 11-20 09:57:10 [core.py:402] init engine (profile, create kv cache, "
        "warmup model) took 2.37 s",
        LogNote("milestone", "engine prepared in 2.37 s"),
    ),
    "the server listens": (
        "(APIServer pid=1) INFO:     Application startup complete.",
        LogNote("phase", "ready"),
    ),
    "an error line without its prefix": (
        "(EngineCore pid=9) ERROR 11-20 09:57:10 [core.py:1102] EngineCore failed to start.",
        LogNote("error", "EngineCore failed to start.", "EngineCore pid=9"),
    ),
    "the line of an exception": (
        "(EngineCore pid=9) ERROR 11-20 09:57:10 [core.py:1102] torch.OutOfMemoryError: CUDA out of memory.",
        LogNote("cause", "torch.OutOfMemoryError: CUDA out of memory.", "EngineCore pid=9"),
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
    "a download is over": (
        "(Worker_TP0 pid=7) INFO 11-20 09:57:06 [weight_utils.py:532] Time spent downloading weights for "
        "Qwen/Qwen3-0.6B: 12.345678 seconds",
        LogNote("milestone", "weights downloaded in 12.35 s"),
    ),
    "the checkpoint's size is known": (
        "(Worker_TP0 pid=7) INFO 11-20 09:57:06 [weight_utils.py:1108] Filesystem type for checkpoints: "
        "EXT4. Checkpoint size: 220.19 GiB. Available RAM: 900.00 GiB.",
        LogNote("phase", "reading a checkpoint of 220.19 GiB"),
    ),
    "the model is in memory": (
        "(Worker_TP0 pid=7) INFO 11-20 09:57:06 [gpu_model_runner.py:5150] Model loading took 55.1234 GiB "
        "memory and 93.123456 seconds",
        LogNote("milestone", "model loaded, 55.12 GiB of each GPU, in 93.12 s"),
    ),
    "compilation begins": (
        "(Worker_TP0 pid=7) INFO 11-20 09:57:06 [backends.py:1] Dynamo bytecode transform time: 12.01 s",
        LogNote("phase", "compiling"),
    ),
    "compilation ends": (
        "(Worker_TP0 pid=7) INFO 11-20 09:57:06 [monitor.py:34] torch.compile takes 41.30 s in total",
        LogNote("milestone", "compiled in 41.3 s"),
    ),
    "kernels are warmed up": (
        "DeepGEMM warmup:  12%|█▏        | 120/1000 [00:10<01:10, 12.0it/s]",
        LogNote("phase", "warming up DeepGEMM, kernels", done=120, total=1000),
    ),
    "memory is left": (
        "(Worker_TP0 pid=7) INFO 11-20 09:57:06 [gpu_worker.py:760] Available KV cache memory: 70.5 GiB",
        LogNote("phase", "70.5 GiB left for the KV cache"),
    ),
    "graphs are captured": (
        "Capturing CUDA graphs (mixed prefill-decode, PIECEWISE):  60%|██████    | 30/50 [00:03<00:02]",
        LogNote("phase", "capturing CUDA graphs", done=30, total=50),
    ),
    "graphs are there": (
        "(Worker_TP0 pid=7) INFO 11-20 09:57:06 [x.py:1] Graph capturing finished in 12 secs, took 0.94 GiB",
        LogNote("milestone", "CUDA graphs captured, 0.94 GiB, in 12 s"),
    ),
    "a worker's own error": (
        "(Worker_TP1 pid=8) ERROR 11-20 09:57:10 [multiproc_executor.py:1] WorkerProc failed to start.",
        LogNote("error", "WorkerProc failed to start.", "Worker_TP1 pid=8"),
    ),
}


@pytest.mark.parametrize("name", LINES)
def test_log_lines_are_understood(name: str) -> None:
    line, note = LINES[name]
    assert vllm.read_line(line) == note
