"""A YAML file as it is written: its values, and the file and line where each stands.

Whatever cannot be read raises SettingsError with the place, be it no YAML at all, a tag that would run
code, or aliases that grow without end.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from dragoman.settings import SettingsError

DEPTH, SIZE = 40, 100_000
"""How deep values may be nested, and how many there may be."""


class Place(NamedTuple):
    file: Path
    line: int


class Written(NamedTuple):
    """Paths are such as `model_list[0].model_name`."""

    given: dict[str, Any]
    places: dict[str, Place]

    def place(self, path: str) -> Place | None:
        """Where it stands, or what it is part of."""
        while path and path not in self.places:
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return self.places.get(path)


def read(path: Path) -> Written:
    """A file's names with values. Raises SettingsError."""
    text = read_text(path)
    try:
        return Written(*_read(path, text))
    except SettingsError:
        raise
    except yaml.MarkedYAMLError as error:
        line = f" in line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise SettingsError(f"{path}: this is no YAML{line}: {shown(error.problem)}") from None
    except yaml.YAMLError as error:
        raise SettingsError(f"{path}: this is no YAML: {shown(str(error).splitlines()[0])}") from None
    except RecursionError:
        raise SettingsError(f"{path}: its values are nested too deep") from None
    except Exception:
        # PyYAML lets what its constructors raise pass: a date in the 13th month, a number without digits.
        raise SettingsError(f"{path}: a value in it is not what its tag or its form says") from None


def _read(path: Path, text: str) -> tuple[dict[str, Any], dict[str, Place]]:
    loader = yaml.SafeLoader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return {}, {}
        places: dict[str, Place] = {}
        for count, (name, line) in enumerate(lines(node, "", 0)):
            if count > SIZE:
                raise SettingsError(f"{path}: it holds more than {SIZE} values")
            places.setdefault(name, Place(path, line))
        given = loader.construct_document(node)
    finally:
        loader.dispose()
    if given is None:
        return {}, {}
    if not isinstance(given, dict):
        raise SettingsError(f"{path}: settings are names with values, such as `port: 4000`")
    return given, places


def lines(node: yaml.Node, path: str, depth: int) -> Iterator[tuple[str, int]]:
    """Paths with their lines, aliases followed. Raises RecursionError for what never ends."""
    if depth > DEPTH:
        raise RecursionError
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            own = name.value if isinstance(name, yaml.ScalarNode) else "?"
            own = f"{path}.{own}" if path else own
            yield own, name.start_mark.line + 1
            yield from lines(name, "", depth + 1)
            yield from lines(value, own, depth + 1)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            own = f"{path}[{index}]"
            yield own, value.start_mark.line + 1
            yield from lines(value, own, depth + 1)


def read_text(path: Path) -> str:
    """A file in UTF-8. Raises SettingsError."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise SettingsError(f"{path}: this is no text in UTF-8") from None
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or "this is no path"
        raise SettingsError(f"{path}: {said}") from None


def shown(text: str | None) -> str:
    """The same without what a terminal would obey."""
    return "".join(char if char.isprintable() else "�" for char in text or "")
