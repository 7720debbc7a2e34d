"""The arguments of `vllm serve` for a deployment. Flags as vLLM 0.32 names them (`vllm serve --help=all`)."""

from dataclasses import dataclass

from dragoman.model.deployment import Deployment

MASTER_PORT = 29501


@dataclass(frozen=True, slots=True)
class Rank:
    """One machine's place among the `nodes` of an engine: its number, and the address of number 0."""

    number: int
    master: str
    port: int = MASTER_PORT


def arguments(deployment: Deployment, rank: Rank | None = None) -> tuple[str, ...]:
    """What follows `vllm serve`, address and port left out; the model comes first, `extra` last.

    With a `rank`, the part of this machine: all but number 0 serve no HTTP (vLLM's multi-node start without
    Ray, `--nnodes`).
    """
    return (
        *(deployment.model, "--served-model-name", deployment.served_name),
        *_layout(deployment),
        *_settings(deployment),
        *_parsers(deployment),
        *(_node(deployment.nodes, rank) if rank else ()),
        *deployment.extra,
    )


def _layout(deployment: Deployment) -> list[str]:
    layout = deployment.layout
    sizes = (
        ("--tensor-parallel-size", layout.tensor),
        ("--pipeline-parallel-size", layout.pipeline),
        ("--data-parallel-size", layout.data),
        ("--decode-context-parallel-size", layout.decode_context),
    )
    flags = [word for name, size in sizes if size > 1 for word in (name, str(size))]
    return [*flags, *(["--enable-expert-parallel"] if layout.expert else [])]


def _settings(deployment: Deployment) -> list[str]:
    valued = (
        ("--quantization", deployment.quantization),
        ("--max-model-len", deployment.max_model_len),
        ("--gpu-memory-utilization", deployment.gpu_memory_utilization),
        ("--max-num-batched-tokens", deployment.max_num_batched_tokens),
        ("--max-num-seqs", deployment.max_num_seqs),
        ("--kv-cache-dtype", deployment.kv_cache_dtype),
        ("--attention-backend", deployment.attention_backend),
        ("--chat-template", deployment.chat_template),
    )
    flags = [word for name, value in valued if value for word in (name, str(value))]
    switches = (
        ("--enforce-eager", deployment.enforce_eager),
        ("--trust-remote-code", deployment.trust_remote_code),
    )
    return [*flags, *(name for name, wanted in switches if wanted)]


def _parsers(deployment: Deployment) -> list[str]:
    tools = deployment.tool_parser
    flags = ["--enable-auto-tool-choice", "--tool-call-parser", tools] if tools else []
    thoughts = deployment.reasoning_parser
    return [*flags, *(["--reasoning-parser", thoughts] if thoughts else [])]


def _node(nodes: int, rank: Rank) -> list[str]:
    flags = ["--nnodes", str(nodes), "--node-rank", str(rank.number)]
    flags += ["--master-addr", rank.master, "--master-port", str(rank.port)]
    return flags if rank.number == 0 else [*flags, "--headless"]
