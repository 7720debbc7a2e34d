"""Claude Code has no key, or several."""

from dragoman.doctor.check import Check, Finding
from dragoman.doctor.seen import Seen

KEYS = ("ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_API_KEY", "apiKeyHelper")


def judge(seen: Seen) -> list[Finding]:
    client = seen.client
    if client is None or not client.value("ANTHROPIC_BASE_URL"):
        return []
    have = [name for name in KEYS if client.value(name)]
    if not have:
        return [
            Finding(
                "Claude Code has no key.",
                "Without any it asks for a login at Anthropic, also where the gateway wants none.",
                "Set ANTHROPIC_AUTH_TOKEN to the gateway's key; to any word, such as dragoman, if it wants "
                "none.",
                place=KEYS[0],
            )
        ]
    if len(have) == 1:
        return []
    places = ", ".join(client.place(name) for name in have)
    return [
        Finding(
            f"Claude Code has {len(have)} keys: {', '.join(have)}.",
            "It sends all of them, in two headers; a server reads one, which may be the wrong one, and a key "
            "of "
            "Anthropic's goes to a server that it is not meant for.",
            f"Keep ANTHROPIC_AUTH_TOKEN and take out the rest ({places}).",
            "It reads both headers, and one right key is enough.",
            place=have[-1],
        )
    ]


CHECK = Check("Claude Code has no key, or several that contend", judge)
