"""The formats by name. Whoever lists the folder gives them; a name from outside only ever looks one up."""

from collections.abc import Mapping

from dragoman.toolcalls._parts.format import Format, merged

AUTO = "auto"
FIRST = "hermes_json"
"""What `auto` begins with where the model's family is not known."""


class Catalog:
    """Built from `{module name: FORMAT}` of the modules of `dragoman.toolcalls`."""

    def __init__(self, formats: Mapping[str, Format]) -> None:
        self._formats = dict(formats)
        self._others = {other: name for name, format in formats.items() for other in format.others}
        self._auto: dict[str, Format] = {}

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(sorted(self._formats))

    @property
    def others(self) -> Mapping[str, str]:
        """The other names of formats, and what they stand for."""
        return self._others

    def find(self, name: str) -> Format:
        """The format of this name. Raises KeyError, its argument a sentence for the user."""
        if name == AUTO:
            return self.auto()
        found = self._formats.get(self._others.get(name, name))
        if found is None:
            raise KeyError(
                f"no tool-call format is called {name}; there are: {AUTO}, {', '.join(self.names)}"
            )
        return found

    def auto(self, family: str = "") -> Format:
        """The family's format, with the tags of all others where the tool is on offer."""
        first = self._others.get(family, family) or FIRST
        if first not in self._auto:
            rest = [format for name, format in self._formats.items() if name != first]
            self._auto[first] = merged(self.find(first), rest)
        return self._auto[first]
