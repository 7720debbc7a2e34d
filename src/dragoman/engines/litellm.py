"""A LiteLLM proxy before some engine: what the engine behind it does can be tried, not asked."""

from dragoman.engines import TOOL, Question, Survey, one_token, prompt_tokens
from dragoman.model.engine import EngineFacts
from dragoman.model.profile import Profile


def survey(model: str, profile: Profile) -> Survey:
    alive = yield Question("/health/liveliness")
    if alive.status != 200 or b"alive" not in alive.body.lower():
        return None
    auto = yield one_token(model, tools=[TOOL])
    plain = yield one_token(model)
    sent = yield one_token(model, tools=[TOOL], tool_choice="none")
    size, with_tools = prompt_tokens(plain), prompt_tokens(sent)
    renders = None if size is None or with_tools is None else with_tools > size
    parses = True if auto.status == 200 else False if b"tool" in auto.body else None
    return EngineFacts("litellm", parses=parses, renders=renders, counts=False)
