"""Seed-OSS: Qwen's tags in `<seed:tool_call>`, values without line ends round them."""

from dragoman.toolcalls._parts.blocks import markup_reader
from dragoman.toolcalls._parts.families import SEED
from dragoman.toolcalls._parts.format import Format, Thinking

READ = markup_reader(SEED)

FORMAT = Format(
    openers=dict.fromkeys(SEED.block_opens, READ),
    leaks=dict.fromkeys(SEED.calls, READ),
    thinking=(Thinking("<seed:think>", "</seed:think>", anywhere=True),),
    closers=SEED.closers,
    noise=("<seed:eos>",),
    others=("seed_oss",),
)
