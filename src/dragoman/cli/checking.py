"""The last step of `dragoman up`: real requests through the gateway, before anybody is told to connect."""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dragoman.cli.screen import warn
from dragoman.model.errors import DragomanError

if TYPE_CHECKING:
    from dragoman.cli.connect import Row
    from dragoman.cli.steps import Steps
    from dragoman.verify.endpoint import Target
    from dragoman.verify.outcome import Result

FIRST_ANSWER_S = 300.0
"""How long an engine may take to warm up with its first request."""


class CannotAnswer(DragomanError):
    """The engine runs, and no answer comes from it."""

    def __init__(self, seen: str) -> None:
        super().__init__(f"the engine cannot answer: {seen}")


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of the checks, and how long they took."""

    results: "list[Result]"
    seconds: float


async def check(target: "Target", steps: "Steps") -> Checked:
    """The quick checks of `dragoman verify`. Raises CannotAnswer where not one answer comes."""
    from dragoman.progress import Progress
    from dragoman.verify import suite

    def report(title: str, _protocol: str) -> None:
        steps.report(Progress("engine", title))

    steps.begin("Checks")
    began = time.monotonic()
    checked = Checked(await suite.quick(target, report, FIRST_ANSWER_S), time.monotonic() - began)
    if why := silent(checked.results):
        raise CannotAnswer(why)
    return checked


def silent(results: "list[Result]") -> str:
    """Why not one answer came, empty where one did."""
    from dragoman.verify import suite
    from dragoman.verify.outcome import Outcome

    asked = [result for result in results if result.check == suite.FIRST]
    if any(result.outcome is Outcome.PASSED for result in asked):
        return ""
    failed = (result.detail for result in [*asked, *results] if result.outcome is Outcome.FAILED)
    return next(failed, "nothing could be asked")


def show(checked: Checked, url: str) -> "list[Row]":
    """The table. What failed is said once more in one line, for the gateway goes on. A row for the call."""
    from dragoman.cli import verdicts
    from dragoman.verify import suite
    from dragoman.verify.outcome import Outcome

    verdicts.show(checked.results, url, checked.seconds)
    if suite.failed(checked.results):
        warn("not all is well: what came, and the mends, stand above. The gateway goes on")
    made = (r.detail for r in checked.results if r.check == "weather" and r.outcome is Outcome.PASSED)
    return [("Tool call", detail) for detail in made][:1]
