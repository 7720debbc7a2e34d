"""The server of llama-cpp-python: known by the title of its schema; it renders tools and parses no calls.

Nothing is refused and fields that it does not know are ignored, so that what it does shows in sizes.
"""

from dragoman.engines import TOOL, Question, Survey, brief, one_token, prompt_tokens
from dragoman.model.engine import EngineFacts
from dragoman.model.profile import Profile

TITLE = "llama.cpp Python API"


def survey(model: str, profile: Profile) -> Survey:
    schema = yield Question("/openapi.json")
    found = schema.json.get("info")
    if not isinstance(found, dict) or TITLE not in str(found.get("title")):
        return None
    plain = yield one_token(model)
    sent = yield one_token(model, tools=[TOOL], tool_choice="none")
    size, with_tools = prompt_tokens(plain), prompt_tokens(sent)
    renders = None if size is None or with_tools is None else with_tools > size
    version = brief(found.get("version"))
    return EngineFacts("llamacpp_python", version, parses=False, renders=renders, counts=False, reasons=False)
