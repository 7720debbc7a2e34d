"""Keys on the command line: warned of where others can see them."""

import pytest

from dragoman.cli.options import key_of_client, warn_of_open_keys
from dragoman.settings import SettingsError


def test_a_key_that_others_can_see_is_warned_of_without_being_shown(
    capsys: pytest.CaptureFixture[str],
) -> None:
    warn_of_open_keys(key="secret", upstream_key="")
    said = capsys.readouterr().err
    assert "--key can be seen by other users" in said
    assert "secret" not in said


def test_the_name_of_a_variable_is_no_secret(capsys: pytest.CaptureFixture[str]) -> None:
    warn_of_open_keys(key="", upstream_key="os.environ/ENGINE_KEY")
    assert capsys.readouterr().err == ""


def test_the_clients_key_is_the_option_else_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRAGOMAN_KEY", "variable")
    monkeypatch.setenv("OTHER", "other")
    assert key_of_client("option") == "option"
    assert key_of_client("os.environ/OTHER") == "other"
    assert key_of_client("") == "variable"
    monkeypatch.delenv("DRAGOMAN_KEY")
    assert key_of_client("") == ""
    with pytest.raises(SettingsError, match="NOT_SET is not set"):
        key_of_client("os.environ/NOT_SET")
