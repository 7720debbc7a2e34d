"""LiteLLM's `include`: files whose names with values are added to those of the file that names them.

Lists are extended, other values are replaced. A file's own includes come before it is added itself.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dragoman.configuration.written import Place, Written, read
from dragoman.settings import Remark, SettingsError

MOST = 100
"""Files of one configuration."""

INCLUDE = "include"


def merge(written: Written, path: Path, environment: Mapping[str, str]) -> tuple[Written, list[Remark]]:
    """The file at `path` with all that it includes, and without `include`. Raises SettingsError."""
    including = Including(environment)
    merged = including.merge(written, path, (resolved(path),))
    return merged, including.remarks


class Including:
    def __init__(self, environment: Mapping[str, str]) -> None:
        self.remarks: list[Remark] = []
        self._environment = environment
        self._files = 0

    def merge(self, written: Written, path: Path, within: tuple[Path, ...]) -> Written:
        """`within` are the files that led here, this one the last."""
        whole = Written(dict(written.given), dict(written.places))
        named = whole.given.pop(INCLUDE, None)
        for index, name in enumerate(named if isinstance(named, list) else [] if named is None else [named]):
            place = f"{INCLUDE}[{index}]"
            file = self._file(name, path, f"{path}: {place}")
            if file in within:
                chain = " -> ".join(str(each) for each in (*within, file))
                raise SettingsError(f"{path}: {place}: a file that includes itself: {chain}")
            self._say(place, file, within[-1])
            add(whole, self.merge(read(file), file, (*within, file)))
        return whole

    def _file(self, name: Any, path: Path, place: str) -> Path:
        self._files += 1
        if self._files > MOST:
            raise SettingsError(f"{place}: more than {MOST} files are included")
        if not isinstance(name, str) or not name:
            raise SettingsError(f"{place}: expected the name of a file")
        variable = name.removeprefix("os.environ/")
        if variable != name and not self._environment.get(variable):
            raise SettingsError(f"{place}: the environment variable {variable} is not set")
        return resolved(path.parent / (self._environment[variable] if variable != name else name))

    def _say(self, place: str, file: Path, by: Path) -> None:
        if file.is_relative_to(by.parent):
            self.remarks.append(Remark(place, "understood", f"{file} is read too"))
        else:
            self.remarks.append(Remark(place, "warning", f"{file} is read too, though it lies elsewhere"))


def resolved(path: Path) -> Path:
    """Absolute, without links. Raises SettingsError."""
    try:
        return path.resolve()
    except (OSError, ValueError, RuntimeError):
        raise SettingsError(f"{path}: this is no path") from None


def add(whole: Written, more: Written) -> None:
    """Put names with values into `whole`, and the places where they stand."""
    for name, value in more.given.items():
        own = whole.given.get(name)
        offset = 0
        if isinstance(own, list) and isinstance(value, list):
            offset = len(own)
            whole.given[name] = [*own, *value]
        else:
            whole.given[name] = value
            for path in [path for path in whole.places if is_part(path, str(name))]:
                del whole.places[path]
        for path, place in more.places.items():
            if is_part(path, str(name)):
                whole.places.setdefault(moved(path, str(name), offset), Place(*place))


def is_part(path: str, name: str) -> bool:
    return path == name or path.startswith((f"{name}.", f"{name}["))


def moved(path: str, name: str, offset: int) -> str:
    """The path of a list's member once the list stands behind `offset` others."""
    if not offset or not path.startswith(f"{name}["):
        return path
    index, _, rest = path.removeprefix(f"{name}[").partition("]")
    return f"{name}[{int(index) + offset}]{rest}"
