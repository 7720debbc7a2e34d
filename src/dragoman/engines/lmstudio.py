"""LM Studio's server; described from its documentation, not run against the real thing."""

from dragoman.engines import Question, Survey
from dragoman.model.engine import EngineFacts
from dragoman.model.profile import Profile


def survey(model: str, profile: Profile) -> Survey:
    models = yield Question("/api/v0/models")
    if models.status != 200 or not isinstance(models.json.get("data"), list):
        return None
    return EngineFacts("lmstudio", parses=True, renders=False, counts=False)
