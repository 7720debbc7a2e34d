"""The folder as registry: the modules of a package, found by listing it and never by a text from outside."""

import importlib
import importlib.resources
import pkgutil
import tomllib
from functools import cache
from types import ModuleType
from typing import Any

import msgspec

from dragoman import toolcalls
from dragoman.model.profile import Profile
from dragoman.planning.cards import Card
from dragoman.planning.catalogue import Model, complete
from dragoman.toolcalls import Catalog


def names(package: ModuleType) -> tuple[str, ...]:
    """The public modules of a package, in alphabetical order."""
    return tuple(
        sorted(found.name for found in pkgutil.iter_modules(package.__path__) if found.name[0] != "_")
    )


def load(package: ModuleType, name: str) -> ModuleType:
    """One of them. Raises KeyError for a name that the listing does not have."""
    listed = {found: f"{package.__name__}.{found}" for found in names(package)}
    return importlib.import_module(listed[name])


@cache
def catalog() -> Catalog:
    """The formats in which models write tool calls: the modules of `toolcalls`."""
    return Catalog({name: load(toolcalls, name).FORMAT for name in names(toolcalls)})


@cache
def profiles() -> tuple[Profile, ...]:
    """What is known of model families: the files of `profiles/`, each named for its family."""
    files = importlib.resources.files("dragoman").joinpath("profiles").iterdir()
    return tuple(
        msgspec.convert(
            {"family": file.name.removesuffix(".toml"), **tomllib.loads(file.read_text("utf-8"))}, Profile
        )
        for file in sorted(files, key=lambda file: file.name)
        if file.name.endswith(".toml")
    )


@cache
def cards() -> tuple[Card, ...]:
    """The table of graphics cards."""
    file = importlib.resources.files("dragoman").joinpath("catalogue", "cards.toml")
    table: dict[str, Any] = tomllib.loads(file.read_text("utf-8"))
    return msgspec.convert(table["card"], tuple[Card, ...])


@cache
def models() -> tuple[Model, ...]:
    """The built-in table of models: the files of `catalogue/models/`, in alphabetical order."""
    files = importlib.resources.files("dragoman").joinpath("catalogue", "models").iterdir()
    tables = [
        tomllib.loads(file.read_text("utf-8"))["model"]
        for file in sorted(files, key=lambda file: file.name)
        if file.name.endswith(".toml")
    ]
    return complete(msgspec.convert([entry for table in tables for entry in table], list[Model]))
