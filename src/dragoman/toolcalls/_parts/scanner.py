"""Finding the first of many literals in text that comes in pieces.

One compiled pattern finds either a literal or, at the end of the text, a suffix that may still
become one; only that suffix is held back.
"""

import re
from collections.abc import Iterable
from functools import lru_cache


class Scanner:
    """`search` gives a match or None; the match is partial where its text is not in `literals`."""

    def __init__(self, literals: Iterable[str]) -> None:
        self.literals = frozenset(literals)
        self.longer = {
            short: tuple(other for other in self.literals if other != short and other.startswith(short))
            for short in self.literals
        }
        whole = sorted(self.literals, key=lambda literal: (-len(literal), literal))
        pattern = "|".join([*map(re.escape, whole), *_partials(self.literals)]) or r"(?!)"
        self.search = re.compile(pattern).search

    def may_grow(self, literal: str, rest: str) -> bool:
        """Whether a longer literal may still come where this one was found, `rest` being all there is."""
        return any(other.startswith(rest) for other in self.longer[literal])


@lru_cache(maxsize=256)
def scanner(literals: frozenset[str]) -> Scanner:
    return Scanner(literals)


def _partials(literals: Iterable[str]) -> list[str]:
    tree: dict[str, dict] = {}  # type: ignore[type-arg]
    for literal in literals:
        node = tree
        for char in literal:
            node = node.setdefault(char, {})
    return [re.escape(char) + _suffix(node) for char, node in sorted(tree.items()) if node]


def _suffix(node: dict[str, dict]) -> str:  # type: ignore[type-arg]
    """What may follow up to the end of the text, on the way to a leaf."""
    branches = "".join(f"|{re.escape(char)}{_suffix(child)}" for char, child in sorted(node.items()) if child)
    return rf"(?:\Z{branches})"
