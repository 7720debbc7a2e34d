"""LiteLLM's command line: what `serve` takes of it, beside its own options and hidden where it does nothing.

The options stand in tables; `taken` adds them to a command's own, `read` says what was given of them.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeVar

import typer

from dragoman.cli.screen import warn

Function = TypeVar("Function", bound=Callable[..., int])

HONOURED: dict[str, tuple[type, str, str]] = {
    "headers": (str, "JSON", "Headers for the engine, as a JSON object."),
    "temperature": (float, "N", "Applies where the client says nothing."),
    "max_tokens": (int, "N", "Applies where the client says nothing."),
    "request_timeout": (float, "S", "Seconds until the engine must have begun to answer."),
}
SILENT: dict[str, type] = {"drop_params": bool, "telemetry": str}
"""What they ask for is always so: parameters are dropped, and nothing is ever reported anywhere."""

_NO_OTHER_SERVER = "uvicorn serves"
_NO_DATABASE = "there is no database"
IDLE: dict[str, tuple[type, str]] = {
    "num_workers": (int, "one process serves; for more, start more and put a balancer before them"),
    "log_config": (str, "the log goes to stderr"),
    "keepalive_timeout": (int, "idle connections are kept for 75 s"),
    "limit_concurrency": (int, "the engine queues what is too much for it"),
    "api_version": (str, "an engine of one's own has no such versions"),
    "add_key": (str, "there are no stored keys"),
    "save": (bool, "nothing is stored"),
    "use_queue": (bool, "the engine queues"),
    "add_function_to_prompt": (bool, "tools reach the engine as tools"),
    "max_budget": (float, "nothing is billed"),
    "setup": (bool, "nothing is to be set up"),
    "local": (bool, "it is local"),
    "test_async": (bool, "there is no such test"),
    "num_requests": (int, "there is no such test"),
    "iam_token_db_auth": (bool, _NO_DATABASE),
    "azure_postgresql_auth": (bool, _NO_DATABASE),
    "use_prisma_db_push": (bool, _NO_DATABASE),
    "enforce_prisma_migration_check": (bool, _NO_DATABASE),
    "use_legacy_migration_resolver": (bool, _NO_DATABASE),
    "run_gunicorn": (bool, _NO_OTHER_SERVER),
    "run_hypercorn": (bool, _NO_OTHER_SERVER),
    "run_granian": (bool, _NO_OTHER_SERVER),
    "granian_threads": (int, _NO_OTHER_SERVER),
    "ciphers": (str, "TLS is not served here"),
    "timeout_worker_healthcheck": (int, "there are no workers"),
    "max_requests_before_restart": (int, "there are no workers"),
    "max_requests_before_restart_jitter": (int, "there are no workers"),
    "reload": (bool, "a changed file counts at the next start"),
    "prometheus_metrics_port": (int, "/metrics is on the same port"),
}
REFUSED: dict[str, tuple[type, str]] = {
    "ssl_keyfile_path": (str, "TLS is not served here; put a server that does before the gateway"),
    "ssl_certfile_path": (str, "TLS is not served here; put a server that does before the gateway"),
    "health": (bool, "`dragoman up --attach URL` checks an engine"),
    "test": (bool, "`dragoman up --attach URL` checks an engine"),
}
CHECKS = ("validate_config", "skip_server_startup")
"""All is read and checked, and nothing started."""


@dataclass(frozen=True)
class Options:
    """What was given of them."""

    headers: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    timeout: float | None = None
    only_check: bool = False


def taken(command: Function) -> Function:
    """The command takes these options too, in its `**given`."""
    kept = [each for each in inspect.signature(command).parameters.values() if each.kind != each.VAR_KEYWORD]
    command.__signature__ = inspect.Signature([*kept, *parameters()])  # type: ignore[attr-defined]
    return command


def parameters() -> list[inspect.Parameter]:
    """As Typer reads them."""
    rows: dict[str, tuple[type, dict[str, Any]]] = {
        name: (kind, {"metavar": metavar, "help": text}) for name, (kind, metavar, text) in HONOURED.items()
    }
    quiet = {name: row[0] for name, row in (IDLE | REFUSED).items()} | SILENT | dict.fromkeys(CHECKS, bool)
    rows |= {name: (kind, {"hidden": True}) for name, kind in quiet.items()}
    version = parameter("version", bool, "-v", hidden=True, is_eager=True, callback=print_version)
    return [*(parameter(name, kind, **more) for name, (kind, more) in rows.items()), version]


def parameter(name: str, kind: type, *also: str, **more: Any) -> inspect.Parameter:
    annotation = kind if kind is bool else kind | None
    return inspect.Parameter(
        name,
        inspect.Parameter.KEYWORD_ONLY,
        default=False if kind is bool else None,
        annotation=Annotated[annotation, typer.Option(f"--{name}", *also, **more)],
    )


def print_version(wanted: bool) -> None:
    from dragoman import cli

    cli.print_version(wanted)


def read(given: Mapping[str, Any]) -> Options:
    """Warns of what does nothing. Raises SettingsError for what must not be left out in silence."""
    from dragoman.settings import SettingsError

    asked = {name: value for name, value in given.items() if value not in (None, False)}
    for name, (_, why) in REFUSED.items():
        if name in asked:
            raise SettingsError(f"--{name}: {why}")
    for name, (_, why) in IDLE.items():
        if name in asked and (name, asked[name]) != ("num_workers", 1):
            warn(f"--{name} does nothing: {why}")
    return Options(
        headers_of(asked.get("headers", "{}")),
        {name: asked[name] for name in ("temperature", "max_tokens") if name in asked},
        positive(asked.get("request_timeout")),
        any(name in asked for name in CHECKS),
    )


def headers_of(text: str) -> dict[str, str]:
    import json

    from dragoman.litellm.block import ExpectedError, headers
    from dragoman.settings import SettingsError

    try:
        return headers(json.loads(text))
    except (ValueError, RecursionError, ExpectedError):
        raise SettingsError('--headers: expected a JSON object such as {"x-team": "a"}') from None


def positive(seconds: float | None) -> float | None:
    from dragoman.settings import SettingsError

    if seconds is not None and not 0 < seconds < float("inf"):
        raise SettingsError("--request_timeout: expected a number above 0")
    return seconds
