"""Judges a script: reads it, asks every rule, puts the findings in order and writes the mended script.

`Unjudgeable` says why a text is no script with a start of vLLM in it.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from dragoman.engines.vllm.flags import VERSION
from dragoman.model.errors import DragomanError
from dragoman.planning.judge.case import Case, Knowledge
from dragoman.planning.judge.finding import Finding, Judgement
from dragoman.planning.judge.mending import added, mend
from dragoman.planning.judge.rules import OF_SCRIPTS, OF_STARTS
from dragoman.planning.judge.scanning import read
from dragoman.planning.judge.starts import starts
from dragoman.planning.judge.words import Command, Script, Shell

_POWERSHELL = re.compile(r"(?im)^\s*(?:param\s*\(|\$[A-Za-z_]\w*\s*=|\$env:|Write-Host|#Requires)")
_BACKTICKS = re.compile(r"\s`[ \t]*$", re.MULTILINE)
_BACKSLASHES = re.compile(r"\\[ \t]*$", re.MULTILINE)
_OTHERS = {".yaml": "a YAML file", ".yml": "a YAML file", ".json": "JSON", ".py": "a Python program"}
_OTHERS |= {
    ".bat": "a script of Windows' cmd",
    ".cmd": "a script of Windows' cmd",
    ".service": "a unit of systemd",
}


class Unjudgeable(DragomanError):
    """The text is no script, or nothing in it starts or installs vLLM."""


def judge(text: str, name: str, knowledge: Knowledge) -> Judgement:
    """A script's judgement; `name` is the file's. Raises Unjudgeable."""
    script = read(text, shell_of(text, name))
    found = tuple(starts(script))
    if not found and not any(_installs(command) for command in script.commands):
        raise Unjudgeable(_nothing(script, name))
    findings = [finding for rule in OF_SCRIPTS for finding in rule(script)]
    for start in found:
        some = _of_start(Case(script, start, knowledge))
        line = start.called[0].line
        findings += [_placed(finding, line) for finding in some] if len(found) > 1 else some
    findings = sorted(dict.fromkeys(findings), key=lambda finding: finding.line or len(script.text) + 1)
    mended = mend(script.text, (edit for finding in findings for edit in finding.edits))
    return Judgement(script, findings, mended, len(found), dict(Counter(f.verdict for f in findings)))


def _placed(finding: Finding, line: int) -> Finding:
    """What is missing, with the line of the start that misses it."""
    return finding if finding.line else replace(finding, says=f"(line {line}) {finding.says}")


def _nothing(script: Script, name: str) -> str:
    """Why there is nothing to judge."""
    words = (word for command in script.commands for word in command.words)
    if any(re.search(r"\bvllm\s+serve\b|api_server", word.text) for word in words):
        return f"vLLM is started within quotes in {name}; give that command on its own"
    return f"nothing in {name} starts vLLM: neither `vllm serve`, nor its module, nor its image"


def shell_of(text: str, name: str) -> Shell:
    """Which shell a script is written for. Raises Unjudgeable."""
    ending = name[name.rfind(".") :].lower() if "." in name else ""
    if ending in _OTHERS:
        raise Unjudgeable(f"{name} is {_OTHERS[ending]}; a shell's or PowerShell's script is judged here")
    if not text.strip():
        raise Unjudgeable(f"{name} is empty")
    if ending in (".ps1", ".sh", ".bash", ".zsh"):
        return "powershell" if ending == ".ps1" else "sh"
    if text.startswith("#!"):
        first = text.partition("\n")[0]
        if not re.search(r"sh\b|pwsh", first):
            raise Unjudgeable(f"{name} is for another interpreter: {first[:60]}")
        return "powershell" if "pwsh" in first else "sh"
    ticks, slashes = len(_BACKTICKS.findall(text)), len(_BACKSLASHES.findall(text))
    return "powershell" if ticks > slashes or _POWERSHELL.search(text) else "sh"


def _installs(command: Command) -> bool:
    texts = [word.text for word in command.words]
    return "install" in texts and any(text.startswith("vllm") for text in texts)


def _of_start(case: Case) -> Iterator[Finding]:
    """What the rules find, and that the rest is right. What is added to a command becomes an edit."""
    seen: set[int] = set()
    for rule in OF_STARTS:
        for finding in rule(case):
            seen.add(finding.line)
            if finding.added:
                edit = added(case.script, case.start, finding.added)
                yield replace(finding, edits=(*finding.edits, edit))
            else:
                yield finding
    for option in case.start.options:
        if option.line not in seen and option.name != "--model":
            yield Finding("known", "right", option.line, f"Known to vLLM {VERSION}.")
    if case.start.entry == "serve" and case.start.called[0].line not in seen:
        yield Finding("entry", "right", case.start.called[0].line, "How vLLM is started.")
