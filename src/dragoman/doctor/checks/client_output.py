"""Claude Code asks for more output than the window holds."""

from dragoman.doctor.check import Check, Finding
from dragoman.doctor.claude import main_model, output
from dragoman.doctor.seen import Seen
from dragoman.launchers import largest_output

NAME = "CLAUDE_CODE_MAX_OUTPUT_TOKENS"


def judge(seen: Seen) -> list[Finding]:
    client = seen.client
    window = seen.window(main_model(client)) if client else None
    if client is None or not window or output(client) <= window // 2:
        return []
    fit = largest_output(window)
    said = client.place(NAME) if client.value(NAME) else f"{NAME} is not set, which means as many"
    return [
        Finding(
            f"Claude Code asks for {output(client):,} tokens of output, the window has {window:,}.",
            f"{said}. vLLM refuses more than the window with 400, and little room is left for the prompt.",
            f"Set {NAME}={fit}.",
            "It fits max_tokens to the room.",
            place=client.place(NAME),
        )
    ]


CHECK = Check("Claude Code asks for more output than the window has room for", judge)
