"""Tools that are loaded on demand change the beginning of the prompt."""

from dragoman.doctor.check import Check, Finding
from dragoman.doctor.seen import Seen

NAME = "ENABLE_TOOL_SEARCH"


def judge(seen: Seen) -> list[Finding]:
    client = seen.client
    if client is None or not client.on(NAME):
        return []
    return [
        Finding(
            "Claude Code loads tools on demand.",
            "Each loaded tool is put into the middle of the list: the prompt changes near its beginning, and "
            "the "
            "prefix cache is lost for the whole conversation.",
            f"Take {client.place(NAME)} out, unless the window is too small for all tools.",
            level="note",
            place=client.place(NAME),
        )
    ]


CHECK = Check("tool search changes the beginning of the prompt", judge)
