"""Claude Code gives up before a slow model answers."""

from dragoman.doctor.check import Check, Finding
from dragoman.doctor.claude import PATIENCE_MS
from dragoman.doctor.seen import Seen


def judge(seen: Seen) -> list[Finding]:
    client = seen.client
    if client is None:
        return []
    found = []
    limit = client.number("API_TIMEOUT_MS")
    if limit is not None and limit < PATIENCE_MS:
        found.append(
            Finding(
                f"Claude Code waits {limit / 1000:g} s for the head of an answer.",
                f"{client.place('API_TIMEOUT_MS')} is short: a long prompt takes minutes on small hardware.",
                "Set API_TIMEOUT_MS=1800000.",
                "It sends the head of a streamed answer as soon as the engine has taken the request.",
                place=client.place("API_TIMEOUT_MS"),
            )
        )
    idle = client.number("CLAUDE_STREAM_IDLE_TIMEOUT_MS") or 0
    watched = client.value("CLAUDE_ENABLE_STREAM_WATCHDOG") != "0"
    if client.value("API_FORCE_IDLE_TIMEOUT") != "0" or (watched and idle < PATIENCE_MS):
        found.append(
            Finding(
                "Claude Code hangs up after 300 s of silence, and begins again.",
                "While an engine reads a long prompt it says nothing: the request is sent again, for ever.",
                "Set API_FORCE_IDLE_TIMEOUT=0 and CLAUDE_STREAM_IDLE_TIMEOUT_MS=900000.",
                "It sends pings, and real events that change nothing, while the engine is silent.",
                level="note",
                place="API_FORCE_IDLE_TIMEOUT",
            )
        )
    return found


CHECK = Check("timeouts too short for a model of your own", judge)
