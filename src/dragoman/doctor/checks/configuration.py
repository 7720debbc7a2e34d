"""The configuration cannot be served."""

from dragoman.doctor.check import Check, Finding
from dragoman.doctor.seen import Seen


def judge(seen: Seen) -> list[Finding]:
    given = seen.configured
    if given is None:
        return []
    if given.wrong:
        return [
            Finding(
                f"The configuration cannot be served: {given.wrong}.",
                "The gateway refuses to start with it.",
                f"Mend that line; `dragoman config check {given.file}` says of each line what becomes of it.",
                place=given.file,
            )
        ]
    return [
        Finding(
            f"A line of the configuration does not work: {text}.",
            "The gateway starts without it.",
            f"Mend that line; `dragoman config check {given.file}` shows its number.",
            place=given.file,
        )
        for text in given.errors
    ]


CHECK = Check("a configuration that cannot be served", judge)
