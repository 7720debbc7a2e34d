"""A body in one protocol on the route of another."""

from dragoman.doctor.check import Check, Finding
from dragoman.doctor.recorded import route_protocol
from dragoman.doctor.seen import Seen, without_credentials

TITLES = {"anthropic": "Anthropic's", "openai": "OpenAI's chat", "responses": "OpenAI's Responses"}
ROUTES = {"anthropic": "/v1/messages", "openai": "/v1/chat/completions", "responses": "/v1/responses"}


def judge(seen: Seen) -> list[Finding]:
    request, server = seen.request, seen.server
    if request is None or request.wrong:
        return []
    route, own = route_protocol(request.path), request.protocol
    if route and own and route != own:
        return [
            Finding(
                f"The request is written in {TITLES[own]} protocol, and was sent to {request.path}.",
                f"That route speaks {TITLES[route]}: tools and system text are refused or not read there.",
                f"Send it to {ROUTES[own]}, or set the client to {TITLES[route]} protocol.",
                place=request.file,
            )
        ]
    if request.path and not route:
        return [
            Finding(
                f"The request was sent to {request.path}, where no model is.",
                "The client's base URL has a part too much or too little.",
                f"The route is {ROUTES[own] if own else '/v1/messages or /v1/chat/completions'}; OpenAI's "
                "clients "
                "want a base URL with /v1, Anthropic's one without.",
                place=request.file,
            )
        ]
    if own == "anthropic" and server is not None and server.messages is False:
        return [
            Finding(
                f"The request is in Anthropic's protocol, and {server.url} does not speak it.",
                "It has no /v1/messages.",
                f"Put the gateway before it: `dragoman serve --upstream {without_credentials(server.url)}`.",
                place=request.file,
            )
        ]
    return []


CHECK = Check("a client that talks in the wrong protocol", judge)
