"""Fields of the user's own that break requests."""

import json

from dragoman.doctor.check import Check, Finding
from dragoman.doctor.seen import Seen

NAME = "CLAUDE_CODE_EXTRA_BODY"
OWN = frozenset({"stream", "model", "messages", "tools", "system", "max_tokens"})


def judge(seen: Seen) -> list[Finding]:
    client = seen.client
    text = client.value(NAME) if client else ""
    if client is None or not text:
        return []
    place = client.place(NAME)
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict):
        return [
            Finding(
                f"{NAME} is no JSON object.",
                "Claude Code cannot add it to its requests.",
                f'Write it as {{"name": value}} in {place}.',
                place=place,
            )
        ]
    return [
        Finding(
            f"{NAME} sets {name}.",
            "It takes the place of what Claude Code says, and of what its answer has to be.",
            f"Take {name} out of {place}.",
            place=place,
        )
        for name in sorted(given.keys() & OWN)
    ]


CHECK = Check("extra fields that break requests", judge)
