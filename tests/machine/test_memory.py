"""What the system says, and a container's limit below it."""

from pathlib import Path

import pytest

from dragoman.machine import memory

LIMITS = {
    "a container's limit counts": ("1048576\n", 1 << 20),
    "one above what there is does not": (f"{1 << 60}\n", None),
    "none is set": ("max\n", None),
}


@pytest.mark.parametrize("name", LIMITS)
def test_the_smaller_one_counts(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "LIMITS", ())
    physical = memory.total()
    assert physical
    assert physical > 1 << 28
    text, expected = LIMITS[name]
    monkeypatch.setattr(memory, "LIMITS", (tmp_path / "absent", tmp_path / "memory.max"))
    (tmp_path / "memory.max").write_text(text)
    assert memory.total() == (expected or physical)
