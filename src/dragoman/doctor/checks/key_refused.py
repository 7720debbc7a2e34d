"""The server wants another key."""

from dragoman.doctor.check import Check, Finding
from dragoman.doctor.seen import Seen


def judge(seen: Seen) -> list[Finding]:
    server = seen.server
    if server is None or not server.refused:
        return []
    own = "the gateway's key" if server.kind == "gateway" else "the engine's --api-key"
    return [
        Finding(
            f"{server.url} answers {server.refused}: it does not accept the key, or wants one.",
            "A client without the right key gets no answer, and Claude Code then asks for a login.",
            f"Set ANTHROPIC_AUTH_TOKEN in Claude Code, and the key of other clients, to {own}; give it to "
            "the doctor with --key-file or in DRAGOMAN_KEY.",
            place=server.url,
        )
    ]


CHECK = Check("the key is missing or wrong", judge)
