"""What is written is what PyYAML reads, whatever the texts are."""

from typing import Any

import yaml as pyyaml
from hypothesis import given
from hypothesis import strategies as st

from dragoman.exports._parts import yaml
from dragoman.exports._parts.yaml import Block, Noted
from tests.exports.cases import TEXTS

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**6), 10**6)
    | TEXTS
    | st.just("")
    | st.sampled_from(
        [
            "yes",
            "No",
            "null",
            "~",
            "1e3",
            "0x1f",
            "12:30",
            "1_000",
            "=",
            "<<",
            "- a",
            "a: b",
            "a #b",
            "{{ .X }}",
        ]
    )
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=12,
)


@given(VALUES)
def test_every_value_comes_back(value: Any) -> None:
    assert pyyaml.safe_load(yaml.dump({"v": value})) == {"v": value}
    assert pyyaml.safe_load(yaml.dump([value, [value]])) == [value, [value]]


def test_notes_and_blocks() -> None:
    value = {"a": Noted("why\nand how", [Noted("the first", {"b": 1}), 2]), "c": Block("x: 1\n\n  y\n")}
    text = yaml.dump(value, "head")
    assert text == "# head\n# why\n# and how\na:\n  # the first\n  - b: 1\n  - 2\nc: |\n  x: 1\n\n    y\n"
    assert pyyaml.safe_load(text) == {"a": [{"b": 1}, 2], "c": "x: 1\n\n  y\n"}


def test_documents_are_parted() -> None:
    assert list(pyyaml.safe_load_all(yaml.documents([{"a": 1}, {"b": 2}], "n"))) == [{"a": 1}, {"b": 2}]
