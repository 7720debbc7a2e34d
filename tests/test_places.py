"""Two variables move the user's files; without them the platform's own places count."""

from pathlib import Path

import pytest

from dragoman import places


def test_variables_decide_where_files_lie(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DRAGOMAN_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("DRAGOMAN_STATE_DIR", str(tmp_path / "state"))
    assert places.data_dir() == tmp_path / "data"
    assert places.state_dir() == tmp_path / "state"


@pytest.mark.parametrize("value", [None, ""])
def test_without_them_the_platform_decides(monkeypatch: pytest.MonkeyPatch, value: str | None) -> None:
    for name in ("DRAGOMAN_DATA_DIR", "DRAGOMAN_STATE_DIR"):
        monkeypatch.delenv(name, raising=False) if value is None else monkeypatch.setenv(name, value)
    assert places.data_dir().is_absolute()
    assert "dragoman" in places.data_dir().parts
    assert "dragoman" in places.state_dir().parts


def test_the_model_comes_with_the_package_and_is_small() -> None:
    sizes = {path.name: path.stat().st_size for path in places.embedded_model().iterdir()}
    assert {"config.json", "model.safetensors", "tokenizer.json", "chat_template.jinja"} <= sizes.keys()
    assert sum(sizes.values()) <= 10_000_000


def test_a_private_file_is_for_this_user_alone_and_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file.json"
    for content in (b"one", b"two"):
        places.write_private(path, content)
        assert path.read_bytes() == content
    [file] = path.parent.iterdir()
    assert (file, file.stat().st_mode & 0o777) == (path, 0o600)
