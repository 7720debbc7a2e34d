"""Kimi K3: `<|open|>call tool="N" index="1"<|sep|>` with `<|open|>argument key="K" type="string"<|sep|>`."""

from dragoman.toolcalls._parts.blocks import markup_reader
from dragoman.toolcalls._parts.families import KIMI_K3
from dragoman.toolcalls._parts.format import Format, Thinking

MARKS = tuple(
    f"<|{side}|>{space}{channel}{space}<|sep|>"
    for side in ("open", "close")
    for channel in ("response", "message")
    for space in ("", " ")
)

FORMAT = Format(
    openers=dict.fromkeys((*KIMI_K3.block_opens, *KIMI_K3.calls), markup_reader(KIMI_K3)),
    thinking=(
        Thinking("<|open|>think<|sep|>", "<|close|>think<|sep|>", anywhere=True),
        Thinking("<|open|> think <|sep|>", "<|close|> think <|sep|>", anywhere=True),
    ),
    closers=KIMI_K3.closers,
    noise=(*MARKS, "<|im_end|>"),
)
