"""A plan on the screen, and as JSON for programs."""

import json
import shlex
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

    from dragoman.planning.memory import Memory
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
        "gpus": plan.gpus,
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
    """The plan for people, as wide as the terminal."""
    from rich.console import Console

    console = Console(highlight=False)
    console.print()
    console.print(_summary(plan))
    for title, what in (("Why", _bullets(plan)), ("Other ways", _alternatives(plan))):
        if what is not None:
            console.print(f"\n[bold]{title}[/]")
            console.print(what)
    if plan.fits is not False:
        console.print("\n[bold]Command[/]")
        # Not wrapped by us: it is there to be copied.
        print(command(plan))
    console.print()


def command(plan: "Plan") -> str:
    """The command line for a shell, an option to a line."""
    words = [shlex.quote(word) for word in plan.argv]
    lines = [" ".join(words[:3])]
    for word in words[3:]:
        if word.startswith("-") and not word[1:].isdecimal():
            lines.append(word)
        else:
            lines[-1] += f" {word}"
    return " \\\n    ".join(lines)


def _summary(plan: "Plan") -> "Table":
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in _rows(plan):
        table.add_row(f"  {name}", value if isinstance(value, Text) else Text(value))
    return table


def _rows(plan: "Plan") -> Iterator[tuple[str, "str | Text"]]:
    verdict, deployment = plan.verdict, plan.deployment
    yield "Verdict", _verdict(plan)
    yield "Model", f"{deployment.model}, {verdict.subject.scheme.name}, {verdict.subject.arch.attention}"
    yield "GPUs", f"{plan.gpus}; {_layout(plan)}"
    if plan.fits:
        yield "Window", _window(plan)
    if verdict.memory:
        yield "Memory", _memory(verdict.memory)
    if plan.fits:
        yield "Speed", _fast(plan.speed)
        yield "Tool calls", _parsers(plan)


def _verdict(plan: "Plan") -> "Text":
    from rich.text import Text

    if plan.error:
        return Text(f"refused: {plan.error}", style="red")
    if plan.fits is None:
        return Text("unknown: the GPUs' memory is not known; the engine would not refuse it", style="yellow")
    if not plan.fits:
        return Text(f"does not fit: {plan.verdict.reason}", style="red")
    return Text("fits, tightly", style="yellow") if plan.verdict.tight else Text("fits", style="green")


def _layout(plan: "Plan") -> str:
    layout, replicas = plan.verdict.layout, plan.verdict.replicas
    noun = "GPU" if layout.gpus == 1 else "GPUs"
    one = "one engine" if replicas == 1 else f"{replicas} engines"
    return f"{one} of {layout}" + (f", {layout.gpus} {noun} each" if replicas > 1 else "")


def _window(plan: "Plan") -> str:
    verdict = plan.verdict
    each = " in each" if verdict.replicas > 1 else ""
    return (
        f"{verdict.window:,} tokens; the KV cache holds {verdict.tokens:,}{each}: "
        f"{verdict.concurrency:.1f} such requests at once"
    )


def _memory(memory: "Memory") -> str:
    parts = (
        ("weights", memory.weights),
        ("activations", memory.activations),
        ("graphs", memory.graphs),
        ("KV cache", max(0.0, memory.available)),
    )
    spent = ", ".join(f"{name} {size / GIB:.1f}" for name, size in parts if size)
    return f"of {memory.total / GIB:.1f} GiB each, {memory.budget / GIB:.1f} usable: {spent}"


def _fast(speed: "Speed") -> str:
    if not speed.decode:
        return speed.basis
    low, high = speed.decode
    said = f"{low}-{high} tokens/s for one request at 30,000 tokens"
    if speed.prefill and (first := speed.first_prompt):
        quick, slow = (f"{seconds:.0f}" for seconds in first)
        span = f"{quick}-{slow}" if quick != slow else f"about {slow}"
        said += f"; such a prompt is read in {span} s when cold"
    return f"{said} ({speed.basis})"


def _parsers(plan: "Plan") -> str:
    deployment = plan.deployment
    tools = deployment.tool_parser or "no parser known: the gateway reads them from the text"
    return tools + (f", reasoning {deployment.reasoning_parser}" if deployment.reasoning_parser else "")


def _bullets(plan: "Plan") -> "Table":
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 1))
    for reason in plan.reasons:
        if reason in plan.figures:
            continue
        table.add_row("  -", Text(reason))
    return table


def _alternatives(plan: "Plan") -> "Table | None":
    from rich.table import Table
    from rich.text import Text

    if not plan.alternatives:
        return None
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for other in plan.alternatives:
        mark = {True: "fits", False: "no", None: "?"}[other.fits]
        style = {True: "green", False: "red", None: "yellow"}[other.fits]
        model = "" if other.model == plan.deployment.model else other.model.rpartition("/")[2]
        why = Text(f"{model}: " if model else "", style="bold").append(other.reason, style="not bold")
        table.add_row(f"  {other.layout}", Text(mark, style=style), why)
    return table


def _speed(speed: "Speed") -> dict[str, Any]:
    return {
        "decode_tokens_per_s": list(speed.decode) if speed.decode else None,
        "prefill_tokens_per_s": list(speed.prefill) if speed.prefill else None,
        "basis": speed.basis,
    }


def _gib(size: float) -> float:
    return round(size / GIB, 2)
