"""`dragoman parse`: what a model's raw text comes to, or what each piece of it releases."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

if TYPE_CHECKING:
    from dragoman.toolcalls import Catalog, Toolset


def parse(  # noqa: PLR0913, PLR0917 - one parameter per option
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="The text; standard input without.")
    ] = None,
    format: Annotated[str, typer.Option("--format", help="A format's name, or auto.")] = "auto",
    tools: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The tools on offer: OpenAI's or Anthropic's JSON.")
    ] = None,
    starts_in_reasoning: Annotated[
        bool | None,
        typer.Option(
            "--starts-in-reasoning/--starts-in-text",
            help="Whether the prompt had opened the thinking; without, nobody knows.",
        ),
    ] = None,
    cut: Annotated[int, typer.Option(metavar="N", min=0, help="Feed it in pieces of N characters.")] = 0,
    truncated: Annotated[bool, typer.Option("--truncated", help="The length limit ended the text.")] = False,
    events: Annotated[bool, typer.Option("--events", help="Print what each piece releases.")] = False,
    jsonl: Annotated[
        bool, typer.Option("--jsonl", help="Read a case from each line and answer it with a line.")
    ] = False,
) -> int:
    """Read the tool calls in a model's raw text, as the gateway would."""
    options: dict[str, Any] = {
        "format": format,
        "tools": None if tools is None else read_tools(tools),
        "starts_in_reasoning": starts_in_reasoning,
        "truncated": truncated,
        "cut": cut,
    }
    catalog = formats()
    with opened(file) as stream:
        if jsonl:
            for line in stream:
                if line.strip():
                    say(answers_to_line(catalog, line, options, events))
            return 0
        try:
            say(answers(catalog, {**options, "text": stream.read()}, events))
        except ValueError as error:
            raise typer.BadParameter(str(error)) from None
    return 0


def say(lines: Iterator[dict[str, Any]]) -> None:
    for line in lines:
        written = json.dumps(line, ensure_ascii=False)
        if not written.isascii() and not encodable(written):
            written = json.dumps(line)
        print(written, flush=True)


def encodable(text: str) -> bool:
    """Whether a text can be printed: half a pair of surrogates cannot, and JSON has an escape for it."""
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


def formats() -> "Catalog":
    from dragoman import folder, toolcalls

    return toolcalls.Catalog({name: folder.load(toolcalls, name).FORMAT for name in folder.names(toolcalls)})


def answers_to_line(
    catalog: "Catalog", line: str, options: dict[str, Any], events: bool
) -> Iterator[dict[str, Any]]:
    """As `answers`; a line that is no case is answered with what is wrong with it.

    What a case leaves out is as the options say. One that says nothing of its start starts in text;
    null says that nobody knows.
    """
    start = options["starts_in_reasoning"] or False
    try:
        case = json.loads(line.removeprefix("\ufeff"))
        if not isinstance(case, dict):
            raise ValueError("a case is a JSON object")
        yield from answers(catalog, {**options, "starts_in_reasoning": start, **case}, events)
    except ValueError as error:
        yield {"error": str(error)}
    except RecursionError:
        yield {"error": "the case is nested too deeply"}
    except Exception as error:  # the lines that follow are answered all the same
        yield {"error": f"a fault of the parser's: {error!r}"}


def answers(catalog: "Catalog", case: dict[str, Any], events: bool) -> Iterator[dict[str, Any]]:
    """What a case comes to, or what its pieces release. Raises ValueError for a case that is none."""
    from dragoman.toolcalls import plain, released, summary

    try:
        format = catalog.find(str(case["format"] or "auto"))
    except KeyError as error:
        raise ValueError(error.args[0]) from None
    fed, start = pieces_of(case), case["starts_in_reasoning"]
    if start is not None and not isinstance(start, bool):
        raise ValueError("`starts_in_reasoning` is true, false or null")
    some = released(format, on_offer(case["tools"]), fed, start, bool(case["truncated"]))
    if events:
        for piece, given in zip([*fed, None], some, strict=True):
            yield {"piece": piece, "events": [plain(event) for event in given]}
    else:
        yield summary(event for given in some for event in given)


def pieces_of(case: dict[str, Any]) -> list[str]:
    pieces, size = case.get("pieces"), case["cut"] or 0
    text = case.get("text") or ""
    if not isinstance(text, str):
        raise ValueError("`text` is a string, and `pieces` a list of strings")
    if type(size) is not int or size < 0:
        raise ValueError("`cut` is a number of characters")
    if pieces is None or (pieces == [] and text):
        pieces = [text[at : at + size] for at in range(0, len(text), size)] if size else [text]
    if not isinstance(pieces, list) or not all(isinstance(piece, str) for piece in pieces):
        raise ValueError("`text` is a string, and `pieces` a list of strings")
    return pieces


def on_offer(tools: Any) -> "Toolset":
    from dragoman.toolcalls import offered

    try:
        return offered(tools)
    except (AttributeError, KeyError, TypeError):
        raise ValueError("`tools` is a list of tools with names, in OpenAI's or Anthropic's form") from None


def read_tools(file: Path) -> Any:
    try:
        return json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise typer.BadParameter(f"{file} holds no tools: {error}") from None


def opened(file: Path | None) -> TextIO:
    """The text as it is: line ends are not translated."""
    if file is None:
        if hasattr(sys.stdin, "reconfigure"):
            sys.stdin.reconfigure(encoding="utf-8", errors="replace", newline="")
        return sys.stdin
    try:
        return file.open(encoding="utf-8", errors="replace", newline="")
    except OSError as error:
        raise typer.BadParameter(f"{file} cannot be read: {error.strerror}") from None
