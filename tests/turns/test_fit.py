"""Every engine's wording of "too long" is read, and replies get the room that is left."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.model.errors import PromptTooLong
from dragoman.turns.fit import Overflow, fit, least_reply, overflow

WORDINGS: dict[str, tuple[str, Overflow | None]] = {
    "vLLM 0.8: messages and completion": (
        "This model's maximum context length is 32768 tokens. However, you requested 33000 tokens "
        "(30000 in the messages, 3000 in the completion). Please reduce the length of the messages or"
        " completion.",
        Overflow(32768, 30000),
    ),
    "vLLM 0.8: the messages alone": (
        "This model's maximum context length is 32768 tokens. However, you requested 33000 tokens in "
        "the messages, Please reduce the length of the messages.",
        Overflow(32768, 33000),
    ),
    "vLLM 0.9: the decoder prompt": (
        "The decoder prompt (length 40000) is longer than the maximum model length of 32768. Make sure that "
        "`max_model_len` is no smaller than the number of text tokens.",
        Overflow(32768, 40000),
    ),
    "vLLM 0.11: max_tokens is too large": (
        "'max_tokens' or 'max_completion_tokens' is too large: 16384. This model's maximum context "
        "length is 65536 tokens and your request has 52189 input tokens (16384 > 65536 - 52189). "
        "(parameter=max_tokens, value=16384)",
        Overflow(65536, 52189),
    ),
    "vLLM 0.11: the messages alone": (
        "This model's maximum context length is 65536 tokens. However, your request has 70000 input "
        "tokens. Please reduce the length of the input messages.",
        Overflow(65536, 70000),
    ),
    "vLLM 0.32: at least, which is no size": (
        "This model's maximum context length is 65536 tokens. However, your prompt contains at least "
        "65537 input tokens, which exceeds this limit even without any output tokens. Please reduce "
        "the length of the input prompt. (parameter=input_tokens, value=65537)",
        Overflow(65536),
    ),
    "vLLM 0.32: characters": (
        "This model's maximum context length is 65536 tokens. However, your prompt contains 9000000 "
        "characters (more than 8388608 characters, which is the upper bound for 65536 input tokens). "
        "Please reduce the length of the input prompt.",
        Overflow(65536),
    ),
    "vLLM 0.32: the reply alone": (
        "max_tokens=70000 cannot be greater than max_model_len=65536. Please request fewer output tokens. "
        "(parameter=max_tokens, value=70000)",
        Overflow(65536, room=70000),
    ),
    "the same by its newer name": (
        "max_completion_tokens=70000 cannot be greater than max_model_len=65536.",
        Overflow(65536, room=70000),
    ),
    "SGLang: the input": (
        "The input (40000 tokens) is longer than the model's context length (32768 tokens).",
        Overflow(32768, 40000),
    ),
    "SGLang: input and completion": (
        "Requested token count exceeds the model's maximum context length of 32768 tokens. You "
        "requested a total of 33000 tokens: 30000 tokens from the input messages and 3000 tokens for "
        "the completion.",
        Overflow(32768, 30000),
    ),
    "llama.cpp": (
        "request (40000 tokens) exceeds the available context size (32768 tokens), try increasing it",
        Overflow(32768, 40000),
    ),
    "llama.cpp, older": (
        "the request exceeds the available context size. try increasing the context size",
        Overflow(),
    ),
    "an engine that speaks like Anthropic": (
        "prompt is too long: 70000 tokens > 65536 maximum",
        Overflow(65536, 70000),
    ),
    "a tool's error": ("Grammar error: Invalid type: banana", None),
    "too many stop strings": ("List should have at most 4 items after validation, not 5", None),
    "nothing": ("", None),
}


@pytest.mark.requirement("CC-53")
@pytest.mark.parametrize(("text", "expected"), WORDINGS.values(), ids=WORDINGS)
def test_overflow(text: str, expected: Overflow | None) -> None:
    assert overflow(text) == expected


ROOM: dict[str, tuple[int, int, int | None, int]] = {
    "what was asked for fits": (100, 4096, 50, 50),
    "what was asked for does not fit": (4000, 8192, 8000, 4192),
    "nothing was asked for: all that is left": (100, 4096, None, 3996),
    "a short reply needs little": (4095, 4096, 1, 1),
}


@pytest.mark.requirement("CC-12")
@pytest.mark.requirement("CC-54")
@pytest.mark.parametrize(("prompt", "window", "asked", "room"), ROOM.values(), ids=ROOM)
def test_fit(prompt: int, window: int, asked: int | None, room: int) -> None:
    assert fit(prompt, window, asked) == room


@pytest.mark.requirement("CC-52")
@given(st.integers(1, 300_000), st.integers(1, 200_000), st.none() | st.integers(1, 300_000))
def test_a_reply_has_room_or_the_excess_is_told(prompt: int, window: int, asked: int | None) -> None:
    try:
        room = fit(prompt, window, asked)
    except PromptTooLong as error:
        assert error.tokens > error.window == window
        assert prompt > window or error.tokens - window <= least_reply(window)
    else:
        assert 0 < room <= window - prompt
        assert asked is None or room <= asked


def test_a_prompt_over_the_window_is_told_as_it_is() -> None:
    with pytest.raises(PromptTooLong, match=r"^prompt is too long: 70000 tokens > 65536 maximum$"):
        fit(70_000, 65_536, None)
