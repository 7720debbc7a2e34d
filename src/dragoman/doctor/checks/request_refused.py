"""What vLLM is known to refuse in a request, with the words of the table of causes."""

from dragoman.doctor.check import Check, Finding
from dragoman.doctor.refusals import ANTHROPIC, EITHER, OPENAI, Case
from dragoman.doctor.seen import Seen
from dragoman.engines.vllm.causes import TABLE, causes


def judge(seen: Seen) -> list[Finding]:
    request = seen.request
    if request is None or request.wrong:
        return []
    rules = {"anthropic": ANTHROPIC, "openai": OPENAI}.get(request.protocol, EITHER)
    window = seen.window(str(request.body.get("model", ""))) or 0
    engine = seen.sole_engine
    case = Case(request.body, window, engine.facts.reasons if engine else None)
    ids = [id for id, refused in rules.items() if refused(case)]
    return [of_cause(id, request.file) for id in ids] + by_the_server(seen, ids)


def by_the_server(seen: Seen, known: list[str]) -> list[Finding]:
    """What the server itself said of it."""
    if seen.request is None or not seen.request.answer:
        return []
    found = causes([seen.request.answer])
    return [of_cause(each.cause.id, seen.request.file) for each in found if each.cause.id not in known]


def of_cause(id: str, file: str) -> Finding:
    cause = next(cause for cause in TABLE if cause.id == id)
    return Finding(cause.what, cause.why, cause.mend, cause.gateway, place=file)


CHECK = Check("a recorded request that holds what an engine refuses", judge)
