"""vLLM's log lines as figures: wordings of several releases, real lines of the CPU engine."""

# ruff: noqa: E501 - lines of a log are as long as they are

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.engines.vllm.measured import GIB, parse
from dragoman.model.measured import Measured

# Printed by 0.32.0 on a CPU with the tiny model.
CPU_LOG = """\
(APIServer pid=31237) INFO 11-20 13:03:03 [api_utils.py:347]  ▄▄ ▄█ █     █     █ ▀▄▀ █  version 0.32.0
(Worker pid=32068) INFO 11-20 13:03:53 [cpu_model_runner.py:68] Starting to load model /models/tiny...
(Worker pid=32068) INFO 11-20 13:03:54 [weight_utils.py:1108] Filesystem type for checkpoints: EXT4. \
Checkpoint size: 0.00 GiB. Available RAM: 18.34 GiB.
Loading safetensors checkpoint shards: 100% Completed | 1/1 [00:00<00:00, 64.05it/s]
(Worker pid=32068) INFO 11-20 13:03:54 [default_loader.py:501] Loading weights took 0.02 seconds
(Worker pid=32068) INFO 11-20 13:03:56 [cpu_worker.py:260] Explicitly set (1.0/23.54) GiB for KV cache on node 0.
(EngineCore pid=31804) INFO 11-20 13:03:56 [kv_cache_utils.py:2327] CPU KV cache size: 4,194,304 tokens, \
Maximum concurrency for 8,192 tokens per request: 512.00x
(EngineCore pid=31804) INFO 11-20 13:04:02 [core.py:402] init engine (profile, create kv cache, warmup model) took 6.44 s
"""

# The same release's wording on two GPUs, as its source prints it.
GPU_LOG = """\
(APIServer pid=1) INFO 11-20 13:03:03 [api_utils.py:347]  ▄▄ ▄█ █     █     █ ▀▄▀ █  version 0.32.0
(Worker_TP0 pid=7) INFO 11-20 13:03:09 [weight_utils.py:533] Time spent downloading weights for a/b: 12.500000 seconds
(Worker_TP0 pid=7) INFO 11-20 13:03:54 [default_loader.py:501] Loading weights took 80.10 seconds
(Worker_TP0 pid=7) INFO 11-20 13:03:54 [gpu_model_runner.py:5150] Model loading took 55.1 GiB memory and 82.500000 seconds
(Worker_TP1 pid=8) INFO 11-20 13:03:54 [gpu_model_runner.py:5150] Model loading took 55.3 GiB memory and 83.000000 seconds
(Worker_TP0 pid=7) INFO 11-20 13:04:24 [monitor.py:34] torch.compile takes 21.50 s in total
(Worker_TP0 pid=7) INFO 11-20 13:04:24 [gpu_model_runner.py:6475] Estimated CUDA graph memory: 0.75 GiB total
(Worker_TP0 pid=7) INFO 11-20 13:04:24 [gpu_worker.py:760] Available KV cache memory: 13.82 GiB
(Worker_TP1 pid=8) INFO 11-20 13:04:24 [gpu_worker.py:760] Available KV cache memory: 13.5 GiB
(EngineCore pid=5) INFO 11-20 13:04:24 [kv_cache_utils.py:2327] GPU KV cache size: 294,912 tokens, \
Maximum concurrency for 262,144 tokens per request: 1.12x
(Worker_TP0 pid=7) INFO 11-20 13:04:30 [gpu_model_runner.py:6582] Graph capturing finished in 6 secs, took 0.62 GiB
(Worker_TP0 pid=7) INFO 11-20 13:04:31 [gpu_worker.py:1040] Free memory on device (78.6/79.19 GiB) on startup. \
Desired GPU memory utilization is (0.92, 72.86 GiB). Actual usage is 55.9 GiB for consumed memory (weights + \
non-torch), 2.71 GiB for peak activation, and 0.62 GiB for CUDAGraph memory. Replace gpu_memory_utilization config \
with `--kv-cache-memory=14470000000` (13.48 GiB) to fit into requested memory, or `--kv-cache-memory=20000000000` \
(18.63 GiB) to fully utilize gpu memory. Current kv cache memory in use is 13.82 GiB.
(EngineCore pid=5) INFO 11-20 13:04:33 [core.py:396] init engine (profile, create kv cache, warmup model) took \
38.90 s (compilation: 21.50 s)
"""

# Two lines where there is one today, and other words for the load.
OLD_LOG = """\
INFO 07-21 10:00:00 [api_server.py:1395] vLLM API server version 0.9.2
INFO 07-21 10:01:00 [gpu_model_runner.py:1795] Model loading took 14.9889 GiB and 5.120000 seconds
INFO 07-21 10:01:20 [gpu_worker.py:232] Available KV cache memory: 54.84 GiB
INFO 07-21 10:01:20 [kv_cache_utils.py:716] GPU KV cache size: 205,728 tokens
INFO 07-21 10:01:20 [kv_cache_utils.py:720] Maximum concurrency for 200,000 tokens per request: 1.03x
INFO 07-21 10:01:40 [core.py:172] init engine (profile, create kv cache, warmup model) took 41.52 seconds
"""


def gib(size: float) -> int:
    return round(size * GIB)


CASES: dict[str, tuple[str, Measured]] = {
    "the CPU engine": (
        CPU_LOG,
        Measured(
            version="0.32.0",
            device="CPU",
            kv_tokens=4_194_304,
            concurrency=512.0,
            max_model_len=8192,
            kv_memory=gib(1),
            read_s=0.02,
            prepare_s=6.44,
        ),
    ),
    "two GPUs, of which the tightest counts": (
        GPU_LOG,
        Measured(
            version="0.32.0",
            device="GPU",
            kv_tokens=294_912,
            concurrency=1.12,
            max_model_len=262_144,
            kv_memory=gib(13.5),
            weights=gib(55.3),
            consumed=gib(55.9),
            activation=gib(2.71),
            graphs=gib(0.62),
            graphs_estimate=gib(0.75),
            free=gib(78.6),
            total=gib(79.19),
            requested=gib(72.86),
            utilization=0.92,
            kv_memory_advised=14_470_000_000,
            download_s=12.5,
            read_s=80.1,
            load_s=83.0,
            compile_s=21.5,
            capture_s=6.0,
            prepare_s=38.9,
        ),
    ),
    "an old release with two lines": (
        OLD_LOG,
        Measured(
            version="0.9.2",
            device="GPU",
            kv_tokens=205_728,
            concurrency=1.03,
            max_model_len=200_000,
            kv_memory=gib(54.84),
            weights=gib(14.9889),
            load_s=5.12,
            prepare_s=41.52,
        ),
    ),
    "of two starts the last one": (
        GPU_LOG + OLD_LOG,
        parse(OLD_LOG.splitlines()),
    ),
    "a memory that is less than nothing": (
        "Available KV cache memory: -1.5 GiB",
        Measured(kv_memory=gib(-1.5)),
    ),
    "weights in the words of 0.11": (
        "Actual usage is 14.99 GiB for weight, 1.26 GiB for peak activation, 0.09 GiB for non-torch memory, "
        "and 0.65 GiB for CUDAGraph memory.",
        Measured(weights=gib(14.99), activation=gib(1.26), graphs=gib(0.65)),
    ),
    "a CPU's memory shared out by the engine": (
        "Auto set (9.5/23.54) GiB for KV cache on node 0, with 11.0 GiB requested memory for the worker. "
        "1.5 GiB memory was consumed by non-kv usages.",
        Measured(kv_memory=gib(9.5), requested=gib(11), consumed=gib(1.5)),
    ),
    "another service's log": ("INFO: 127.0.0.1 - GET /health 200\n\x1b[31mKV cache\x1b[0m", Measured()),
    "nothing": ("", Measured()),
}


@pytest.mark.parametrize("case", CASES)
def test_a_log_gives(case: str) -> None:
    log, expected = CASES[case]
    assert parse(log.splitlines()) == expected


def test_what_is_neither_weights_nor_kv_cache() -> None:
    measured = parse(GPU_LOG.splitlines())
    assert measured.overhead == gib(72.86) - gib(55.3) - gib(13.5)
    assert parse(OLD_LOG.splitlines()).overhead is None


def test_a_log_without_memory_is_no_measurement() -> None:
    assert not parse(["Loading weights took 3 seconds"])
    assert parse(GPU_LOG.splitlines())


@given(st.lists(st.text() | st.from_regex(r"Available KV cache memory: [-\d.]{1,9} GiB")))
def test_no_text_breaks_it(lines: list[str]) -> None:
    assert isinstance(parse(lines), Measured)
