"""A failed start is tried again only with another plan, and what is different is said."""

from dataclasses import replace

import pytest

from dragoman.engines.vllm.causes import causes
from dragoman.model.deployment import Deployment, Layout
from dragoman.planning.retry import change

PLAN = Deployment("Qwen/Qwen3-235B-A22B-Instruct-2507-FP8", "qwen3", Layout(tensor=8), max_model_len=262_144)
ON_FOUR = replace(PLAN, layout=Layout(tensor=4))
OOM = "torch.OutOfMemoryError: CUDA out of memory."
LOADING = "INFO 11-20 13:00:00 [g.py:1] Starting to load model X..."
CAPTURING = "INFO 11-20 13:00:00 [g.py:1] Capturing CUDA graphs (decode): 10%"
NO_CACHE = "ValueError: No available memory for the cache blocks."
WINDOW = (
    "max seq len (262144) is larger than the maximum number of tokens that can be stored in KV cache ({})"
)
TAKEN = "Free memory on device cuda:0 ({}/79.25 GiB) on startup is less than desired GPU memory utilization"
TIMED_OUT = "TimeoutError: Timed out waiting for engine core processes to start."
BLOCKS = (
    "The output_size of gate's and up's weight = 192 is not divisible by weight quantization block_n = 128."
)

# Sentence -> the plan, the log, the plan of the retry and its reason; None: no retry.
CASES: dict[str, tuple[Deployment, list[str], tuple[Deployment, str] | None]] = {
    "a window that does not fit becomes the longest that does": (
        PLAN,
        [WINDOW.format(96_400)],
        (replace(PLAN, max_model_len=96_256), "a window of 96,256 tokens"),
    ),
    "no window is so short that an agent cannot work in it": (PLAN, [WINDOW.format(5_000)], None),
    "a window as short as that already would fail again": (
        replace(PLAN, max_model_len=8_192),
        [WINDOW.format(96_400)],
        None,
    ),
    "what is free is taken": (
        PLAN,
        [TAKEN.format("66.21")],
        (replace(PLAN, gpu_memory_utilization=0.82), "82% of each GPU's memory"),
    ),
    "a GPU that is nearly full is left alone": (PLAN, [TAKEN.format("10.00")], None),
    "no room for the cache: smaller steps first": (
        PLAN,
        [NO_CACHE],
        (replace(PLAN, max_num_batched_tokens=2_048), "steps of at most 2,048 tokens"),
    ),
    "no room for the cache with small steps: a little more of the memory": (
        replace(PLAN, max_num_batched_tokens=2_048),
        [NO_CACHE],
        (
            replace(PLAN, max_num_batched_tokens=2_048, gpu_memory_utilization=0.95),
            "95% of each GPU's memory",
        ),
    ),
    "no room for the cache, and nothing left to give": (
        replace(PLAN, max_num_batched_tokens=2_048, gpu_memory_utilization=0.95),
        [NO_CACHE],
        None,
    ),
    "graphs that do not fit: a little less of the memory": (
        PLAN,
        [CAPTURING, OOM],
        (replace(PLAN, gpu_memory_utilization=0.89), "89% of each GPU's memory"),
    ),
    "graphs that do not fit, at the least share: none": (
        replace(PLAN, gpu_memory_utilization=0.5),
        [CAPTURING, OOM],
        (replace(PLAN, gpu_memory_utilization=0.5, enforce_eager=True), "without CUDA graphs (slower)"),
    ),
    "too many sequences become 256": (
        PLAN,
        ["out of memory occurred when warming up sampler with 1024 dummy requests"],
        (replace(PLAN, max_num_seqs=256), "at most 256 requests at once"),
    ),
    "experts that are cut are kept whole": (
        PLAN,
        [BLOCKS],
        (replace(PLAN, layout=Layout(8, expert=True)), "the layout TP8+EP instead of TP8"),
    ),
    "heads that cannot be shared out: the next divisor": (
        replace(PLAN, layout=Layout(6)),
        ["attention heads (64) must be divisible by tensor parallel size (6)."],
        (replace(PLAN, layout=Layout(4)), "the layout TP4 instead of TP6"),
    ),
    "a window over the model's": (
        PLAN,
        ["User-specified max_model_len (262144) is greater than the derived max_model_len (n=40960.0 or"],
        (replace(PLAN, max_model_len=40_960), "a window of 40,960 tokens"),
    ),
    "more time to load": (
        PLAN,
        [TIMED_OUT],
        (
            replace(PLAN, environment={"VLLM_ENGINE_READY_TIMEOUT_S": "3600"}),
            "VLLM_ENGINE_READY_TIMEOUT_S=3600",
        ),
    ),
    "time that was given already is not given again": (
        replace(PLAN, environment={"VLLM_ENGINE_READY_TIMEOUT_S": "3600"}),
        [TIMED_OUT],
        None,
    ),
    "a user's own argument would win, so that a retry would change nothing": (
        replace(PLAN, extra=("--max_model_len=262144",)),
        [WINDOW.format(96_400)],
        None,
    ),
    "weights that do not fit, without a word on the machine": (ON_FOUR, [LOADING, OOM], None),
    "a flag that the engine does not know": (PLAN, ["error: unrecognized arguments: --nope"], None),
    "a wrapper alone": (PLAN, ["RuntimeError: Engine core initialization failed."], None),
    "a refused request is no reason to start again": (PLAN, ["max_tokens must be at least 1, got 0."], None),
}


@pytest.mark.parametrize("case", CASES)
def test_a_retry_has_another_plan_or_there_is_none(case: str) -> None:
    plan, log, expected = CASES[case]
    assert change(plan, causes(log)) == expected


def test_weights_that_do_not_fit_are_spread_over_gpus_that_are_there() -> None:
    found = causes([LOADING, OOM])
    assert change(ON_FOUR, found, gpus=8) == (PLAN, "the layout TP8 instead of TP4")
    assert change(ON_FOUR, found, gpus=4) is None


def test_cut_experts_that_are_whole_already_need_fewer_shards() -> None:
    plan = replace(PLAN, layout=Layout(8, expert=True))
    changed = change(plan, causes([BLOCKS]))
    assert changed is not None
    assert changed[0].layout == Layout(4, expert=True)
