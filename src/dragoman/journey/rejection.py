"""An engine's answer that is no reply: what it means, and what the client is told of it."""

import re

from msgspec import Raw, Struct
from msgspec.json import Decoder

from dragoman.model.errors import BadAnswer, BadRequest, Busy, DragomanError, Misconfigured, TooLarge
from dragoman.turns.fit import Overflow, overflow
from dragoman.wire.openai_chat.answer import error_text

NO_IMAGES = re.compile(
    r"is not a multimodal model|does not support image|image input is not supported|At most 0 image",
    re.IGNORECASE,
)


DEAD = re.compile(r"EngineCore encountered an issue|EngineDeadError|Engine ?[Cc]ore .*died")
"""vLLM's server still answers, though what it stands before is gone; soon it goes too."""


class Counted(Struct, frozen=True):
    """A prompt's size in tokens, the tokens' ids as JSON, and the engine's window."""

    count: int
    tokens: Raw = Raw(b"[]")
    max_model_len: int | None = None


COUNT = Decoder(Counted)


def read_count(body: bytes) -> Counted | None:
    """What vLLM's `/tokenize` says of a prompt; None where it is something else."""
    try:
        return COUNT.decode(body)
    except ValueError:
        return None


NO_SYSTEM = re.compile(
    r"system role (?:is )?not supported|does not support (?:a |the )?system", re.IGNORECASE
)
NO_SWITCHES = re.compile(r"chat_template(?:_kwargs)? is not supported", re.IGNORECASE)
"""vLLM says so of Mistral's own tokenizers."""
NO_PARSER = re.compile(r"requires (?:--enable-auto-tool-choice|--tool-call-parser)", re.IGNORECASE)
"""vLLM without the flags, as it has said since it has them."""
NO_TOOLS = re.compile(
    r"does not support (?:tools|function)|tools param requires --jinja|"
    r"tools? (?:use )?(?:is|are) not supported",
    re.IGNORECASE,
)
"""Ollama, llama.cpp without templates, and others."""


NO_MARKERS = re.compile(
    r"skip_special_tokens\W{1,3}false is not supported|"
    r"(?:unexpected fields|does not support parameters).*skip_special_tokens",
    re.IGNORECASE,
)
"""vLLM to 0.9 with Mistral's own tokenizers, which keep the marker of calls whatever is asked; and servers
that refuse what they do not know, as that of transformers does, and LiteLLM before some."""


class Rejection:
    """The engine answered `status` with `body` instead of a reply."""

    def __init__(self, status: int, body: bytes) -> None:
        self.status = status
        self.text = error_text(body)

    @property
    def overflow(self) -> Overflow | None:
        """What it says of the window, where the request did not fit."""
        return overflow(self.text) if self.status in (400, 413, 422, 500) else None

    @property
    def busy(self) -> bool:
        """Its queue is full, or it is not up yet; another replica may take the request."""
        return self.status in (429, 503)

    @property
    def dead(self) -> bool:
        """The engine behind the server has ended."""
        return self.status == 500 and DEAD.search(self.text) is not None

    @property
    def no_images(self) -> bool:
        return self._says(NO_IMAGES)

    @property
    def no_system(self) -> bool:
        """The template has no system role."""
        return self._says(NO_SYSTEM)

    @property
    def no_switches(self) -> bool:
        """The template takes no `chat_template_kwargs`."""
        return self._says(NO_SWITCHES)

    @property
    def no_parser(self) -> bool:
        """The engine would have to parse tool calls, and does not."""
        return self._says(NO_PARSER)

    @property
    def no_markers(self) -> bool:
        """The engine cannot be told to keep special tokens in the text."""
        return self._says(NO_MARKERS)

    @property
    def no_tools(self) -> bool:
        """The engine takes no tools at all with this model."""
        return self._says(NO_TOOLS)

    def _says(self, wording: re.Pattern[str]) -> bool:
        return self.status in (400, 422, 500) and wording.search(self.text) is not None

    def error(self) -> DragomanError:
        """What the client is told; never the engine's body as it came."""
        text = self.text or "it gave no reason"
        match self.status:
            case 400 | 422:
                return BadRequest(f"the engine refused the request: {text}")
            case 413:
                return TooLarge(f"the engine refused the size of the request: {text}")
            case 429 | 503:
                return Busy(f"the engine is busy: {text}")
            case 401 | 403:
                return Misconfigured("the engine refused the gateway's key; set the upstream's key")
            case status if status < 500:
                return Misconfigured(f"the engine answered {status}: {text}")
            case status:
                return BadAnswer(f"the engine answered {status}: {text}")
