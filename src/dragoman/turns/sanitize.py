"""A request as any engine's chat template can take it, with nothing of its meaning lost.

The same request always gives the same result, and a longer conversation the same beginning,
so that the engine's prefix cache stays warm. What was changed is named in notes, to be counted.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Literal

import msgspec
from msgspec import Raw, Struct
from msgspec.json import Decoder
from msgspec.structs import replace

from dragoman.model.errors import BadRequest
from dragoman.model.memo import on_value
from dragoman.model.reply import is_object
from dragoman.model.turn import (
    Block,
    Document,
    Image,
    Opaque,
    Request,
    Role,
    Text,
    Thinking,
    Tool,
    ToolCall,
    ToolChoice,
    ToolResult,
    Turn,
)
from dragoman.turns.knowntools import spelled_out
from dragoman.turns.results import answer_calls, as_text
from dragoman.turns.servertools import are_functions

ATTRIBUTION = "x-anthropic-billing-header:"
"""Claude Code's first system text; it holds a hash of the first prompt and would split the cache."""


class Reference(Struct):
    tool_name: str


REFERENCE = Decoder(Reference)


def sanitize(request: Request, *, images: bool = True) -> tuple[Request, list[str]]:
    """The request made acceptable, and what was changed. `images`: the model takes pictures.

    Raises BadRequest where the client asks for what cannot be: a tool that it does not offer.
    """
    notes: list[str] = []
    turns = [turn if CLEAN(turn) else clean(turn, images, notes) for turn in request.turns]
    turns = [place_system(turn, notes) if turn.role == "system" else turn for turn in turns]
    turns = answer_calls(merge(turns), notes)
    tools = offered(request.tools, notes)
    return (
        replace(
            request,
            system=system_texts(request.system, notes),
            turns=tuple(turns) or (Turn("user", (Text(""),)),),
            tools=tools,
            tool_choice=possible(request.tool_choice, tools, notes),
        ),
        notes,
    )


def system_texts(system: Sequence[Text], notes: list[str]) -> tuple[Text, ...]:
    kept = [text for text in system if not text.text.startswith(ATTRIBUTION)]
    if len(kept) < len(system):
        notes.append("attribution_removed")
    return tuple([text for text in kept if text.text])


def place_system(turn: Turn, notes: list[str]) -> Turn:
    """A system message in mid-conversation becomes a marked text of the user turn at its place.

    Most templates refuse it there, and moving it to the front would change the prefix of all
    that follows. The mark is Claude Code's own.
    """
    notes.append("system_message_in_place")
    return Turn("user", tuple(marked(block) if isinstance(block, Text) else block for block in turn.blocks))


def marked(block: Text) -> Text:
    return Text(f"<system-reminder>\n{block.text}\n</system-reminder>")


def merge(turns: Iterable[Turn]) -> list[Turn]:
    """Neighbours of one role become one turn, in order; turns without content go."""
    merged: list[Turn] = []
    for turn in turns:
        if not turn.blocks:
            continue
        if merged and merged[-1].role == turn.role:
            merged[-1] = Turn(turn.role, (*merged[-1].blocks, *turn.blocks))
        else:
            merged.append(turn)
    return merged


def clean(turn: Turn, images: bool, notes: list[str]) -> Turn:
    """The turn's blocks, each one that a text template can take in a turn of this role."""
    images = images and turn.role != "assistant"
    placed = (part for block in turn.blocks for part in in_place(block, turn.role, notes))
    kept = (clean_block(block, images, notes) for block in placed)
    return Turn(turn.role, tuple(block for block in kept if block is not None))


def is_clean(block: Block, role: Role) -> bool:
    """Whether nothing has to be done: almost always, and on the way of every request."""
    if isinstance(block, Text):
        return bool(block.text)
    if isinstance(block, ToolCall):
        return role == "assistant" and is_object(block.arguments)
    if isinstance(block, ToolResult) and role == "user":
        return all([isinstance(part, Text) and part.text for part in block.content])
    return False


CLEAN: Callable[[Turn], bool] = on_value(
    lambda turn: all([is_clean(block, turn.role) for block in turn.blocks])
)


def in_place(block: Block, role: Role | Literal["result"], notes: list[str]) -> list[Block]:
    """A block that cannot stand in a turn of this role, or in a tool's result, as what can."""
    placed: list[Block]
    match block:
        case ToolResult(content=content):
            parts = [part for inner in content for part in in_place(inner, "result", notes)]
            placed = [replace(block, content=tuple(parts))]
            if role in ("user", "system"):
                return placed
            placed = parts if role == "result" else as_text(replace(block, content=tuple(parts)))
        case ToolCall(name=name, arguments=arguments) if role != "assistant":
            placed = [Text(f"[a call of the tool {name!r} stood here: {arguments}]")]
        case Thinking() if role != "assistant":
            placed = []
        case _:
            return [block]
    notes.append("block_moved")
    return placed


def clean_block(block: Block, images: bool, notes: list[str]) -> Block | None:
    match block:
        case Text(text=text):
            return block if text else None
        case Thinking(redacted=True):
            notes.append("thinking_removed")
            return None
        case Thinking(text=text):
            return block if text else None
        case ToolCall(arguments=arguments) if not is_object(arguments):
            notes.append("arguments_enclosed")
            return replace(block, arguments=as_object(arguments))
        case ToolResult(content=content):
            parts = (clean_block(part, images, notes) for part in content)
            return replace(block, content=tuple(part for part in parts if part is not None))
        case Image(data=data, url=url) if not images or not (data or url):
            notes.append("image_replaced")
            return Text("[an image stood here; this model reads text only]")
        case Document():
            return document_text(block, notes)
        case Opaque(kind="tool_reference", raw=raw) if name := referenced(raw):
            return Text(f"[tool_reference: the tool {name!r} can be called from now on]")
        case Opaque(kind=kind):
            notes.append("block_replaced")
            return Text(f"[content of type {kind!r} stood here; it cannot be shown to this model]")
    return block


def referenced(raw: Raw) -> str:
    """The tool that a search for tools has found; its definition stands among the tools by now."""
    try:
        return REFERENCE.decode(raw).tool_name
    except msgspec.MsgspecError:
        return ""


def document_text(document: Document, notes: list[str]) -> Text:
    title = document.title or "document"
    if document.text:
        return Text(f'<document title="{title}">\n{document.text}\n</document>')
    notes.append("document_replaced")
    what = document.media_type or document.url or "unknown type"
    return Text(f"[the document {title!r} ({what}) stood here; it cannot be shown to this model]")


def as_object(arguments: str) -> str:
    """What a model once wrote as arguments, as the JSON object that templates demand in history."""
    if not arguments.strip():
        return "{}"
    try:
        value = msgspec.json.decode(arguments, type=Raw)
    except (ValueError, RecursionError):
        value = Raw(msgspec.json.encode(arguments))
    return msgspec.json.encode({"input": value}).decode()


def offered(tools: tuple[Tool, ...], notes: list[str]) -> tuple[Tool, ...]:
    """The tools that the model itself can call; the server's own are not the engine's business.

    Where nothing changes it is the same tuple, by which what was made of it is known again.
    """
    if are_functions(tools):
        return tools
    kept: list[Tool] = []
    for tool in tools:
        described = spelled_out(tool)
        if described is not None:
            kept.append(described)
        else:
            notes.append("server_tool_removed")
    return tuple(kept)


def possible(choice: ToolChoice, tools: tuple[Tool, ...], notes: list[str]) -> ToolChoice:
    if not tools:
        if choice.mode in ("required", "named"):
            notes.append("tool_choice_removed")
        return ToolChoice()
    if choice.mode == "named" and all(tool.name != choice.name for tool in tools):
        raise BadRequest(f"$.tool_choice.name: no tool {choice.name!r} among the tools offered")
    return choice
