"""Checkpoints on this machine's disks: a folder, a config.json alone, and the hubs' caches."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from dragoman.machine.assembly import MOST_JSON, parse_object
from dragoman.machine.refusal import CheckpointError
from dragoman.machine.safetensors import LENGTH
from dragoman.model.checkpoint import Checkpoint


class Folder:
    """A folder as a source. Links are followed: the hubs' caches are made of them."""

    first = LENGTH

    def __init__(self, path: Path, id: str = "") -> None:
        self.path = path
        self.id = id or str(path)

    @property
    def where(self) -> str:
        return f"the folder {self.path}"

    def files(self) -> Mapping[str, int]:
        try:
            return {each.name: each.stat().st_size for each in self.path.iterdir() if each.is_file()}
        except OSError as error:
            raise _unreadable(self.path, error) from None

    def read(self, name: str, start: int, length: int) -> bytes:
        try:
            with (self.path / name).open("rb") as file:
                file.seek(start)
                return file.read(length)
        except OSError as error:
            raise _unreadable(self.path / name, error) from None


def config_file(path: Path) -> Checkpoint:
    """A config.json without weights, as `--model-config` names one. Raises CheckpointError."""
    try:
        with path.open("rb") as file:
            content = file.read(MOST_JSON + 1)
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from None
    if len(content) > MOST_JSON:
        raise CheckpointError("unusable", f"{path} is too large for a config.json.")
    return Checkpoint(str(path.parent), parse_object(content, str(path)), source=f"the file {path}")


def downloaded(name: str, revision: str, environment: Mapping[str, str]) -> Folder | None:
    """A hub's model that lies in a hub's cache on this machine, if its config.json does."""
    for path in _places(name, revision, environment):
        if (path / "config.json").is_file():
            return Folder(path, name)
    return None


def _places(name: str, revision: str, environment: Mapping[str, str]) -> Iterator[Path]:
    home = Path(environment.get("HF_HOME") or _cache(environment) / "huggingface").expanduser()
    cache = Path(environment.get("HF_HUB_CACHE") or home / "hub").expanduser()
    repository = cache / f"models--{name.replace('/', '--')}"
    yield repository / "snapshots" / _commit(repository, revision or "main")
    modelscope = Path(environment.get("MODELSCOPE_CACHE") or _cache(environment) / "modelscope").expanduser()
    # Its programs write dots in names as ___, and have put the models into either place.
    for folder in (modelscope / "models", modelscope / "hub" / "models", modelscope / "hub", modelscope):
        yield folder / name
        yield folder / name.replace(".", "___")


def _commit(repository: Path, revision: str) -> str:
    try:
        return (repository / "refs" / revision).read_text().strip()[:64] or revision
    except (OSError, ValueError):
        return revision


def _cache(environment: Mapping[str, str]) -> Path:
    return Path(environment.get("XDG_CACHE_HOME") or "~/.cache").expanduser()


def _unreadable(path: Path, error: Exception) -> CheckpointError:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return CheckpointError("absent", f"There is no {path}.")
    said = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else "this is no path"
    kind = "forbidden" if isinstance(error, PermissionError) else "unusable"
    return CheckpointError(kind, f"{path} cannot be read: {said}.")  # type: ignore[arg-type]
