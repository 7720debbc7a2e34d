"""The folder as registry, on the package of launchers."""

import pytest

from dragoman import folder, launchers


def test_the_listing_names_modules_in_order() -> None:
    names = folder.names(launchers)
    assert "claude" in names
    assert list(names) == sorted(names)


def test_a_listed_module_is_loaded() -> None:
    assert folder.load(launchers, "claude").__name__ == "dragoman.launchers.claude"


@pytest.mark.parametrize("name", ["", "no-such", "..settings", "claude.environment", "__init__"])
def test_a_name_that_is_not_listed_is_never_imported(name: str) -> None:
    with pytest.raises(KeyError):
        folder.load(launchers, name)
