"""The options that pin a plan are the same for `plan` and for whatever plans too."""

from dataclasses import fields
from typing import Any

import typer

from dragoman.cli import app
from dragoman.cli.pins import pinned
from dragoman.planning.pins import Pins


def options_of(name: str) -> dict[str, Any]:
    group: Any = typer.main.get_command(app)
    return {param.name: param for param in group.commands[name].params}


def test_up_has_each_pin_of_plan_with_the_same_help() -> None:
    up, plan = options_of("up"), options_of("plan")
    for each in fields(Pins):
        assert up[each.name].opts == plan[each.name].opts
        assert up[each.name].help == plan[each.name].help


def test_they_come_as_one_value() -> None:
    seen: list[tuple[str, Pins | None]] = []

    def command(name: str = "x", pins: Pins | None = None) -> int:
        seen.append((name, pins))
        return 0

    given = {each.name: each.default for each in fields(Pins)} | {"tp": 4}
    assert pinned(command)(name="y", **given) == 0
    assert seen == [("y", Pins(tp=4))]
