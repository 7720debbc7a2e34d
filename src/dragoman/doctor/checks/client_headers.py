"""Headers of the user's own take the place of Claude Code's."""

from dragoman.doctor.check import Check, Finding
from dragoman.doctor.seen import Seen

NAME = "ANTHROPIC_CUSTOM_HEADERS"
OWN = frozenset({"authorization", "x-api-key", "host", "content-type", "content-length", "anthropic-version"})


def judge(seen: Seen) -> list[Finding]:
    client = seen.client
    if client is None:
        return []
    lines = client.value(NAME).replace("\\n", "\n").splitlines()
    names = {line.partition(":")[0].strip().lower() for line in lines}
    return [
        Finding(
            f"ANTHROPIC_CUSTOM_HEADERS sets {name} a second time.",
            "Claude Code sends that header itself; a server reads one of the two, or refuses the request.",
            f"Take {name} out of {client.place(NAME)}; a key belongs into ANTHROPIC_AUTH_TOKEN.",
            place=client.place(NAME),
        )
        for name in sorted(names & OWN)
    ]


CHECK = Check("custom headers that contend with Claude Code's own", judge)
