"""Claude Code is sent to another server than the one that is examined."""

from dragoman.doctor.check import Check, Finding
from dragoman.doctor.claude import URL
from dragoman.doctor.seen import Seen, authority, without_credentials


def judge(seen: Seen) -> list[Finding]:
    client, server = seen.client, seen.server
    url = client.value(URL) if client else ""
    if client is None or server is None or authority(url) == authority(server.url):
        return []
    if not url or authority(url)[0].endswith("anthropic.com"):
        return []  # `client_url_missing` says it
    return [
        Finding(
            f"Claude Code is sent to {without_credentials(url)}, not to {without_credentials(server.url)}.",
            f"{client.place(URL)} says so.",
            f"Set {URL}={without_credentials(server.url)}, or examine the other one: dragoman doctor "
            "--client claude.",
            place=client.place(URL),
        )
    ]


CHECK = Check("Claude Code is sent to another server than --url", judge)
