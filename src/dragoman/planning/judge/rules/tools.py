"""Whether tool calls and thoughts come out right: the parsers of the model's family, and what they need."""

from collections.abc import Iterator

from dragoman.engines.vllm.flags import REASONING_PARSERS, SAME_PARSER
from dragoman.planning.judge.case import Case
from dragoman.planning.judge.finding import Finding

AUTO, PARSER, REASONING = "--enable-auto-tool-choice", "--tool-call-parser", "--reasoning-parser"


def auto_choice(case: Case) -> Iterator[Finding]:
    """Both flags belong together; vLLM refuses the first without the second."""
    auto, parser = case.option(AUTO), case.option(PARSER)
    wanted = case.profile.tool_parser
    on = auto is not None and not auto.words[0].text.startswith("--no-")
    if on and auto and parser is None and not case.start.open:
        says = f"vLLM refuses to start with {AUTO} and no {PARSER}."
        yield Finding("auto-without-parser", "wrong", auto.line, says, True)
        if wanted:
            says = f"{PARSER} {wanted}: this family writes its tool calls so."
        else:
            says = f"{PARSER} NAME: which one depends on the model's family; its card says it."
        added = (PARSER, wanted) if wanted else ()
        yield Finding("tool-parser", "missing", 0, says, bool(not wanted), added=added)
    elif not on and parser and not case.start.open:
        says = f"{AUTO}: without it vLLM answers 400 to every request with tools."
        yield Finding("parser-without-auto", "missing", 0, says, added=(AUTO,))
    elif not on and wanted and not case.start.open:
        says = f"{AUTO} {PARSER} {wanted}: without them vLLM answers 400 to requests with tools; Dragoman's "
        says += "gateway can do without."
        yield Finding("no-tools", "missing", 0, says, added=(AUTO, PARSER, wanted))
    elif on and auto:
        yield Finding("auto-tools", "right", auto.line, "Lets the model decide when it calls a tool.")


def tool_parser(case: Case) -> Iterator[Finding]:
    """The parser must read what this family writes."""
    option, name, wanted = case.option(PARSER), case.value(PARSER), case.profile.tool_parser
    if option is None or not name or case.start.has("--tool-parser-plugin"):
        return
    if option.flag and option.flag.choices and name not in option.flag.choices:
        says = f"vLLM 0.32 has no tool parser {name}, and refuses to start."
        edits = (case.set(option, wanted),) if wanted else ()
        yield Finding("tool-parser", "wrong", option.line, f"{says} {_meant(wanted)}".strip(), True, edits)
    elif not wanted:
        says = "Whether it is the parser of this model's family is not known here."
        yield Finding("tool-parser", "right", option.line, says)
    elif not _same(name, wanted):
        says = f"This family writes its calls in another form, and {name} would lose them. {_meant(wanted)}"
        yield Finding("tool-parser", "wrong", option.line, says, edits=(case.set(option, wanted),))
    else:
        yield Finding("tool-parser", "right", option.line, "The parser of this model's family.")


def reasoning_parser(case: Case) -> Iterator[Finding]:
    """A family that does not think loses its answers to one; a family that thinks needs one."""
    option, name, profile = case.option(REASONING), case.value(REASONING), case.profile
    wanted = profile.reasoning_parser
    if option is None:
        if wanted and not case.start.open:
            says = f"{REASONING} {wanted}: this family thinks, and its thoughts would stand in the answer."
            yield Finding("reasoning-parser", "missing", 0, says, added=(REASONING, wanted))
    elif name and name not in REASONING_PARSERS and not case.start.has("--reasoning-parser-plugin"):
        says = f"vLLM 0.32 has no reasoning parser {name}, and refuses to start. {_meant(wanted)}"
        edits = (case.set(option, wanted),) if wanted else (case.drop(option),)
        yield Finding("reasoning-parser", "wrong", option.line, says.strip(), True, edits)
    elif profile.family != "unknown" and profile.thinking == "never":
        says = "This model does not think: with a reasoning parser its whole answer comes back as a thought."
        yield Finding("reasoning-parser", "wrong", option.line, says, edits=(case.drop(option),))
    elif wanted and name and name != wanted:
        says = f"This family's thoughts are read by {wanted}."
        yield Finding("reasoning-parser", "wrong", option.line, says, edits=(case.set(option, wanted),))


def hidden_tools(case: Case) -> Iterator[Finding]:
    """With it a gateway that parses calls itself would send tools which the model never sees."""
    option = case.option("--exclude-tools-when-tool-choice-none")
    if option and not option.words[0].text.startswith("--no-"):
        says = (
            "The model does not see tools of requests with tool_choice none, which gateways send that parse "
        )
        says += "calls themselves."
        yield Finding("hidden-tools", "wrong", option.line, says, edits=(case.drop(option),))


def _meant(wanted: str) -> str:
    return f"It is {wanted}." if wanted else ""


def _same(one: str, other: str) -> bool:
    return one == other or any({one, other} <= names for names in SAME_PARSER)


RULES = (auto_choice, tool_parser, reasoning_parser, hidden_tools)
