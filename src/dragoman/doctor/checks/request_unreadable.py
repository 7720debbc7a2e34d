"""The recorded request is none."""

from dragoman.doctor.check import Check, Finding
from dragoman.doctor.seen import Seen


def judge(seen: Seen) -> list[Finding]:
    request = seen.request
    if request is None or not request.wrong:
        return []
    return [
        Finding(
            f"The recorded request is none: {request.wrong}.",
            "A server answers such a body with 400.",
            "Give the JSON body as the client sent it, whole, alone or as HTTP with its head.",
            place=request.file,
        )
    ]


CHECK = Check("a recorded request that is none", judge)
