"""Prompts, replies and the window they share.

Requests go out optimistically; here stands what is needed when they do not fit: reading the
engines' many wordings of "too long", and cutting the room for the reply.
"""

import re

from msgspec import Struct

from dragoman.model.errors import PromptTooLong

NEAR = 0.9
"""From this share of the window on, an estimate is too rough and the tokens are counted."""


class Overflow(Struct, frozen=True):
    """What an engine said of a request that does not fit, in tokens; None where it did not say.

    `room` is what was asked for the reply, where that alone is too much.
    """

    window: int | None = None
    prompt: int | None = None
    room: int | None = None


WORDINGS = [
    re.compile(pattern, re.IGNORECASE | re.DOTALL)
    for pattern in (
        # vLLM 0.8 to 0.10: "... However, you requested T tokens (P in the messages, C in the completion)"
        r"maximum context length is (?P<window>\d+) tokens.*?\((?P<prompt>\d+) in the (?:messages|prompt)",
        # The same with no limit on the reply
        r"maximum context length is (?P<window>\d+) tokens.*?requested (?P<prompt>\d+) tokens in the",
        # vLLM 0.11 to 0.15: "... and your request has N input tokens (16384 > 65536 - 52189)"
        r"maximum context length is (?P<window>\d+) tokens.*?request has (?P<prompt>\d+) input tokens",
        # vLLM 0.16 on: the number is only the window and one more
        r"maximum context length is (?P<window>\d+) tokens.*?at least \d+ input tokens",
        r"maximum context length is (?P<window>\d+) tokens",
        # vLLM: "The decoder prompt (length N) is longer than the maximum model length of L"
        r"prompt \(length (?P<prompt>\d+)\) is longer than the maximum model length of (?P<window>\d+)",
        r"max_(?:completion_)?tokens=(?P<room>\d+) cannot be greater than max_model_len=(?P<window>\d+)",
        # SGLang
        r"input \((?P<prompt>\d+) tokens\) is longer than the model's context length "
        r"\((?P<window>\d+) tokens\)",
        r"requested token count exceeds the model's maximum context length of (?P<window>\d+) tokens"
        r".*?(?P<prompt>\d+) tokens from the input",
        # llama.cpp
        r"request \((?P<prompt>\d+) tokens\) exceeds the available context size \((?P<window>\d+) tokens\)",
        r"exceeds the available context size",
        # Anthropic's own, from an engine that speaks like it
        r"prompt is too long: (?P<prompt>\d+) tokens > (?P<window>\d+)",
    )
]


def overflow(text: str) -> Overflow | None:
    """What an engine's error text says about the window, or None where it is about something else."""
    for wording in WORDINGS:
        if found := wording.search(text):
            return Overflow(**{name: int(number) for name, number in found.groupdict().items()})
    return None


def least_reply(window: int) -> int:
    """The fewest tokens that a reply must have room for, so that it can say something of use."""
    return min(1024, max(window // 16, 1))


def fit(prompt: int, window: int, max_tokens: int | None) -> int:
    """The room for the reply: what was asked for, or what is left beside the prompt.

    All in tokens. Raises PromptTooLong where less is left than a reply of use needs.
    """
    left, least = window - prompt, least_reply(window)
    if max_tokens is not None:
        least = min(least, max_tokens)
    if left < least:
        raise PromptTooLong(prompt if prompt > window else prompt + least, window)
    return left if max_tokens is None else min(max_tokens, left)
