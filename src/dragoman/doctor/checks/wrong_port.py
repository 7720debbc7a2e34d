"""A client is sent to the engine, past the gateway."""

from dragoman.doctor.check import Check, Finding
from dragoman.doctor.seen import Seen, authority, without_credentials


def judge(seen: Seen) -> list[Finding]:
    server, client = seen.server, seen.client
    if server is None or client is None or server.kind != "engine":
        return []
    if seen.sole_engine is not None and seen.sole_engine.facts.kind == "litellm":
        return []  # a gateway too
    name = client.value("ANTHROPIC_BASE_URL").rstrip("/")
    if authority(name) != authority(server.url):
        return []
    return [
        Finding(
            "Claude Code talks to the engine itself, not to the gateway.",
            f"{client.place('ANTHROPIC_BASE_URL')} is the engine's address. The engine refuses much of what "
            "Claude Code sends (max_tokens over the window, server tools), and compaction never begins.",
            "Set ANTHROPIC_BASE_URL to the gateway, such as http://127.0.0.1:4000; start one with `dragoman "
            f"serve --upstream {without_credentials(server.url)}`, or Claude Code with `dragoman launch "
            "claude`.",
            place=client.place("ANTHROPIC_BASE_URL"),
        )
    ]


CHECK = Check("the client talks to the engine instead of the gateway", judge)
