"""Ollama, by its OpenAI-compatible routes; described from its source, not run against the real thing.

A model whose template knows no tools refuses them with a 400.
"""

from dragoman.engines import TOOL, Question, Survey, brief, one_token
from dragoman.model.engine import EngineFacts
from dragoman.model.profile import Profile


def survey(model: str, profile: Profile) -> Survey:
    version = yield Question("/api/version")
    tags = yield Question("/api/tags")
    if version.status != 200 or tags.status != 200 or "models" not in tags.json:
        return None
    tried = yield one_token(model, tools=[TOOL])
    found = brief(version.json.get("version"))
    return EngineFacts("ollama", found, parses=tried.status == 200, renders=False, counts=False)
