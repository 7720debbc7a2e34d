"""No answer comes from the address."""

from dragoman.doctor.check import Check, Finding
from dragoman.doctor.seen import Seen


def judge(seen: Seen) -> list[Finding]:
    server = seen.server
    if server is None or not server.failure:
        return []
    return [
        Finding(
            f"Nothing answers at {server.url}: {server.failure}.",
            "No program listens there, or the address, its port or the network between is wrong.",
            "Start the gateway (`dragoman up`, or `dragoman serve --upstream URL`), or give the right "
            "address "
            "with --url; `dragoman status` shows a gateway that runs here.",
            place=server.url,
        )
    ]


CHECK = Check("nothing listens at the address", judge)
