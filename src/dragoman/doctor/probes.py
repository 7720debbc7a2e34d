"""What the doctor asks of an engine beside its survey: what its template does, and whether its parser fits.

The parser is tried without the model's skill: a grammar makes the engine write one call in the wording of the
model's family, so that only the parser decides what comes of it.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from dragoman import folder
from dragoman.doctor.seen import Engine
from dragoman.engines import HELLO, TOOL, Reply, prompt_tokens

Post = Callable[[str, Mapping[str, Any]], Awaitable[Reply]]

PLAIN_WORDINGS = frozenset({"hermes_json", "qwen_xml"})
"""Formats whose marks are plain text, which a grammar can write."""
LATE_SYSTEM = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "Hello"},
    {"role": "system", "content": "Be kind."},
]
SOME_TOKENS = 8
"""With so many tokens written, an empty reply is one that was taken away."""


@dataclass(slots=True)
class Probing:
    """Probes of one model; `post` never raises."""

    post: Post
    model: str

    async def fill(self, engine: Engine) -> Engine:
        """The engine with what they found."""
        if engine.facts.counts:
            engine = replace(engine, template_tools=await self.template_tools())
            engine = replace(engine, system_refused=await self.system_refused())
        return replace(engine, parser_fits=await self.parser_fits(engine))

    async def template_tools(self) -> bool | None:
        """Whether the template writes tools; a tokenizer's route does not heed what hides them in chats."""
        plain = prompt_tokens(await self.post("/tokenize", {"model": self.model, "messages": HELLO}))
        asked = {"model": self.model, "messages": HELLO, "tools": [TOOL]}
        offered = prompt_tokens(await self.post("/tokenize", asked))
        return None if plain is None or offered is None else offered > plain

    async def system_refused(self) -> str:
        """The words with which the template refuses a system message that is not the first."""
        answer = await self.post("/tokenize", {"model": self.model, "messages": LATE_SYSTEM})
        return said(answer) if answer.status == 400 else ""

    async def parser_fits(self, engine: Engine) -> bool | None:
        facts, form = engine.facts, engine.profile.tool_format
        if facts.kind != "vllm" or not facts.parses or facts.reasons or form not in PLAIN_WORDINGS:
            return None
        wording = folder.catalog().find(form).wording
        if wording is None:
            return None
        text = wording.calls.round([wording.call("look_up", {"word": "cat"}, "call_0")])
        asked = {
            "model": self.model,
            "messages": [{"role": "user", "content": "Look up the word cat."}],
            "tools": [TOOL],
            "tool_choice": "auto",
            "max_tokens": 160,
            "temperature": 0,
            "structured_outputs": {"choice": [text]},
        }
        return fits(await self.post("/v1/chat/completions", asked), text)


def fits(reply: Reply, text: str) -> bool | None:
    """Whether a call came of a text that is one; None where the engine wrote another text."""
    try:
        message = reply.json["choices"][0]["message"]
        calls, content = message.get("tool_calls") or [], message.get("content") or ""
        if any(call["function"]["name"] == "look_up" for call in calls):
            return True
        written = reply.json["usage"]["completion_tokens"]
    except (KeyError, IndexError, TypeError, AttributeError):
        return None
    swallowed = not content.strip() and not calls and not message.get("reasoning")
    if text.strip()[:20] in content or (swallowed and written >= SOME_TOKENS):
        return False
    return None


def said(reply: Reply) -> str:
    """The message of an error."""
    error = reply.json.get("error", reply.json)
    message = error.get("message") if isinstance(error, dict) else error
    return str(message or reply.body[:200].decode("utf-8", "replace"))[:300]
