"""SGLang, as its documentation and source describe it; not run against the real thing.

With `auto` and no tool parser it renders the tools and leaves the text alone; with `none` it leaves
the tools out of the prompt.
"""

from dragoman.engines import TOOL, Question, Survey, brief, one_token
from dragoman.model.engine import EngineFacts
from dragoman.model.profile import Profile


def survey(model: str, profile: Profile) -> Survey:
    info = yield Question("/get_server_info")
    found = info.json
    if info.status != 200 or "tp_size" not in found:
        return None
    parser = found.get("tool_call_parser")
    tried = yield one_token(model, tools=[TOOL])
    return EngineFacts(
        "sglang",
        brief(found.get("version")),
        parses=bool(parser),
        renders=tried.status == 200 and not parser,
        text_choice="auto",
        counts=False,
        reasons=bool(found.get("reasoning_parser")),
    )
