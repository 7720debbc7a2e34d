"""llama.cpp's server: its own grammars parse every family's calls.

`--jinja` off (older builds) refuses tools.
"""

from dragoman.engines import TOOL, Question, Survey, brief, one_token
from dragoman.model.engine import EngineFacts
from dragoman.model.profile import Profile


def survey(model: str, profile: Profile) -> Survey:
    props = yield Question("/props")
    found = props.json
    if props.status != 200 or "default_generation_settings" not in found:
        return None
    tried = yield one_token(model, tools=[TOOL])
    build = brief(found.get("build_info"))
    return EngineFacts("llamacpp", build, parses=tried.status == 200, renders=False, counts=False)
