"""The command line of a deployment, in the words of `vllm serve`."""

from dragoman.engines.vllm.serve import Rank, arguments
from dragoman.model.deployment import AUTO_FIT, Deployment, Layout

PLAIN = Deployment("Qwen/Qwen3-8B", "qwen3-8b")


def test_what_is_not_decided_is_left_to_the_engine() -> None:
    assert arguments(PLAIN) == ("Qwen/Qwen3-8B", "--served-model-name", "qwen3-8b")


def test_each_decision_is_a_flag() -> None:
    deployment = Deployment(
        "m",
        "name",
        layout=Layout(tensor=4, pipeline=2, data=2, expert=True, decode_context=2),
        max_model_len=AUTO_FIT,
        gpu_memory_utilization=0.92,
        max_num_batched_tokens=8192,
        max_num_seqs=64,
        kv_cache_dtype="fp8",
        quantization="fp8",
        enforce_eager=True,
        attention_backend="FLASH_ATTN",
        tool_parser="hermes",
        reasoning_parser="qwen3",
        chat_template="t.jinja",
        trust_remote_code=True,
        extra=("--seed", "1"),
    )
    line = " ".join(arguments(deployment))
    assert line == (
        "m --served-model-name name --tensor-parallel-size 4 --pipeline-parallel-size 2"
        " --data-parallel-size 2 --decode-context-parallel-size 2 --enable-expert-parallel --quantization fp8"
        " --max-model-len -1 --gpu-memory-utilization 0.92 --max-num-batched-tokens 8192"
        " --max-num-seqs 64 --kv-cache-dtype fp8"
        " --attention-backend FLASH_ATTN --chat-template t.jinja --enforce-eager --trust-remote-code"
        " --enable-auto-tool-choice --tool-call-parser hermes --reasoning-parser qwen3 --seed 1"
    )


def test_only_the_first_node_serves_http() -> None:
    two = Deployment("m", "m", layout=Layout(tensor=8, pipeline=2), nodes=2)
    head, other = (arguments(two, Rank(number, "10.0.0.1")) for number in (0, 1))
    shared = ("--master-addr", "10.0.0.1", "--master-port", "29501")
    assert head[-8:] == ("--nnodes", "2", "--node-rank", "0", *shared)
    assert other[-9:] == ("--nnodes", "2", "--node-rank", "1", *shared, "--headless")
