"""All checks over what was seen: the folder `checks/` is the list of them."""

from dataclasses import replace

from dragoman import folder
from dragoman.doctor import checks
from dragoman.doctor.check import Check, Finding
from dragoman.doctor.seen import Seen


def known() -> dict[str, Check]:
    """Every check, by its name."""
    return {name: folder.load(checks, name).CHECK for name in folder.names(checks)}


def judge(seen: Seen) -> list[Finding]:
    """What is wrong: what a user feels first, then what is worked around, then what could be better."""
    findings = [
        replace(found, check=name, worked_around=bool(found.gateway) and seen.by_gateway)
        for name, check in known().items()
        for found in check.judge(seen)
    ]
    return sorted(findings, key=lambda found: (not found.matters, found.level != "wrong"))
