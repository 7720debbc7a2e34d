"""What an engine has refused is done without: the request in words that need neither of it.

The counterpart of `rejection`, which reads the refusals; the model remembers them.
"""

from msgspec.structs import replace

from dragoman.model.turn import Request, Turn

SWITCHES = "chat_template_kwargs"


def system_as_text(request: Request) -> Request:
    """For templates without a system role: the system prompt at the head of the first turn of the user."""
    if not request.system:
        return request
    first = request.turns[:1]
    if first and first[0].role == "user":
        head = Turn("user", (*request.system, *first[0].blocks))
        return replace(request, system=(), turns=(head, *request.turns[1:]))
    return replace(request, system=(), turns=(Turn("user", request.system), *request.turns))


def without_switches(request: Request) -> Request:
    """For templates that take no switches: thinking is left as the model has it."""
    extra = {name: raw for name, raw in request.extra.items() if name != SWITCHES}
    return replace(request, reasoning=replace(request.reasoning, enabled=None), extra=extra)
