"""A settings file that cannot be read."""

from dragoman.doctor.check import Check, Finding
from dragoman.doctor.seen import Seen


def judge(seen: Seen) -> list[Finding]:
    broken = seen.client.broken if seen.client else {}
    return [
        Finding(
            f"{file} cannot be read: {why}.",
            "Nothing that stands in it holds.",
            "Mend the file: one JSON object, without comments and without a comma behind the last entry.",
            place=file,
        )
        for file, why in broken.items()
    ]


CHECK = Check("a settings file of Claude Code that cannot be read", judge)
