"""Asking engines on behalf of one request: which replica, with what room, and what after a refusal.

Each method returns the next call. It raises the error that the client must be told where there is
nothing left to ask. Without I/O; its user is the exchange.
"""

from msgspec import Raw
from msgspec.structs import replace

from dragoman.journey.constraining import Constraining
from dragoman.journey.misfit import advice, symptom
from dragoman.journey.pipeline import Stages
from dragoman.journey.pool import Model, Pool, Replica
from dragoman.journey.reading import Reading, readings
from dragoman.journey.rejection import Counted, Rejection
from dragoman.model.effects import Call
from dragoman.model.engine import EngineFacts, Way
from dragoman.model.errors import Busy, PromptTooLong, Unreachable
from dragoman.model.turn import Request
from dragoman.toolcalls import HERMES
from dragoman.turns.fit import NEAR, Overflow, fit
from dragoman.turns.ids import with_ids
from dragoman.turns.mode import choose_way
from dragoman.turns.render import rendered
from dragoman.turns.sanitize import sanitize
from dragoman.turns.spared import system_as_text, without_switches
from dragoman.wire.openai_chat.upstream import encode_completion, encode_count, encode_raw, encode_request

CHAT, COMPLETION = "/v1/chat/completions", "/v1/completions"
MENDS = 2
"""How often a refused request is mended and sent again."""


class Asking:
    """One request's calls to engines. `counting`: the latest of them asks for the prompt's size; `notes`:
    what was changed after a refusal."""

    def __init__(self, pool: Pool, model: Model, request: Request) -> None:
        self.model = model
        self.request = spared(clamped(request, model.window), model)
        self.replica: Replica | None = None
        self.counting = False
        self.sent_bytes = 0
        self.notes: list[str] = []
        self._pool = pool
        self._tried: list[Replica] = []
        self._mended = 0
        self._prompt: Raw | None = None
        self._countable = True
        self._constraining = Constraining(pool, model)
        self.way = Way("native", "nothing was asked yet")

    def first(self) -> Call:
        """Ask; with an estimate near the window, count first."""
        return self._ask(counted=False)

    def again(self, request: Request) -> Call:
        """Ask for what follows the reply so far."""
        self.request, self._prompt = request, None
        return self._ask()

    def prompt(self, replica: Replica) -> bytes:
        """The body of a request to count the prompt that this replica would be sent, and no more."""
        facts = self._facts(replica)
        self.way = self._way(replica, facts)
        return self._counting(replica, facts)

    def counted(self, counted: Counted | None, status: int) -> Call:
        """The prompt's exact size came, or None with the status of the answer that did not say it."""
        if counted is not None:
            self.model.learn(self.sent_bytes, counted.count)
            self.model.window = self.model.window or counted.max_model_len
            self._prompt = counted.tokens
            return self._ask_fitted(counted.count)
        self._countable = False
        if self.replica is not None and status in (404, 405, 501):
            self.replica.tokenize = False
        if self._mended:
            raise self._too_long()
        return self._ask()

    def unreachable(self, error: str) -> Call:
        """No answer began, so another replica may be asked."""
        if self.replica is None:
            raise Unreachable(f"the engine of this model cannot be reached: {error}")
        self._tried.append(self.replica)
        self._pool.lost(self.replica)
        if self._pool.choose(self.model, self._tried) is None:
            raise self.replica.gone(error)
        return self._ask()

    def rejected(self, rejection: Rejection) -> Call:
        """The engine refused: mend what can be mended and ask again."""
        if rejection.dead:
            return self.unreachable(rejection.text)
        if rejection.busy and self.replica is not None:
            self._tried.append(self.replica)
            if self._pool.choose(self.model, self._tried) is not None:
                return self._ask()
        if self._learned_of_tools(rejection):
            return self._ask()
        if learned(self.model, rejection):
            self._prompt = None
            self._spare()
            return self._ask()
        over = rejection.overflow
        return self._unexplained(rejection) if over is None else self._over(over)

    def _over(self, over: Overflow) -> Call:
        """The request does not fit: ask with less room for the reply, or count the prompt first."""
        self._mended += 1
        if self._mended > MENDS:
            raise self._too_long()
        self.model.window = over.window or self.model.window
        if over.room is not None:
            self.request = replace(self.request, max_tokens=None)
            return self._ask()
        if self.replica is not None and self.replica.tokenize:
            return self._count(self.replica)
        if over.prompt is None:
            raise self._too_long()
        return self._ask_fitted(over.prompt)

    def _unexplained(self, rejection: Rejection) -> Call:
        """Nothing in the engine's words can be mended; what is left is that it minds the constraint."""
        if self._constraining.refused(rejection):
            self.notes.append("constraint_dropped")
            return self._ask()
        raise rejection.error()

    @property
    def constrained(self) -> bool:
        """Whether the latest call carried a constraint of ours."""
        return self._constraining.sent

    def unconstrained(self) -> Call:
        """The engine failed in mid-reply before the client saw anything of it: ask without the constraint."""
        if self.replica is not None:
            self._constraining.broke(self.replica)
        self.notes.append("constraint_dropped")
        return self._ask()

    def _spare(self) -> None:
        """Leave out of the request what the model was found not to take."""
        if not self.model.images:
            self.request, notes = sanitize(self.request, images=False)
            self.notes += notes
        self.request = spared(self.request, self.model)

    def finish(self, input_tokens: int, stages: Stages | None = None) -> str:
        """The reply is over; its prompt had so many tokens, 0 where nobody said it.

        Returns what the operator should change where the engine's parser took the model's calls away or
        left them in the text; the next request goes round it.
        """
        said = self._misfit(self.replica, stages) if self.replica is not None and stages else ""
        if self.replica is not None and stages and stages.error is not None:
            self._constraining.broke(self.replica)
        self.model.learn(self.sent_bytes, input_tokens)
        self._take(None)
        return said

    def _misfit(self, replica: Replica, stages: Stages) -> str:
        if not self.request.tools or self.way.mode not in ("native", "raw"):
            return ""
        shown = symptom(stages, self._facts(replica))
        if not shown:
            return ""
        replica.learn(self.model, swallows=True)
        return advice(replica, self.model, shown)

    def _ask(self, counted: bool = True) -> Call:
        replica = self._pool.choose(self.model, self._tried, self.request.session)
        if replica is None:
            raise Busy(f"no replica serves {self.model.id} at present")
        self._take(replica)
        model, window, facts = self.model, self.model.window, self._facts(replica)
        self.way = self._way(replica, facts)
        if self.way.mode == "completion" and self._prompt is None:
            return self._count(replica)
        path, body = self._encoded(replica, facts)
        if path == CHAT or self._prompt is None:
            self.sent_bytes = len(body)
        near = window is not None and model.estimate(self.sent_bytes) > NEAR * window
        if near and replica.tokenize and not counted:
            return self._count(replica)
        self.counting = False
        return Call("POST", replica.url(path), replica.headers, body)

    def _way(self, replica: Replica, facts: EngineFacts) -> Way:
        return choose_way(self.request, facts, self.model.profile, replica.mode)

    def _facts(self, replica: Replica) -> EngineFacts:
        """What is known of the engine; one that has refused to count gives no token ids."""
        facts = replica.facts_of(self.model)
        return facts if self._countable and replica.tokenize else replace(facts, counts=False)

    def _learned_of_tools(self, rejection: Rejection) -> bool:
        """Whether the engine refuses tools as it was asked, which a survey had not found out."""
        replica, mode = self.replica, self.way.mode
        if replica is None or not self.request.tools:
            return False
        if rejection.no_markers and mode in ("raw", "completion") and self._facts(replica).markers:
            replica.learn(self.model, markers=False)
        elif replica.mode is not None:
            return False
        elif rejection.no_parser and mode == "native":
            replica.learn(self.model, parses=False)
        elif rejection.no_tools and mode in ("native", "raw"):
            replica.learn(self.model, parses=False, renders=False)
        else:
            return False
        return True

    def _sent(self, replica: Replica, facts: EngineFacts) -> Request:
        """The request in the words of the model's family, as the engine gets it in this mode."""
        request = with_ids(self.request, self.model.profile.ids)
        if self.way.mode == "rendered":
            format = self._pool.catalog.auto(self.model.profile.tool_format)
            return rendered(request, format.wording or HERMES)
        return self._constraining.tools(request, self.way.mode, replica, facts)

    def _encoded(self, replica: Replica, facts: EngineFacts) -> tuple[str, bytes]:
        """The route and the body by which the tools reach the model."""
        mode, name = self.way.mode, replica.name_of(self.model)
        terms = self._constraining.terms(self.request, mode, replica, facts)
        request = self._sent(replica, facts)
        match mode:
            case "raw":
                return CHAT, encode_raw(request, name, terms, facts.text_choice, facts.markers)
            case "completion" if self._prompt is not None:
                return COMPLETION, encode_completion(request, name, terms, self._prompt, facts.markers)
        return CHAT, encode_request(request, name, terms)

    def readings(self) -> list[Reading]:
        """The engine answers: how that is to be read."""
        facts = EngineFacts()
        if self.replica is not None:
            facts = self._facts(self.replica)
            self._constraining.accepted(self.replica)
        tools = self._pool.toolset(self.request.tools)
        return readings(self.way.mode, self.request, facts, self.model.profile, self._pool.catalog, tools)

    def _count(self, replica: Replica) -> Call:
        self.counting = True
        body = self._counting(replica, self._facts(replica))
        self.sent_bytes = self.sent_bytes or len(body)
        return Call("POST", replica.url("/tokenize"), replica.headers, body)

    def _counting(self, replica: Replica, facts: EngineFacts) -> bytes:
        model = self.model
        return encode_count(self._sent(replica, facts), replica.name_of(model), replica.terms(model))

    def _ask_fitted(self, prompt: int) -> Call:
        """Ask with the room for the reply that a prompt of so many tokens leaves."""
        if self.model.window is not None:
            room = fit(prompt, self.model.window, self.request.max_tokens)
            self.request = replace(self.request, max_tokens=room)
        return self._ask()

    def _too_long(self) -> PromptTooLong:
        """The engine says that the prompt is over its window, and nobody can say by how much."""
        window = self.model.window or 0
        return PromptTooLong(max(window + 1, self.model.estimate(self.sent_bytes)), window)

    def _take(self, replica: Replica | None) -> None:
        """Count this request in at a replica, and out at the one before."""
        if self.replica is not replica:
            if self.replica is not None:
                self.replica.in_flight -= 1
            if replica is not None:
                replica.in_flight += 1
            self.replica = replica


def learned(model: Model, rejection: Rejection) -> bool:
    """Whether it refuses what the model was believed to take; from now on the model is spared that."""
    if rejection.no_images and model.images:
        model.images = False
    elif rejection.no_system and model.system:
        model.system = False
    elif rejection.no_switches and model.switches:
        model.switches = False
    else:
        return False
    return True


def spared(request: Request, model: Model) -> Request:
    """The request without what engines of the model have refused, pictures aside."""
    if not model.system:
        request = system_as_text(request)
    return request if model.switches else without_switches(request)


def clamped(request: Request, window: int | None) -> Request:
    """No engine takes a `max_tokens` that is larger than its window."""
    if window is None or request.max_tokens is None or request.max_tokens < window:
        return request
    return replace(request, max_tokens=min(request.max_tokens, max(window - 1, 1)))
