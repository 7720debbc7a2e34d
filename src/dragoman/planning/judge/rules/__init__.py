"""The rules of the judge, one small function each: a case, or a script, in; findings out."""

from collections.abc import Callable, Iterator

from dragoman.planning.judge.case import Case
from dragoman.planning.judge.finding import Finding
from dragoman.planning.judge.rules import calling, exposing, fitting, flags, serving, shell, tools
from dragoman.planning.judge.words import Script

CaseRule = Callable[[Case], Iterator[Finding]]
ScriptRule = Callable[[Script], Iterator[Finding]]

OF_SCRIPTS: tuple[ScriptRule, ...] = shell.RULES
OF_STARTS: tuple[CaseRule, ...] = (
    *calling.RULES,
    *serving.RULES,
    *fitting.RULES,
    *tools.RULES,
    *exposing.RULES,
    *flags.RULES,
)
