"""What is known of an engine that we call, and how tools reach its model."""

from typing import Literal

from msgspec import Struct

Mode = Literal["native", "raw", "completion", "rendered"]
"""How tools reach the model (docs/tool-calls.md):

native      tools go as the client sent them; the engine parses the calls, we check and repair them
raw         tools go with `tool_choice: none`, so that the model's text comes back whole; we parse it
completion  the engine renders the prompt to token ids, which go to `/v1/completions`; we parse the text
rendered    tools, calls and results are written into the messages in the family's wording; we parse
"""


class EngineFacts(Struct, frozen=True):
    """What a survey of an engine found. None: nobody could say."""

    kind: str = "unknown"
    version: str = ""
    parses: bool | None = None
    """Tool calls in a reply with `tool_choice: auto` come back parsed."""
    renders: bool | None = None
    """Tools stand in the prompt where `text_choice` goes with them, so that raw mode works."""
    text_choice: str = "none"
    """The `tool_choice` with which this engine leaves the model's text alone."""
    counts: bool | None = None
    """It has `/tokenize` with messages and tools, and `/v1/completions` takes token ids."""
    swallows: bool = False
    """Its parser takes text away and delivers no calls: it was set for another family."""
    reasons: bool | None = None
    """A reasoning parser is set, which splits thinking off the text."""
    markers: bool = True
    """It takes `skip_special_tokens: false`, so that special tokens stand in the text."""
    tags: bool = False
    """It takes structural tags, and nothing has gone wrong with them yet."""


class Way(Struct, frozen=True):
    """The mode that was chosen for a request, and why, in words for the operator."""

    mode: Mode
    reason: str
