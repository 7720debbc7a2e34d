"""What was exported does not hold, since a file says otherwise."""

from dragoman.doctor.check import Check, Finding
from dragoman.doctor.seen import Seen

NAMES = ("ANTHROPIC_BASE_URL", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_API_KEY", "ANTHROPIC_MODEL")


def judge(seen: Seen) -> list[Finding]:
    client = seen.client
    if client is None:
        return []
    return [
        Finding(
            f"{name} is set in the environment, and does not hold.",
            f"{client.settings[name].place} says otherwise, and outranks the environment.",
            "Change it there, or take it out of that file; `dragoman launch claude` outranks both.",
            place=client.place(name),
        )
        for name in NAMES
        if name in client.hidden and name in client.settings
    ]


CHECK = Check("a settings file that overrides a variable", judge)
