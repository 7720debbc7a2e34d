"""Writes the mended script: every edit of the findings at its place, all else as it was."""

from collections.abc import Iterable, Sequence

from dragoman.planning.judge.finding import Edit
from dragoman.planning.judge.starts import Start
from dragoman.planning.judge.words import Script

_LONG = 60
_INDENT = "    "


def mend(text: str, edits: Iterable[Edit]) -> str:
    """The text with the edits. Of edits that overlap the longer one wins; insertions keep their order."""
    chosen: list[Edit] = []
    for edit in sorted(dict.fromkeys(edits), key=lambda edit: edit.start - edit.end):
        if not any(_overlap(edit, other) for other in chosen):
            chosen.append(edit)
    pieces, at = [], 0
    for edit in sorted(chosen, key=lambda edit: (edit.start, edit.end)):
        pieces += [text[at : edit.start], edit.text]
        at = max(at, edit.end)
    return "".join([*pieces, text[at:]])


def _overlap(one: Edit, other: Edit) -> bool:
    if one.start == one.end:
        return other.start < one.start < other.end
    return one.start < other.end and other.start < one.end


def added(script: Script, start: Start, words: Sequence[str]) -> Edit:
    """Words at the end of a command, in a line of their own where it has several."""
    command = start.command
    end = start.end
    if not command.joints and end - command.start + len(" ".join(words)) <= _LONG:
        return Edit(end, end, f" {' '.join(words)}")
    indent = _INDENT
    if command.joints:
        joint = next((joint for joint in reversed(command.joints) if joint.end <= end), command.joints[0])
        indent = script.text[script.text.rfind("\n", 0, joint.end) + 1 : joint.end]
    return Edit(end, end, f" {script.mark}\n{indent if indent.isspace() else _INDENT}{' '.join(words)}")
