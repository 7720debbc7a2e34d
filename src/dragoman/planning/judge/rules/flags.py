"""The flags as such: known, removed, deprecated, given twice, with or without their values."""

import difflib
from collections.abc import Iterator

from dragoman.engines.vllm.flags import REMOVED, VERSION, Flag
from dragoman.engines.vllm.flags import flags as known
from dragoman.planning.judge.case import Case
from dragoman.planning.judge.finding import Edit, Finding, Verdict
from dragoman.planning.judge.starts import Option

_JUDGED_ELSEWHERE = frozenset({"--tool-call-parser", "--reasoning-parser", "--model"})

# Flags that only say what vLLM does anyway, or that cost more than they look.
_REMARKS: dict[str, tuple[Verdict, str, bool]] = {
    "--no-enable-prefix-caching": (
        "wrong",
        "Without the prefix cache every turn of an agent reads its whole conversation again.",
        True,
    ),
    "--enable-prefix-caching": ("right", "On by itself, and what agents need most.", False),
    "--enable-chunked-prefill": ("right", "On by itself.", False),
    "--enforce-eager": ("risky", "Without CUDA graphs small batches are much slower.", False),
    "--cpu-offload-gb": ("risky", "Weights in RAM pass over PCIe in each step: many times slower.", False),
    "--disable-log-stats": ("risky", "Nobody sees then how full the engine is.", False),
    "--disable-custom-all-reduce": ("risky", "Slower, unless it was needed to start at all.", False),
    "--port": ("right", "The port that the gateway is told.", False),
    "--served-model-name": ("right", "Only a name for clients: any will do, as long as they use it.", False),
}


def unknown(case: Case) -> Iterator[Finding]:
    """vLLM stops at a flag that it does not know."""
    for option in case.start.options:
        if option.flag is not None:
            continue
        verdict: Verdict = "wrong"
        if gone := REMOVED.get(option.name):
            says, verdict = f"{option.name} was removed: {gone}.", "outdated"
        elif option.fits:
            says = (
                f"{option.name} is short for several flags, {', '.join(option.fits[:4])}: write one in full."
            )
        else:
            says = f"vLLM {VERSION} knows no {option.name}{_similar(option.name)}."
        edits = (case.drop(option),)
        yield Finding("unknown-flag", verdict, option.line, f"{says} vLLM does not start.", True, edits)


def _similar(name: str) -> str:
    found = difflib.get_close_matches(name, [n for n in known() if n.startswith("--")], 1, 0.75)
    return f"; {found[0]} is meant, perhaps" if found else ""


def deprecated(case: Case) -> Iterator[Finding]:
    """What works today and goes soon."""
    for option in case.start.options:
        if option.flag and option.flag.deprecated:
            says = f"{option.name} is deprecated and will be removed in vLLM 0.33."
            edits = (case.drop(option),) if option.name == "--disable-cascade-attn" else ()
            yield Finding("deprecated-flag", "outdated", option.line, says, edits=edits)


def values(case: Case) -> Iterator[Finding]:
    """A flag that wants a value has one, and one that it may have; a switch has none."""
    for option in case.start.options:
        flag = option.flag
        if flag is None:
            continue
        if flag.takes in ("=", "+") and not option.values and not case.start.open:
            says = f"{option.name} needs a value."
            yield Finding("flag-value", "wrong", option.line, says, True, (case.drop(option),))
        elif not flag.takes and option.inline:
            says = f"{option.name} is a switch and takes no value."
            edit = Edit(option.start, option.end, option.words[0].raw.partition("=")[0])
            yield Finding("flag-value", "wrong", option.line, says, True, (edit,))
        elif bad := _not_a_choice(flag, option):
            more = " and others" if len(flag.choices) > 8 else ""
            says = f"{option.name} takes {', '.join(flag.choices[:8])}{more}, not {bad}."
            yield Finding("flag-value", "wrong", option.line, says, True, (case.drop(option),))


def _not_a_choice(flag: Flag, option: Option) -> str:
    if not flag.choices or flag.name in _JUDGED_ELSEWHERE or "." in option.name:
        return ""
    return next((w.text for w in option.values if w.plain and w.text not in flag.choices), "")


def stray(case: Case) -> Iterator[Finding]:
    """A word that belongs to no flag."""
    for word in case.start.stray:
        says = f"`{word.text}` belongs to no flag, and vLLM does not start with it."
        edit = Edit(case.before(word.start), word.end)
        yield Finding("stray-word", "wrong", word.line, says, True, (edit,))


def swallowed(case: Case) -> Iterator[Finding]:
    """A mark at the end of the last line makes the next command a part of this one."""
    if not case.start.swallowed:
        return
    first = case.start.swallowed[0]
    joint = next(joint for joint in case.start.command.joints if joint.end == first.start)
    indent = case.script.text[case.script.text.rfind("\n", 0, joint.end) + 1 : joint.end]
    says = f"The mark at the end makes the next line, `{first.text}`, a part of the command."
    edit = Edit(joint.start, joint.end, f"\n{indent}")
    yield Finding("swallowed-line", "wrong", joint.line, says, True, (edit,))


def twice(case: Case) -> Iterator[Finding]:
    """Of a flag that is given twice the last one counts."""
    seen: dict[str, Option] = {}
    for option in reversed(case.start.options):
        if option.name in seen and option.flag and "." not in option.name:
            says = (
                f"{option.name} stands here again in line {seen[option.name].line}; only the last one counts."
            )
            yield Finding("twice", "wrong", option.line, says, edits=(case.drop(option),))
        seen.setdefault(option.name, option)


def remarks(case: Case) -> Iterator[Finding]:
    """What is known of single flags."""
    for option in case.start.options:
        off = option.words[0].text.replace("_", "-").startswith("--no-")
        name = f"--no-{option.name[2:]}" if off else option.name
        if (remark := _REMARKS.get(name)) and case.option(option.name) is option:
            verdict, says, drop = remark
            edits = (case.drop(option),) if drop else ()
            yield Finding("remark", verdict, option.line, says, edits=edits)


RULES = (unknown, deprecated, values, stray, swallowed, twice, remarks)
