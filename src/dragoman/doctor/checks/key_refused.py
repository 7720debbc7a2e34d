"""The server wants another key."""

from dragoman.doctor.check import Check, Finding
from dragoman.doctor.seen import Seen


def judge(seen: Seen) -> list[Finding]:
    server = seen.server
    if server is None or not server.refused:
        return []
    variable = "DRAGOMAN_KEY" if server.kind == "gateway" else "the key of --api-key"
    return [
        Finding(
            f"{server.url} answers {server.refused}: it does not accept the key, or wants one.",
            "A client without the right key gets no answer, and Claude Code then asks for a login.",
            f"Set ANTHROPIC_AUTH_TOKEN in Claude Code, and the key of other clients, to {variable}; give it "
            "to the doctor with --key-file or DRAGOMAN_KEY.",
            place=server.url,
        )
    ]


CHECK = Check("the key is missing or wrong", judge)
