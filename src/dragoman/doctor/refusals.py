"""What in a request body vLLM answers with 400, by the ids of `engines.vllm.causes`, before it is sent."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from dragoman.doctor.recorded import blocks, messages, tools

MOST_STOPS = 4
HOTTEST = 2
LEAST_BUDGET = 1024
CHOICES = ("none", "auto", "required")
_PARTS = frozenset(
    {"text", "image_url", "input_audio", "video_url", "audio_url", "refusal", "image_embeds", "thinking"}
)
_BLOCKS = frozenset(
    {"text", "image", "tool_use", "tool_result", "thinking", "redacted_thinking", "tool_reference"}
)


@dataclass(frozen=True, slots=True)
class Case:
    """A body, and what is known of its model: the window (0: not known), whether thoughts are split off."""

    body: Mapping[str, Any]
    window: int = 0
    reasons: bool | None = None

    @property
    def choice(self) -> Any:
        return self.body.get("tool_choice")

    @property
    def offered(self) -> set[str]:
        """The names of the tools on offer, in either form."""
        own = [tool.get("function", tool) for tool in tools(self.body)]
        return {str(tool.get("name")) for tool in own if isinstance(tool, dict)}

    @property
    def output(self) -> int | None:
        """How much output it asks for."""
        for name in ("max_completion_tokens", "max_tokens"):
            if type(found := self.body.get(name)) is int:
                return found
        return None

    @property
    def stops(self) -> list[Any]:
        found = self.body.get("stop_sequences", self.body.get("stop"))
        return found if isinstance(found, list) else [found] if isinstance(found, str) else []

    def kinds(self) -> set[str]:
        """The types of all parts of all messages."""
        return {str(block.get("type")) for message in messages(self.body) for block in blocks(message)}

    def outside(self, name: str, low: float, high: float) -> bool:
        value = self.body.get(name)
        return isinstance(value, int | float) and not low <= value <= high


Rule = Callable[[Case], bool]


def _invalid_choice(case: Case) -> bool:
    choice = case.choice
    return isinstance(choice, str) and choice not in CHOICES


def _shape(case: Case) -> bool:
    return isinstance(case.choice, dict) and not isinstance(case.choice.get("function"), dict)


def _named_unknown(case: Case) -> bool:
    if not isinstance(case.choice, dict):
        return False
    function = case.choice.get("function", case.choice)
    name = function.get("name") if isinstance(function, dict) else None
    return bool(name) and bool(case.offered) and name not in case.offered


def _schema_missing(case: Case) -> bool:
    form = case.body.get("response_format")
    return isinstance(form, dict) and form.get("type") == "json_schema" and not form.get("json_schema")


def _prefill(case: Case) -> bool:
    return case.body.get("continue_final_message") is True and case.body.get("add_generation_prompt") is True


def _thinks_without_parser(case: Case) -> bool:
    thinking = case.body.get("thinking")
    return case.reasons is False and isinstance(thinking, dict) and thinking.get("type") == "enabled"


EITHER: dict[str, Rule] = {
    "output-too-long": lambda case: 0 < case.window < (case.output or 0),
    "output-too-short": lambda case: case.output is not None and case.output < 1,
    "stops": lambda case: len(case.stops) > MOST_STOPS or "" in case.stops,
    "sampling-range": lambda case: case.outside("temperature", 0, HOTTEST) or case.outside("top_p", 1e-9, 1),
    "template-in-request": lambda case: bool(case.body.get("chat_template")),
    "empty-conversation": lambda case: case.body.get("messages") == [],
}

OPENAI: dict[str, Rule] = {
    **EITHER,
    "invalid-tool-choice": _invalid_choice,
    "tool-choice-shape": _shape,
    "tool-choice-unknown": _named_unknown,
    "tool-choice-without-tools": lambda case: (
        case.choice not in (None, "none") and not case.body.get("tools") and case.body.get("tools") != []
    ),
    "tools-empty": lambda case: case.body.get("tools") == [],
    "tool-kind": lambda case: any(tool.get("type") != "function" for tool in tools(case.body)),
    "stream-options": lambda case: bool(case.body.get("stream_options")) and not case.body.get("stream"),
    "schema-missing": _schema_missing,
    "prefill": _prefill,
    "content-kind": lambda case: bool(case.kinds() - _PARTS),
}

ANTHROPIC: dict[str, Rule] = {
    **EITHER,
    "tool-choice-unknown": _named_unknown,
    "server-tool": lambda case: any("input_schema" not in tool for tool in tools(case.body)),
    "thinking-without-parser": _thinks_without_parser,
    "content-kind": lambda case: bool(case.kinds() - _BLOCKS),
}
