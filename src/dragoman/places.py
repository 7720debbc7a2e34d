"""Where files of the user's own lie. Two variables move them: DRAGOMAN_DATA_DIR and DRAGOMAN_STATE_DIR."""

import os
from pathlib import Path

import platformdirs


def data_dir() -> Path:
    """Engine environments and models that the project made: large, can be made again."""
    return Path(
        os.environ.get("DRAGOMAN_DATA_DIR") or platformdirs.user_data_dir("dragoman", appauthor=False)
    )


def state_dir() -> Path:
    """Logs of the engines."""
    return Path(
        os.environ.get("DRAGOMAN_STATE_DIR") or platformdirs.user_state_dir("dragoman", appauthor=False)
    )


def write_private(path: Path, content: bytes) -> None:
    """Put a file that only this user can read in its place, whole or not at all. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
    part.replace(path)


def embedded_model() -> Path:
    """The model that ships with the project, in Hugging Face's layout."""
    return Path(__file__).with_name("embedded") / "model"
