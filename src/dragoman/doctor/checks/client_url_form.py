"""The address in ANTHROPIC_BASE_URL has a part too much, or too little."""

from dragoman.doctor.check import Check, Finding
from dragoman.doctor.claude import URL
from dragoman.doctor.seen import Seen, without_credentials

TAILS = ("/v1/messages", "/v1/chat/completions", "/v1")


def judge(seen: Seen) -> list[Finding]:
    client = seen.client
    url = client.value(URL).strip() if client else ""
    if client is None or not url:
        return []
    place = client.place(URL)
    if not url.startswith(("http://", "https://")):
        return [
            Finding(
                "ANTHROPIC_BASE_URL is no address.",
                f"{place} does not begin with http:// or https://.",
                "Write it whole: http://HOST:PORT.",
                place=place,
            )
        ]
    bare = url.rstrip("/")
    for tail in TAILS:
        if bare.endswith(tail):
            return [
                Finding(
                    f"ANTHROPIC_BASE_URL ends in {tail}.",
                    f"Claude Code adds /v1/messages itself, and asks for {tail}/v1/messages: 404.",
                    f"Set it to {without_credentials(bare.removesuffix(tail))}.",
                    "It takes any path that ends in the route.",
                    place=place,
                )
            ]
    return []


CHECK = Check("ANTHROPIC_BASE_URL with /v1, or without http://", judge)
