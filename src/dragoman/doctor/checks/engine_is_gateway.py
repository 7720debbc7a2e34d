"""The gateway would call a gateway."""

from dragoman.doctor.check import Check, Finding
from dragoman.doctor.seen import Seen, authority


def judge(seen: Seen) -> list[Finding]:
    port = seen.configured.port if seen.configured else 0
    return [
        Finding(
            f"The upstream {engine.url} is a gateway of Dragoman's, not an engine.",
            "Requests would go round in a circle."
            if authority(engine.url) == ("127.0.0.1", port)
            else "Each gateway changes requests for the engine behind it; a second one only costs time.",
            "Set upstreams[].url to the engine, such as http://127.0.0.1:8000.",
            place=engine.url,
        )
        for engine in seen.engines
        if engine.kind == "dragoman"
    ]


CHECK = Check("an upstream is a gateway, or the gateway itself", judge)
