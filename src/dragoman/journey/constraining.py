"""Whether one request's reply is constrained, and what an engine's refusal of that teaches.

The counterpart of `turns/constrain`, which makes the constraint. Without I/O; its user is `asking`.
"""

from msgspec.structs import replace

from dragoman.journey.pool import Model, Pool, Replica
from dragoman.journey.rejection import Rejection
from dragoman.model.engine import EngineFacts, Mode
from dragoman.model.profile import UNKNOWN
from dragoman.model.turn import Request
from dragoman.turns.constrain import TAKEN, own_constraint, strictly, structural_tag
from dragoman.wire.openai_chat.upstream import Terms


class Constraining:
    """One request's constraint. `sent`: the latest call carried it."""

    def __init__(self, pool: Pool, model: Model) -> None:
        self.sent = False
        self._pool, self._model = pool, model
        self._refused = False

    def terms(self, request: Request, mode: Mode, replica: Replica, facts: EngineFacts) -> Terms:
        """The replica's terms, with a structural tag where the calls are read from the model's text."""
        profile, terms = self._model.profile, replica.terms(self._model)
        self.sent = False
        if mode not in ("raw", "completion") or not self._may(replica, facts) or fixed(terms):
            return terms
        grammar = self._pool.catalog.auto(profile.tool_format).grammar
        if grammar is None:
            return terms
        forces = profile.thinking == "never" or facts.reasons is True
        tag = structural_tag(request, grammar, replica.upstream.constrain == "strict", forces)
        self.sent = tag is not None
        return replace(terms, always={"response_format": tag, **terms.always}) if self.sent else terms

    def tools(self, request: Request, mode: Mode, replica: Replica, facts: EngineFacts) -> Request:
        """The request, its tools strict where the engine's own parser makes the grammar.

        That grammar lets no thinking tag through, so that a model that thinks needs a reasoning parser.
        """
        thinks = self._model.profile.thinking != "never" and facts.reasons is not True
        wanted = mode == "native" and replica.upstream.constrain == "strict" and facts.parses is True
        if not wanted or thinks or not self._may(replica, facts) or own_constraint(request):
            return request
        tools = strictly(request.tools)
        self.sent = tools != request.tools
        return replace(request, tools=tools)

    def refused(self, rejection: Rejection) -> bool:
        """Whether the constraint may be why the engine refused; the request is asked again without."""
        if not self.sent or self._refused or rejection.status not in (400, 422, 500):
            return False
        self._refused = True
        return True

    def accepted(self, replica: Replica) -> None:
        """The engine answers. If it refused the same request with a constraint, it gets none from now on."""
        if self._refused:
            replica.learn(self._model, tags=False)

    def broke(self, replica: Replica) -> None:
        """The engine failed in mid-reply: neither this request nor those after it are constrained again."""
        if self.sent:
            self._refused = True
            replica.learn(self._model, tags=False)

    def _may(self, replica: Replica, facts: EngineFacts) -> bool:
        known = self._model.profile is not UNKNOWN
        return known and facts.tags and not self._refused and replica.upstream.constrain != "off"


def fixed(terms: Terms) -> bool:
    """Whether the configuration constrains replies itself."""
    return any(name in terms.always or name in terms.defaults for name in TAKEN)
