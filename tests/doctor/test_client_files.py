"""Claude Code's settings files: which one holds, what is hidden, what cannot be read."""

from pathlib import Path

import pytest

from dragoman.doctor.client_files import ENVIRONMENT, read, relevant
from tests.doctor.examined import write


def test_the_nearest_file_holds(tmp_path: Path) -> None:
    home, folder = tmp_path / "home", tmp_path / "folder"
    for place, value in {
        home / ".claude/settings.json": "user",
        folder / ".claude/settings.json": "project",
        folder / ".claude/settings.local.json": "local",
    }.items():
        write(place, {"env": {"ANTHROPIC_MODEL": value}, "model": value})
        found = read({"ANTHROPIC_MODEL": "exported"}, home, folder)
        assert (found.value("ANTHROPIC_MODEL"), found.value("model")) == (value, value)
        assert found.hidden["ANTHROPIC_MODEL"].value == "exported"
    assert found.place("model").endswith("settings.local.json")


def test_a_home_of_its_own_is_read(tmp_path: Path) -> None:
    write(tmp_path / "own/settings.json", {"env": {"API_TIMEOUT_MS": 1000}})
    found = read({"CLAUDE_CONFIG_DIR": str(tmp_path / "own")}, tmp_path / "home", tmp_path)
    assert found.number("API_TIMEOUT_MS") == 1000


def test_without_files_the_environment_holds(tmp_path: Path) -> None:
    found = read({"ANTHROPIC_MODEL": "m", "PATH": "/bin", "API_TIMEOUT_MS": ""}, tmp_path, tmp_path)
    assert set(found.settings) == {"ANTHROPIC_MODEL"}
    assert found.settings["ANTHROPIC_MODEL"].place == ENVIRONMENT
    assert not found.hidden
    assert not found.broken


def test_an_empty_value_in_a_file_unsets_a_variable(tmp_path: Path) -> None:
    write(tmp_path / ".claude/settings.json", {"env": {"ANTHROPIC_API_KEY": ""}})
    assert not read({"ANTHROPIC_API_KEY": "k"}, tmp_path, tmp_path / "folder").value("ANTHROPIC_API_KEY")


@pytest.mark.parametrize("content", ["{", "[]", '{"env": 1}', "\x00", "[" * 100_000])
def test_a_file_that_cannot_be_read_is_named(content: str, tmp_path: Path) -> None:
    write(tmp_path / ".claude/settings.json", content)
    found = read({}, tmp_path, tmp_path / "folder")
    assert list(found.broken) == ["~/.claude/settings.json"]


def test_a_folder_in_the_place_of_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / ".claude/settings.json").mkdir(parents=True)
    assert read({}, tmp_path, tmp_path / "folder").broken


def test_only_what_a_client_reads_is_taken() -> None:
    assert relevant("https_proxy")
    assert relevant("CLAUDE_CODE_X")
    assert not relevant("AWS_SECRET_ACCESS_KEY")
    assert not relevant("DRAGOMAN_KEY")
