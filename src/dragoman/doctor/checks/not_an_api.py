"""Something answers, but neither a gateway nor an engine."""

from dragoman.doctor.check import Check, Finding
from dragoman.doctor.seen import Seen


def judge(seen: Seen) -> list[Finding]:
    server = seen.server
    if server is None or server.kind != "other":
        return []
    return [
        Finding(
            f"What answers at {server.url} is neither a gateway nor an engine.",
            "It lists no models at /v1/models: another program has the port, or the engine still loads.",
            "Wait until the engine has loaded its model, or give the address of the gateway (its port is "
            "4000 if nobody changed it). `ss -ltnp` names the program that has the port.",
            place=server.url,
        )
    ]


CHECK = Check("what listens there is no engine and no gateway", judge)
