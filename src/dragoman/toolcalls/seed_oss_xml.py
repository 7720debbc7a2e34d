"""Seed-OSS: Qwen's tags in `<seed:tool_call>`, values without line ends round them."""

from dragoman.toolcalls._parts.families import SEED
from dragoman.toolcalls._parts.format import Format, Thinking
from dragoman.toolcalls._parts.tagged import OPENER, markup_or_json, read_tagged

READ = markup_or_json(SEED)

FORMAT = Format(
    openers=dict.fromkeys(SEED.block_opens, READ),
    leaks={**dict.fromkeys(SEED.calls, READ), OPENER: read_tagged},
    thinking=(Thinking("<seed:think>", "</seed:think>", anywhere=True),),
    closers=SEED.closers,
    noise=("<seed:eos>",),
    others=("seed_oss",),
)
