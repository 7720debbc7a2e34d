"""Claude Code is not told of any server of the user's own."""

from dragoman.doctor.check import Check, Finding
from dragoman.doctor.claude import URL
from dragoman.doctor.seen import Seen, authority


def judge(seen: Seen) -> list[Finding]:
    client = seen.client
    if client is None:
        return []
    url = client.value(URL)
    host = authority(url)[0]
    if url and not host.endswith("anthropic.com"):
        return []
    return [
        Finding(
            "Claude Code is not sent to the gateway, but to Anthropic.",
            f"{client.place(URL)} is Anthropic's own."
            if url
            else f"{URL} is not set, in no file and no variable.",
            f"Set {URL}=http://127.0.0.1:4000 (the gateway, without /v1), or start it with `dragoman launch "
            "claude`.",
            place=client.place(URL),
        )
    ]


CHECK = Check("Claude Code is not sent to a server of yours", judge)
