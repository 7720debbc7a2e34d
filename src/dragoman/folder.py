"""The folder as registry: the modules of a package, found by listing it and never by a text from outside."""

import importlib
import importlib.resources
import pkgutil
import tomllib
from functools import cache
from types import ModuleType

import msgspec

from dragoman import toolcalls
from dragoman.model.profile import Profile
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
