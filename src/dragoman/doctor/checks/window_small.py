"""The window is too small for an agent with its tools."""

from dragoman.doctor.check import Check, Finding
from dragoman.doctor.seen import Listed, Seen

FIRST = 20_000
LEAST, WANTED = 64 * 1024, 128 * 1024


def judge(seen: Seen) -> list[Finding]:
    by_window = {model.window: model for model in reversed(seen.models) if model.window}
    return [one(model, window) for window, model in by_window.items() if window < WANTED]


def one(model: Listed, window: int) -> Finding:
    words = f"The window of {model.id} has {window:,} tokens."
    if window >= LEAST:
        return Finding(
            words,
            "That serves, but long tasks are compacted often: 131,072 and more are better.",
            "Start the engine with --max-model-len 131072 if its memory has room (`dragoman plan` says so).",
            level="note",
            place=model.id,
        )
    return Finding(
        words,
        f"The first request of Claude Code has about {FIRST:,} tokens with its tools; a task soon fills the "
        "rest.",
        "Start the engine with a longer --max-model-len (131072; at least 65536), which `dragoman plan` fits "
        "to "
        "the memory. Until then `dragoman launch claude` offers so few tools that they fit; by hand "
        'claude --tools "Bash,Read,Edit,Write", or CLAUDE_CODE_DISABLE_WORKFLOWS=1.',
        place=model.id,
    )


CHECK = Check("the window is too small for the client and its tools", judge)
