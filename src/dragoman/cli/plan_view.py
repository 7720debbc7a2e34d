"""A plan on the screen, and as JSON for programs."""

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dragoman.planning.plan import Plan
    from dragoman.planning.speed import Speed

GIB = 1 << 30


def as_json(plan: "Plan") -> str:
    return json.dumps(document(plan), indent=2, ensure_ascii=False)


def document(plan: "Plan") -> dict[str, Any]:
    """The plan as plain values. The first seven keys are promised, more may follow."""
    verdict = plan.verdict
    memory = verdict.memory
    return {
        "fits": plan.fits,
        "error": plan.error,
        "kv_tokens": plan.kv_tokens,
        "weights_gib_per_gpu": _gib(verdict.weights),
        "argv": list(plan.argv),
        "reasons": list(plan.reasons),
        "alternatives": [
            {
                "model": other.model,
                "layout": other.layout,
                "fits": other.fits,
                "reason": other.reason,
                "window": other.window,
                "kv_tokens": other.kv_tokens,
            }
            for other in plan.alternatives
        ],
        "model": plan.deployment.model,
        "quantization": verdict.subject.scheme.name,
        "attention": verdict.subject.arch.attention,
        "layout": str(verdict.layout),
        "replicas": verdict.replicas,
        "window": verdict.window or None,
        "tight": verdict.tight,
        "concurrency": round(verdict.concurrency, 2) if plan.fits else None,
        "memory_gib": None
        if memory is None
        else {
            "total": _gib(memory.total),
            "budget": _gib(memory.budget),
            "weights": _gib(memory.weights),
            "activations": _gib(memory.activations),
            "graphs": _gib(memory.graphs),
            "kv_cache": _gib(memory.available),
        },
        "speed": _speed(plan.speed),
        "tool_parser": plan.deployment.tool_parser or None,
        "reasoning_parser": plan.deployment.reasoning_parser or None,
    }


def show(plan: "Plan") -> None:
    print(as_json(plan))


def _speed(speed: "Speed") -> dict[str, Any]:
    return {
        "decode_tokens_per_s": list(speed.decode) if speed.decode else None,
        "prefill_tokens_per_s": list(speed.prefill) if speed.prefill else None,
        "basis": speed.basis,
    }


def _gib(size: float) -> float:
    return round(size / GIB, 2)
