"""The command line: arguments to the floors below. The only prints and exits of the project are here.

Commands import what is heavy when they run, so that `--help` and the gateway's start stay quick.
"""

import signal
import sys
from typing import Annotated

import typer

from dragoman import __version__
from dragoman.cli import config, engine, eval
from dragoman.cli.doctor import doctor
from dragoman.cli.export import export
from dragoman.cli.launch import launch
from dragoman.cli.logs import logs
from dragoman.cli.parse import parse
from dragoman.cli.plan import plan
from dragoman.cli.screen import complain
from dragoman.cli.serve import serve
from dragoman.cli.status import status
from dragoman.cli.stop import stop
from dragoman.cli.up import up
from dragoman.cli.verify import verify

FAILED, MISUSED, INTERRUPTED, TERMINATED = 1, 2, 130, 143

app = typer.Typer(
    name="dragoman",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(up)
app.command()(serve)
app.command()(launch)
app.command()(parse)
app.command()(plan)
app.command()(export)
app.command()(status)
app.command()(logs)
app.command()(stop)
app.command()(verify)
app.command()(doctor)
app.add_typer(engine.app, name="engine")
app.add_typer(config.app, name="config")
app.add_typer(eval.app, name="eval")


def print_version(wanted: bool) -> None:
    if wanted:
        print(f"dragoman {__version__}")
        raise typer.Exit


@app.callback()
def dragoman(
    version: Annotated[
        bool, typer.Option("--version", callback=print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Run Claude Code and other agents on open-weights models that you host yourself."""


def main() -> None:
    """The console command `dragoman`."""
    # As an exception, so that whatever runs is ended in order and the terminal is left as it was.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run a command and return its exit status; whatever goes wrong is one line on stderr."""
    try:
        status = typer.main.get_command(app).main(arguments, prog_name="dragoman", standalone_mode=False)
    except typer.Abort:
        return INTERRUPTED
    except Exception as error:
        return explain(error, "--verbose" in arguments)
    if status == INTERRUPTED and sys.stderr.isatty():
        # The terminal has shown ^C, and the prompt belongs on a line of its own.
        print(file=sys.stderr)
    return status if isinstance(status, int) else 0


def explain(error: Exception, verbose: bool) -> int:
    """Say what went wrong and what to do; returns the exit status."""
    from dragoman.model.errors import DragomanError
    from dragoman.settings import SettingsError

    if usage := getattr(error, "format_message", None):
        context = getattr(error, "ctx", None)
        command = context.command_path if context else "dragoman"
        if type(error).__name__ == "NoArgsIsHelpError":
            print(usage(), file=sys.stderr)
        else:
            complain(f"{usage().strip().rstrip('.')}. See `{command} --help`.")
        return MISUSED
    if isinstance(error, DragomanError | SettingsError):
        complain(str(error))
        return FAILED
    if isinstance(error, BrokenPipeError):
        return FAILED
    if isinstance(error, OSError) and error.strerror:
        complain(f"{error.strerror}{f': {error.filename}' if error.filename else ''}")
        return FAILED
    if verbose:
        import traceback

        traceback.print_exception(error)
    complain(f"this is a fault of Dragoman's: {error!r}" + ("" if verbose else "; --verbose says more"))
    return FAILED
