"""What is wrong with a script whatever it starts: joints of lines, line ends, redirections that are none."""

import re
from collections.abc import Iterator

from dragoman.engines.vllm.flags import VERSION
from dragoman.planning.judge.finding import Edit, Finding
from dragoman.planning.judge.quoting import quoted
from dragoman.planning.judge.rules.calling import OLD, older
from dragoman.planning.judge.words import Command, Joint, Script

_INDENT = re.compile(r"[ \t]*\Z")
_NAMES = {"sh": "a shell", "powershell": "PowerShell"}
_WORDS = {"\\": "backslash", "`": "backtick"}


def joints(script: Script) -> Iterator[Finding]:
    """Every line of a command but the last must end in this shell's mark, and in nothing else."""
    for command in script.commands:
        for joint in command.joints:
            if joint.fault:
                yield _joint(script, command, joint)


def _joint(script: Script, command: Command, joint: Joint) -> Finding:
    mark = script.mark
    between = script.text[joint.start : joint.end]
    indent = _INDENT.search(between)
    mended = f" {mark}\n{indent[0] if indent else ''}"
    own, other = _WORDS[mark], _WORDS["`" if mark == "\\" else "\\"]
    says = {
        "foreign": f"A {other} continues no line in {_NAMES[script.shell]}: the command ends here. It must "
        f"be a {own}.",
        "space": f"Blanks behind the {own}: the command ends here.",
        "none": f"The command goes on in the next line, but no {own} ends this one.",
        "gap": "A comment or an empty line ends the command, so that what follows is not passed on.",
    }[joint.fault]
    moved = [comment.text for comment in command.comments if joint.start <= comment.start < joint.end]
    start = script.text.rfind("\n", 0, command.start) + 1
    margin = script.text[start : command.start]
    above = "".join(f"{margin if margin.isspace() else ''}{text}\n" for text in moved)
    edits = (Edit(joint.start, joint.end, mended), *((Edit(start, start, above),) if above else ()))
    return Finding("line-joints", "wrong", joint.line, says, stops=True, edits=edits)


def redirected_versions(script: Script) -> Iterator[Finding]:
    """`pip install vllm>=0.7.0` writes to a file called `=0.7.0` and installs any version."""
    for command in script.commands:
        texts = [word.text for word in command.words]
        if "install" not in texts:
            continue
        for redirect in command.redirects:
            word = next((w for w in command.words if w.end == redirect.start), None)
            if not redirect.glued or word is None or not re.match(r"=|\d", redirect.target):
                continue
            meant = f"{word.raw}{redirect.operator}{redirect.target}"
            names = {"<": "reads from", ">": "writes to"}
            yield Finding(
                "version-is-redirection",
                "wrong",
                redirect.line,
                f'`{meant}` needs quotes, "{meant}": without them the shell {names[redirect.operator[0]]} '
                f"a file called {redirect.target}, and pip never sees the version.",
                edits=(Edit(word.start, redirect.end, f'"{meant}"'),),
            )


def line_ends(script: Script) -> Iterator[Finding]:
    """A shell takes the `\\r` of Windows' line ends for a part of the last word."""
    if script.windows_lines and script.shell == "sh":
        says = "The lines end as Windows ends them, and a shell takes that for a part of the last word."
        yield Finding("line-ends", "wrong", 1, says, stops=True)


def old_pins(script: Script) -> Iterator[Finding]:
    """A release that is pinned knows other flags than those that are judged by."""
    for command in script.commands:
        for word in command.words if any(w.text == "install" for w in command.words) else ():
            found = re.fullmatch(r"(vllm(?:\[[\w,]+\])?==)(\d+(?:\.\d+){1,2})", word.text)
            if found and older(found[2]):
                says = f"{OLD.format(found[2])} All else here is judged by {VERSION}."
                edit = Edit(word.start, word.end, quoted(f"{found[1]}{VERSION}", script.shell))
                yield Finding("old-version", "outdated", word.line, says, edits=(edit,))


RULES = (old_pins, line_ends, joints, redirected_versions)
