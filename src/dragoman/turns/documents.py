"""PDFs in a request, and the text that was read out of them."""

from collections.abc import Callable, Iterator, Mapping

from msgspec.structs import replace

from dragoman.model.memo import on_value
from dragoman.model.turn import Block, Document, Request, Text, ToolResult, Turn

PDF = "application/pdf"


def unread(request: Request) -> tuple[Document, ...]:
    """The request's PDFs, each once."""
    found = [pdf for turn in request.turns for pdf in PDFS(turn)]
    return tuple({pdf.data: pdf for pdf in found}.values()) if found else ()


def pdfs(blocks: tuple[Block, ...]) -> Iterator[Document]:
    for block in blocks:
        if isinstance(block, Document) and block.media_type == PDF and block.data:
            yield block
        elif isinstance(block, ToolResult):
            yield from pdfs(block.content)


PDFS: Callable[[Turn], tuple[Document, ...]] = on_value(lambda turn: tuple(pdfs(turn.blocks)))


def with_texts(request: Request, texts: Mapping[str, str]) -> Request:
    """The request with each PDF's text, by its data, in place of the file."""
    turns = (Turn(turn.role, read(turn.blocks, texts)) for turn in request.turns)
    return replace(request, turns=tuple(turns))


def read(blocks: tuple[Block, ...], texts: Mapping[str, str]) -> tuple[Block, ...]:
    return tuple(read_block(block, texts) for block in blocks)


def read_block(block: Block, texts: Mapping[str, str]) -> Block:
    if isinstance(block, ToolResult):
        return replace(block, content=read(block.content, texts))
    if not isinstance(block, Document) or block.data not in texts:
        return block
    text = texts[block.data]
    title = block.title or "PDF"
    if not text.strip():
        return Text(
            f"[the document {title!r} holds no text that can be read: it is scanned, locked or broken]"
        )
    return Document(title, "text/plain", text=text)
