"""The folder as registry: the modules of a package, found by listing it and never by a text from outside."""

import importlib
import pkgutil
from types import ModuleType


def names(package: ModuleType) -> tuple[str, ...]:
    """The public modules of a package, in alphabetical order."""
    return tuple(
        sorted(found.name for found in pkgutil.iter_modules(package.__path__) if found.name[0] != "_")
    )


def load(package: ModuleType, name: str) -> ModuleType:
    """One of them. Raises KeyError for a name that the listing does not have."""
    listed = {found: f"{package.__name__}.{found}" for found in names(package)}
    return importlib.import_module(listed[name])
