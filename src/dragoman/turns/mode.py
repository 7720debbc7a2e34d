"""By which of four ways tools reach the model (model/engine, docs/tool-calls.md)."""

from dragoman.engines.vllm.survey import ENGINE_TYPE, LOSSY
from dragoman.model.engine import EngineFacts, Mode, Way
from dragoman.model.profile import Profile
from dragoman.model.turn import Image, Request, Tool, ToolResult

LEAVES_TEXT = ("vllm", "litellm")
"""Engines that parse nothing where no tool may be called; LiteLLM stands before vLLM, or one like it."""


def usual_way(facts: EngineFacts, profile: Profile, setting: Mode | None = None) -> Way:
    """The way for a request with tools that demands nothing special."""
    return choose_way(Request("", (), tools=(Tool("any"),)), facts, profile, setting)


def choose_way(request: Request, facts: EngineFacts, profile: Profile, setting: Mode | None) -> Way:
    """The way for one request; without tools there is nothing to choose."""
    if not request.tools:
        return Way("native", "no tools are offered")
    if setting is not None:
        return set_way(request, facts, setting)
    if facts.parses is False:
        return text_way(request, facts)
    if forced(request):
        return Way("native", "what the client demands needs the engine's grammar")
    if facts.swallows:
        return round_parser(request, facts)
    if facts.parses is None:
        return Way("native", "nothing is known of this engine's tool calls")
    return best_way(request, facts, profile)


def best_way(request: Request, facts: EngineFacts, profile: Profile) -> Way:
    """The engine parses calls: whether to leave it to that depends on what its parser does to the text."""
    if not profile.tool_parser:
        return Way("native", "the engine parses tool calls, and the model's family is not known")
    if facts.kind == "vllm" and profile.tool_parser in LOSSY and facts.counts and not has_images(request):
        return Way("completion", f"the parser {profile.tool_parser} cuts values off at tags; ours does not")
    if profile.tool_parser in ENGINE_TYPE:
        return Way("native", "the engine's parser takes calls out of the text whatever is asked")
    if facts.kind in LEAVES_TEXT and facts.renders:
        return Way("raw", f"the parser {profile.tool_parser} loses text in streams; ours does not")
    return Way("native", "the engine parses tool calls")


def set_way(request: Request, facts: EngineFacts, setting: Mode) -> Way:
    """The configured way, save where it cannot be gone."""
    if setting == "completion" and has_images(request):
        return Way("rendered", "the configuration says completion, but pictures cannot go as token ids")
    if setting == "completion" and facts.counts is False:
        return Way("rendered", "the configuration says completion, but the engine gives no token ids")
    return Way(setting, "the configuration says so")


def text_way(request: Request, facts: EngineFacts) -> Way:
    """The engine parses no calls, so we do."""
    if facts.renders is not False:
        return Way("raw", "the engine parses no tool calls")
    if facts.counts and not has_images(request):
        return Way("completion", "the engine parses no tool calls and leaves tools out of plain requests")
    return Way("rendered", "neither the engine nor its template takes tools")


def round_parser(request: Request, facts: EngineFacts) -> Way:
    """The engine's parser takes text away whatever is asked, so it must not see the reply."""
    if facts.counts and not has_images(request):
        return Way("completion", "the engine's tool parser does not fit the model and swallows its calls")
    return Way("rendered", "the engine's tool parser does not fit the model; without tools it keeps quiet")


def forced(request: Request) -> bool:
    """Whether the client demands what only a grammar of the engine's can enforce."""
    choice = request.tool_choice
    if choice.mode == "none":
        return False
    return choice.mode in ("required", "named") or not choice.parallel or request.output is not None


def has_images(request: Request) -> bool:
    """Whether there is a picture in the conversation; Claude Code's stand in the results of its tools."""
    blocks = [block for turn in request.turns for block in turn.blocks]
    shown = [part for block in blocks if isinstance(block, ToolResult) for part in block.content]
    return any(isinstance(block, Image) for block in (*blocks, *shown))
