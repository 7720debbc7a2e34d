"""Every row of the table has a line that gives it away, in the engine's words, and says what they come to."""

# ruff: noqa: E501 - log lines as they are

import pytest

from dragoman.engines.vllm.causes import TABLE, Found, Reader, causes

OOM = "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of"
IN_WORKER = "(Worker_TP0 pid=71) ERROR 11-20 13:00:00 [multiproc_executor.py:900]"

# Row -> lines of a log, and words that the mend must hold.
EXAMPLES: dict[str, tuple[list[str], str]] = {
    "weights-do-not-fit": (
        ["(Worker_TP0 pid=71) INFO 11-20 13:00:00 [gpu_model_runner.py:1] Starting to load model X...", OOM],
        "more GPUs",
    ),
    "graphs-out-of-memory": (
        [
            f"{IN_WORKER} Traceback (most recent call last):",
            f'{IN_WORKER}   File "gpu_model_runner.py", line 1, in capture_model',
            f"{IN_WORKER} {OOM}",
        ],
        "by 0.03",
    ),
    "deep-gemm-out-of-memory": (
        ['  File "deep_gemm_warmup.py", line 1, in deep_gemm_warmup', OOM],
        "VLLM_USE_DEEP_GEMM=0",
    ),
    "step-out-of-memory": (
        ["(APIServer pid=1) INFO 11-20 13:00:00 [x.py:1] Application startup complete.", OOM],
        "Halve --max-num-batched-tokens",
    ),
    "out-of-memory": ([OOM], "--max-num-batched-tokens 2048"),
    "no-room-for-cache": (
        [
            "ValueError: No available memory for the cache blocks. Try increasing `gpu_memory_utilization` when"
        ],
        "--max-num-batched-tokens",
    ),
    "window-does-not-fit": (
        [
            "ValueError: To serve at least one request with the model's max seq len (262144), (47.0 GiB KV cache"
            " is needed, which is larger than the available KV cache memory (28.43 GiB). Based on the available"
            " memory, the estimated maximum model length is 158576. Try increasing `gpu_memory_utilization`"
        ],
        "--max-model-len 157696",
    ),
    "memory-taken": (
        [
            "ValueError: Free memory on device cuda:0 (66.21/79.25 GiB) on startup is less than desired GPU"
            " memory utilization (0.92, 72.91 GiB). Decrease GPU memory utilization or"
        ],
        "--gpu-memory-utilization 0.82: 66.21 of 79.25 GiB",
    ),
    "memory-moved": (
        ["AssertionError: Error in memory profiling. Initial free memory 70.1 GiB, current free memory 78.0"],
        "Start again",
    ),
    "sampler-out-of-memory": (
        [
            "RuntimeError: CUDA out of memory occurred when warming up sampler with 1024 dummy requests. Please"
        ],
        "--max-num-seqs 256 (it was 1024)",
    ),
    "window-over-model": (
        [
            "  Value error, User-specified max_model_len (131072) is greater than the derived max_model_len "
            "(max_position_embeddings=40960.0 or model_max_length=None in model's config.json). To allow"
        ],
        "--max-model-len 40960",
    ),
    "host-out-of-memory": (
        [
            "ERROR 11-20 13:00:00 [m.py:1] Worker proc VllmWorker-1 died unexpectedly (exit code: -9), shutting"
        ],
        "RAM",
    ),
    "weights-over-network": (
        [
            "WARNING 11-20 13:00:00 [w.py:1] Network filesystem (nfs4) detected but checkpoint total size (220.20"
            " GiB) exceeds 90% of available RAM (120.00 GiB). Skipping auto-prefetch."
        ],
        "local disk",
    ),
    "experts-split-blocks": (
        [
            "ValueError: The output_size of gate's and up's weight = 192 is not divisible by weight quantization "
            "block_n = 128."
        ],
        "--tensor-parallel-size by 2",
    ),
    "layers-split-blocks": (
        ["Weight output_partition_size = 320 is not divisible by weight quantization block_n = 128."],
        "by 2",
    ),
    "heads-not-divisible": (
        ["Value error, Total number of attention heads (64) must be divisible by tensor parallel size (6)."],
        "--tensor-parallel-size 4",
    ),
    "fp8-on-old-gpu": (["ValueError: type fp8e4nv not supported in this architecture. The"], "0.9"),
    "fp8-weights-only": (
        ["WARNING 11-20 13:00:00 [m.py:1] Your GPU does not have native support for FP8 computation but FP8"],
        "Nothing",
    ),
    "too-few-gpus": (
        [
            "ValueError: World size (8) is larger than the number of available GPUs (4) in this node. If this is"
        ],
        "8 GPUs are asked for and 4 seen",
    ),
    "nccl-system-error": (["RuntimeError: NCCL error: unhandled system error (run with"], "--ipc=host"),
    "shared-memory-small": (
        ["Error while creating shared memory segment /dev/shm/nccl-AbCdEf (size 9637888)"],
        "--shm-size",
    ),
    "nccl-hang": (
        ["(Worker_TP0 pid=71) INFO 11-20 13:00:00 [pynccl.py:1] vLLM is using nccl==2.27.3"],
        "NCCL_P2P_DISABLE=1",
    ),
    "nccl-hang-nodes": (
        ["args: {'model': 'X', 'nnodes': 2}", "INFO 11-20 13:00:00 [pynccl.py:1] vLLM is using nccl==2.27.3"],
        "NCCL_SOCKET_IFNAME",
    ),
    "mismatched-nodes": (
        ["RuntimeError: Configuration mismatch detected for engine 1. All DP workers must have identical"],
        "one plan",
    ),
    "headless-missing": (
        ["RuntimeError: Remote engine 1 must use --headless unless in external or hybrid dp lb mode"],
        "Add --headless",
    ),
    "headless-wrong": (
        ["RuntimeError: Remote engine 1 must not use --headless in external or hybrid dp lb mode"],
        "Take --headless off",
    ),
    "nodes-do-not-divide": (
        [
            "ValueError: Invalid data-parallel launch options: `--nnodes 2` must evenly divide the total world size (3)."
        ],
        "3 GPUs over 2 machines",
    ),
    "nodes-share-address": (
        ["RuntimeError: Every node should have a unique IP address. Got 2 nodes with node ids"],
        "VLLM_HOST_IP",
    ),
    "auto-tools-without-parser": (
        ["TypeError: Error: --enable-auto-tool-choice requires --tool-call-parser"],
        "hermes for Qwen3",
    ),
    "unknown-tool-parser": (
        ["KeyError: 'invalid tool call parser: hermess (chose from { apertus,cohere_command3,dots })'"],
        "than hermess",
    ),
    "unknown-reasoning-parser": (
        ["KeyError: \"Reasoning parser 'nope' not found. Available parsers: deepseek_r1, qwen3\""],
        "than nope",
    ),
    "stray-continuation": (["vllm serve: error: unrecognized arguments: ` `"], "Use one mark"),
    "unknown-flag": (
        ["main.py: error: unrecognized arguments: --enable-reasoning"],
        "Take --enable-reasoning out",
    ),
    "unknown-model": (
        ["OSError: Qwen/Qwen3-235B-A22B-Instruct is not a local folder and is not a valid model identifier"],
        "Instruct-2507",
    ),
    "gated-model": (["huggingface_hub.errors.GatedRepoError: 401 Client Error."], "HF_TOKEN"),
    "port-taken": (["OSError: [Errno 98] Address already in use"], "--port"),
    "port-is-address": (
        ["ValueError: VLLM_PORT 'tcp://10.0.0.1:8000' appears to be a URI. This may be caused by a"],
        "unset VLLM_PORT",
    ),
    "no-gpu": (
        ["RuntimeError: Failed to infer device type, please set the environment variable"],
        "--gpus all",
    ),
    "gpu-not-in-build": (["CUDA error: no kernel image is available for execution on the device"], "newer"),
    "engine-too-old": (
        ["WARNING 11-20 13:00:00 [b.py:1] Using Transformers modeling backend for Qwen3VLMoe"],
        "Upgrade",
    ),
    "dual-chunk-config": (
        ["TypeError: FlashAttentionImpl.__init__() got an unexpected keyword argument 'layer_idx'"],
        "dual_chunk_attention_config",
    ),
    "quantization-mismatch": (
        [
            "Value error, Quantization method specified in the model config (awq) does not match the quantization"
            " method specified in the `quantization` argument (fp8)."
        ],
        "Leave --quantization fp8 out: the checkpoint says awq",
    ),
    "start-timed-out": (
        ["TimeoutError: Timed out waiting for engine core processes to start. This is often caused by slow"],
        "VLLM_ENGINE_READY_TIMEOUT_S=3600",
    ),
    "wsl-memory-not-pinned": (
        ["WARNING 11-20 13:00:00 [i.py:1] Using 'pin_memory=False' as WSL is detected. This may slow"],
        "VLLM_WSL2_ENABLE_PIN_MEMORY=1",
    ),
    "garbage-out": (
        ["RuntimeError: probability tensor contains either `inf`, `nan` or element < 0"],
        "marlin",
    ),
    "torchvision-mismatch": (["RuntimeError: operator torchvision::nms does not exist"], "uninstall"),
    "metadata-missing": (
        ["importlib.metadata.PackageNotFoundError: No package metadata was found for vllm"],
        "METADATA",
    ),
    "cpu-binding": (["ValueError: invalid literal for int() with base 10: 'all'"], "auto"),
    "sleep-mode": (["Value error, Sleep mode is not supported on current platform."], "Leave it out"),
    "speculative-processors": (
        ["Custom logits processors are not supported when speculative decoding is enabled."],
        "one of the two",
    ),
    "engine-died": (
        [
            '{"error": {"message": "EngineCore encountered an issue. See stack trace (above) for the root cause."}}'
        ],
        "first error",
    ),
    "start-failed": (
        [
            "RuntimeError: Engine core initialization failed. See root cause above. Failed core proc(s): {'E': 1}"
        ],
        "first error",
    ),
    "auto-tools-off": (
        [
            '400 {"message":"\\"auto\\" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set"}'
        ],
        "--tool-call-parser",
    ),
    "forced-tools-off": (
        ['tool_choice=function "Bash" requires --tool-call-parser to be set'],
        "hermes",
    ),
    "invalid-tool-choice": (
        [
            'Invalid value for `tool_choice`: any! Only named tools, "none", "auto" or "required" are supported.'
        ],
        "required instead of any",
    ),
    "tool-choice-shape": (
        ["Invalid value for `function`: `None` in `tool_choice`! Correct usage: `{"],
        "this form",
    ),
    "tool-choice-unknown": (
        ["The tool specified in `tool_choice` does not match any of the specified `tools`"],
        "Offer the tool",
    ),
    "tool-choice-without-tools": (
        ["When using `tool_choice`, `tools` must be set."],
        "Leave tool_choice out",
    ),
    "tools-empty": (
        ["`tools` must not be an empty array. Either provide at least one tool or"],
        "Leave it out",
    ),
    "tool-kind": (
        ["{'type': 'literal_error', 'loc': 'body.tools.0.type', 'msg': \"Input should be 'function'\"}"],
        "OpenAI's form",
    ),
    "server-tool": (
        ["{'type': 'missing', 'loc': 'body.tools.0.input_schema', 'msg': 'Field required'}"],
        "Switch the tool off",
    ),
    "prompt-too-long": (
        [
            "This model's maximum context length is 32768 tokens. However, your prompt contains at least 32769"
            " input tokens, which exceeds this limit even without any output tokens."
        ],
        "than 32768",
    ),
    "output-too-long": (
        ["max_tokens=32000 cannot be greater than max_model_len=16384. Please request fewer output tokens."],
        "CLAUDE_CODE_MAX_OUTPUT_TOKENS",
    ),
    "output-too-short": (["max_tokens must be at least 1, got 0."], "Leave it out"),
    "model-not-served": (
        ["The model `claude-3-5-sonnet-20240620` does not exist. Valid aliases: qwen3."],
        "GET /v1/models",
    ),
    "thinking-without-parser": (
        [
            "thinking_token_budget is set but reasoning_config is not configured. Please set --reasoning-parser"
        ],
        "MAX_THINKING_TOKENS=0",
    ),
    "stops": (["List should have at most 4 items after validation, not 5"], "at most four"),
    "sampling-range": (["temperature must be in [0, 2], got 3.0."], "in the range"),
    "stream-options": (
        ["Stream options can only be defined when `stream=True`."],
        "Leave stream_options out",
    ),
    "template-in-request": (
        ["Chat template is passed with request, but --trust-request-chat-template is not set. Refused"],
        "--chat-template",
    ),
    "no-images": (["qwen3-235b is not a multimodal model"], "new conversation"),
    "content-kind": (["Unsupported chat content part type: 'file'. Supported types: text"], "as text"),
    "empty-conversation": (["Cannot apply chat template to an empty conversation. Provide"], "at least one"),
    "order-of-roles": (["Conversation roles must alternate user/assistant/user/assistant/..."], "Merge"),
    "prefill": (
        ["Cannot set both `continue_final_message` and `add_generation_prompt` to True."],
        "add_generation_prompt: false",
    ),
    "schema-missing": (
        ["When response_format type is 'json_schema', the 'json_schema' field must be provided."],
        "json_object",
    ),
    "schema-not-possible": (["Grammar error: Invalid type: banana"], "Simplify"),
    "media-type": (["Unsupported Media Type: Only 'application/json' is allowed"], "Content-Type"),
    "key-refused": (['401 {"error":"Unauthorized"}'], "ANTHROPIC_AUTH_TOKEN"),
    "engine-full": (["The engine is currently busy and cannot accept new requests. Please try"], "replicas"),
}

# Older words for the same, from releases of vLLM before 0.32.
OLDER: dict[str, tuple[str, str, str]] = {
    "the window, before 0.10": (
        "window-does-not-fit",
        "ValueError: The model's max seq len (262144) is larger than the maximum number of tokens that can be "
        "stored in KV cache (96400). Try increasing `gpu_memory_utilization`",
        "--max-model-len 96256",
    ),
    "the window, misspelt": (
        "window-does-not-fit",
        "To serve at least one request with the models's max seq len (40960), (3.75 GiB KV cache is needed, "
        "which is larger than the available KV cache memory (2.0 GiB). Based on the available memory, the "
        "estimated maximum model length is 21840.",
        "--max-model-len 21504",
    ),
    "the window, without an estimate": (
        "window-does-not-fit",
        "To serve at least one request with the models's max seq len (40960), (3.75 GiB KV cache is needed, ...",
        "Lower --max-model-len",
    ),
    "a window of less than 1,024": (
        "window-does-not-fit",
        "max seq len (4096) is larger than the maximum number of tokens that can be stored in KV cache (900).",
        "--max-model-len 900",
    ),
    "the prompt, with what was asked for": (
        "prompt-too-long",
        "This model's maximum context length is 32768 tokens. However, you requested 52189 tokens (20189 in the "
        "messages, 32000 in the completion).",
        "than 32768",
    ),
    "the output, about 0.11": (
        "output-too-long",
        "'max_tokens' or 'max_completion_tokens' is too large: 16384. This model's maximum context length is "
        "65536 tokens and your request has 52189 input tokens (16384 > 65536 - 52189).",
        "Ask for less",
    ),
    "the other direction of a block": (
        "experts-split-blocks",
        "The input_size of down's weight = 96 is not divisible by weight quantization block_k = 128.",
        "by 4",
    ),
    "a row of a linear layer": (
        "layers-split-blocks",
        "Weight input_size_per_partition = 64 is not divisible by weight quantization block_k = 128.",
        "by 2",
    ),
    "a worker of the core that the kernel ended": (
        "host-out-of-memory",
        "RuntimeError: Engine core initialization failed. Failed core proc(s): {'EngineCore_DP0': -9}",
        "RAM",
    ),
    "what is free of a CPU's memory": (
        "memory-taken",
        "ValueError: Available memory on node 0 (14.62/23.54 GiB) on startup is less than desired CPU memory "
        "utilization (0.999, 23.52 GiB). On the CPU backend, the `--gpu-memory-utilization` flag controls",
        "--gpu-memory-utilization 0.61",
    ),
    "no room for the cache, on a CPU": (
        "no-room-for-cache",
        "ValueError: Available memory on node 0 (13.54/23.54 GiB) on kv cache allocation is less than requested "
        "memory for kv (-0.16/0.47 GiB). Reduce CPU memory used by other processes.",
        "--max-num-batched-tokens",
    ),
    "a driver that is not there": ("no-gpu", "RuntimeError: No CUDA GPUs are available", "nvidia-smi"),
    "the Transformers backend, before it was called so": (
        "engine-too-old",
        "Using Transformers backend.",
        "Upgrade",
    ),
}


def ids(found: list[Found]) -> list[str]:
    return [each.cause.id for each in found]


@pytest.mark.parametrize("id", EXAMPLES)
def test_a_cause_is_known_by_its_words(id: str) -> None:
    lines, mend = EXAMPLES[id]
    found = causes(lines)
    assert ids(found) == [id]
    assert mend in found[0].mend
    assert "{" not in found[0].mend.replace('{"', "")


@pytest.mark.parametrize("case", OLDER)
def test_older_words_mean_the_same(case: str) -> None:
    id, line, mend = OLDER[case]
    found = causes([line])
    assert ids(found)[0] == id
    assert mend in found[0].mend


def test_every_row_has_an_example_and_an_id_of_its_own() -> None:
    listed = [cause.id for cause in TABLE]
    assert sorted(listed) == sorted(set(listed)) == sorted(EXAMPLES)


def test_every_row_says_what_why_and_the_mend_in_sentences() -> None:
    for cause in TABLE:
        for text in (cause.what, cause.why, cause.mend, *filter(None, [cause.exact, cause.gateway])):
            assert text[-1] in ".)", f"{cause.id}: {text}"


def test_a_cause_is_found_once_where_it_first_stands_and_wrappers_come_last() -> None:
    log = [
        "(EngineCore_DP0 pid=9) INFO 11-20 13:00:00 [core.py:1] Initializing a V1 LLM engine",
        "(Worker_TP1 pid=12) ERROR 11-20 13:00:01 [m.py:1] WorkerProc failed to start.",
        "RuntimeError: Engine core initialization failed. See root cause above. Failed core proc(s): {}",
        "(Worker_TP0 pid=11) ERROR 11-20 13:00:01 [m.py:1] RuntimeError: NCCL error: unhandled system error",
        "(Worker_TP1 pid=12) ERROR 11-20 13:00:01 [m.py:1] RuntimeError: NCCL error: unhandled system error",
    ]
    found = causes(log)
    assert ids(found) == ["nccl-system-error", "start-failed"]
    assert (found[0].line, found[0].process) == (4, "Worker_TP0")
    assert found[1].first_errors == (
        "RuntimeError: NCCL error: unhandled system error",
        "RuntimeError: NCCL error: unhandled system error",
    )


def test_a_wrapper_alone_points_to_the_first_error_of_each_process() -> None:
    found = causes(
        [
            "(Worker_TP0 pid=11) ERROR 11-20 13:00:01 [m.py:1] WorkerProc failed to start.",
            "(Worker_TP0 pid=11) ERROR 11-20 13:00:01 [m.py:1] Traceback (most recent call last):",
            "(Worker_TP0 pid=11) ERROR 11-20 13:00:01 [m.py:1] foo.BarError: nobody has seen this before",
            "(Worker_TP0 pid=11) ERROR 11-20 13:00:01 [m.py:1] foo.BazError: a consequence",
            "RuntimeError: Engine core initialization failed. See root cause above. Failed core proc(s): {}",
        ]
    )
    assert ids(found) == ["start-failed"]
    assert found[0].first_errors == ("foo.BarError: nobody has seen this before",)


def test_what_a_worker_did_decides_what_it_means_that_memory_ran_out() -> None:
    found = causes(
        [
            "(Worker_TP0 pid=11) INFO 11-20 13:00:00 [g.py:1] Starting to load model X...",
            "(Worker_TP1 pid=12) INFO 11-20 13:00:00 [g.py:1] Capturing CUDA graphs (decode): 10%",
            f"(Worker_TP1 pid=12) ERROR 11-20 13:00:01 [m.py:1] {OOM}",
            f"(Worker_TP0 pid=11) ERROR 11-20 13:00:01 [m.py:1] {OOM}",
        ]
    )
    assert ids(found) == ["graphs-out-of-memory", "weights-do-not-fit"]


def test_memory_that_ran_out_in_the_sampler_is_not_blamed_on_the_step() -> None:
    found = causes(
        [
            f"{IN_WORKER} File 'gpu_model_runner.py', line 1, in profile_run",
            f"{IN_WORKER} File 'gpu_model_runner.py', line 1, in _dummy_sampler_run",
            f"{IN_WORKER} {OOM}",
            f"{IN_WORKER} RuntimeError: CUDA out of memory occurred when warming up sampler with 512 dummy requests",
        ]
    )
    assert ids(found) == ["sampler-out-of-memory"]


def test_colours_container_prefixes_and_broken_lines_do_not_hide_a_cause() -> None:
    found = causes(
        [
            "vllm-1  | \x1b[0;36m(APIServer pid=1)\x1b[0;0m INFO 11-20 13:00:00 [x.py:1] hello",
            "vllm-1  | \x1b[31mValueError: User-specified max_model_len (131072) is greater than the",
            "derived max_model_len (max_position_embeddings=40960 or model_max_length=None in\x1b[0m",
        ]
    )
    assert ids(found) == ["window-over-model"]
    assert found[0].figures == {"wanted": 131072, "derived": 40960}


@pytest.mark.parametrize(
    "after",
    [
        "INFO 11-20 13:00:09 [g.py:1] Starting to load model X...",
        "WARNING 11-20 13:00:09 [custom_all_reduce.py:1] Custom allreduce is disabled",
    ],
)
def test_a_start_that_goes_on_after_the_gpus_are_connected_does_not_stand_still(after: str) -> None:
    assert causes(["INFO 11-20 13:00:00 [pynccl.py:1] vLLM is using nccl==2.27.3", after]) == []


def test_a_start_stands_still_though_it_says_that_it_waits() -> None:
    waits = (
        "INFO 11-20 13:01:00 [shm_broadcast.py:1] No available shared memory broadcast block found in 60 s"
    )
    assert ids(causes(["vLLM is using nccl==2.27.3", waits, waits])) == ["nccl-hang"]


def test_a_start_that_stood_still_until_time_was_up_stood_still() -> None:
    found = causes(
        [
            "(Worker_TP0 pid=1) INFO 11-20 13:00:00 [pynccl.py:1] vLLM is using nccl==2.27.3",
            "(APIServer pid=2) Traceback (most recent call last):",
            '(APIServer pid=2)   File "core_client.py", line 742, in __init__',
            "(APIServer pid=2) TimeoutError: Timed out waiting for engine core processes to start. This is often",
        ]
    )
    assert ids(found) == ["nccl-hang", "start-timed-out"]


def test_a_connection_that_was_begun_and_not_completed_stands_still() -> None:
    begun = "host:1:1 [0] NCCL INFO ncclCommInitRank comm 0x1 rank 0 nranks 8 - Init START"
    assert ids(causes([begun])) == ["nccl-hang-nodes"]
    assert ids(causes([begun, begun.replace("START", "COMPLETE")])) == []


def test_a_failure_of_another_kind_while_the_gpus_connect_is_not_called_a_standstill() -> None:
    assert causes(["vLLM is using nccl==2.27.3", "foo.OddError: nobody knows"]) == []


def test_a_plain_start_has_no_cause() -> None:
    assert causes(PLAIN_START.splitlines()) == []


def test_feeding_gives_a_cause_at_once_and_closing_twice_is_harmless() -> None:
    reader = Reader()
    assert ids(reader.feed("OSError: [Errno 98] Address already in use")) == ["port-taken"]
    assert reader.feed("OSError: [Errno 98] Address already in use") == []
    assert reader.close() == reader.close()


def test_rubbish_and_endless_lines_are_survived() -> None:
    for line in ("\x00\x1b[\x1b]0;", "(" * 50_000, "max seq len (" * 20_000, "a" * 1_000_000, "\\" * 100_000):
        assert causes([line]) == []


PLAIN_START = """\
(APIServer pid=1909) INFO 11-20 13:06:20 [api_utils.py:339] vLLM API server version 0.32.0
(APIServer pid=1909) INFO 11-20 13:06:25 [model.py:560] Resolved architecture: Qwen3MoeForCausalLM
(APIServer pid=1909) WARNING 11-20 13:06:25 [system_utils.py:255] Found ulimit of 20000 and failed to \
automatically increase with error current limit exceeds maximum limit. This can cause fd limit errors like \
`OSError: [Errno 24] Too many open files`. Consider increasing with ulimit -n
(EngineCore_DP0 pid=2001) INFO 11-20 13:06:40 [gpu_model_runner.py:1] Starting to load model tiny...
(EngineCore_DP0 pid=2001) INFO 11-20 13:06:41 [default_loader.py:300] Loading weights took 0.10 seconds
(EngineCore_DP0 pid=2001) INFO 11-20 13:06:44 [kv_cache_utils.py:1] GPU KV cache size: 1,048,576 tokens
(APIServer pid=1909) INFO:     Application startup complete.
(APIServer pid=1909) INFO:     127.0.0.1:40320 - "POST /v1/chat/completions HTTP/1.1" 200 OK
"""
