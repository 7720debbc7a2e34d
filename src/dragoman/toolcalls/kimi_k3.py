"""Kimi K3: `<|open|>call tool="N" index="1"<|sep|>` with `<|open|>argument key="K" type="string"<|sep|>`."""

from dragoman.toolcalls._parts.blocks import markup_reader
from dragoman.toolcalls._parts.families import KIMI_K3
from dragoman.toolcalls._parts.format import Format, Thinking

FORMAT = Format(
    openers=dict.fromkeys((*KIMI_K3.block_opens, *KIMI_K3.calls), markup_reader(KIMI_K3)),
    thinking=(Thinking("<|open|>think<|sep|>", "<|close|>think<|sep|>", anywhere=True),),
    closers=KIMI_K3.closers,
    noise=("<|open|>response<|sep|>", "<|close|>response<|sep|>", "<|im_end|>"),
)
