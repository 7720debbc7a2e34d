"""Fields that vLLM and our gateway ignore, and stricter servers refuse."""

from dragoman.doctor.check import Check, Finding
from dragoman.doctor.seen import Seen

BETA = frozenset({"betas", "container", "context_management", "diagnostics", "mcp_servers", "output_config"})
"""Fields of Anthropic's that came after the first version of its protocol."""


def judge(seen: Seen) -> list[Finding]:
    request, engine = seen.request, seen.sole_engine
    lax = seen.by_gateway or engine is None or engine.facts.kind == "vllm"
    if request is None or request.wrong or lax:
        return []
    fields = sorted(BETA & request.body.keys())
    if not fields:
        return []
    return [
        Finding(
            f"The request holds {', '.join(fields)}, which not every server knows.",
            "Some answer 400, 'Extra inputs are not permitted', or 'does not support parameters'.",
            "Set CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS=1 in Claude Code, and drop_params: true in LiteLLM's "
            "litellm_settings.",
            "It leaves out what the engine does not know.",
            place=request.file,
        )
    ]


CHECK = Check("a recorded request with fields that not every server takes", judge)
