"""The ordinary pages: models, health, status, metrics. The hot routes are in app."""

from collections.abc import Callable
from typing import Any

from msgspec.json import encode
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Lifespan, Receive, Scope, Send

from dragoman import __version__
from dragoman.journey.pool import Pool
from dragoman.metrics import Metrics
from dragoman.model.errors import MethodNotAllowed, UnknownModel, UnknownRoute
from dragoman.status import status
from dragoman.wire import anthropic, openai_chat

JSON = "application/json"


def pages(pool: Pool, metrics: Metrics, lifespan: Lifespan[Any]) -> ASGIApp:
    """The application of all pages; unknown routes raise our own errors for the gate to shape."""

    async def models(request: Request) -> Response:
        wire = anthropic if "anthropic-version" in request.headers else openai_chat
        return Response(wire.encode_models(pool.entries(request.state.allowed)), media_type=JSON)

    async def model(request: Request) -> Response:
        wire = anthropic if "anthropic-version" in request.headers else openai_chat
        wanted = request.path_params["id"]
        for entry in pool.entries():
            if entry.id == wanted:
                pool.find(wanted, request.state.allowed)
                return Response(wire.encode_model(entry), media_type=JSON)
        raise UnknownModel(wanted, pool.names(request.state.allowed))

    async def readiness(_request: Request) -> Response:
        reachable = [replica for replica in pool.replicas if replica.reachable]
        body = {"status": "healthy" if reachable else "waiting for an engine", "db": "Not connected"}
        return JSONResponse(body, 200 if reachable else 503)

    async def status_page(request: Request) -> Response:
        return Response(encode(status(pool, metrics, request.state.allowed)), media_type=JSON)

    async def metrics_page(_request: Request) -> Response:
        return Response(metrics.page(), media_type="text/plain; version=0.0.4; charset=utf-8")

    router = Router(
        routes=[
            Route("/", said({"name": "dragoman", "version": __version__})),
            Route("/v1/models", models),
            Route("/v1/models/{id:path}", model),
            Route("/health/liveliness", said("I'm alive!")),
            Route("/health/liveness", said("I'm alive!")),
            Route("/health/readiness", readiness),
            Route("/status", status_page),
            Route("/metrics", metrics_page),
        ],
        default=unknown_route,
        lifespan=lifespan,
    )

    async def routed(scope: Scope, receive: Receive, send: Send) -> None:
        scope["app"] = router  # with it, the router raises where a method is wrong
        try:
            await router(scope, receive, send)
        except HTTPException:
            raise MethodNotAllowed(f"{scope['method']} is not taken at {scope['path']}") from None

    return routed


def said(body: Any) -> Callable[[Request], Any]:
    """A page that always says the same."""

    async def page(_request: Request) -> Response:
        return JSONResponse(body)

    return page


async def unknown_route(scope: Scope, receive: Receive, send: Send) -> None:
    raise UnknownRoute(f"there is nothing at {scope.get('method')} {scope['path']}")
