"""A tiny checkpoint of random weights for tests that choose its words, made by the engine's own Python.

Kept under the data directory, one per content of the files that make it (`scripted_vllm/make_model.py`).
"""

import hashlib
import shutil
from pathlib import Path

from dragoman.places import data_dir
from dragoman.progress import Progress, Report, silent
from dragoman.runtime import packages
from dragoman.runtime.environment import Environment, locked
from dragoman.runtime.packages import SetupFailed

SERVED_NAME = "dragoman-tiny"
SOURCES = Path(__file__).with_name("scripted_vllm")
_MAKERS = ("make_model.py", "chat_template.jinja")


def key() -> str:
    """What decides whether a checkpoint is current: the files that make it."""
    digest = hashlib.sha256()
    for name in _MAKERS:
        digest.update((SOURCES / name).read_bytes())
    return digest.hexdigest()[:12]


def model_path() -> Path:
    """Where the current checkpoint lies, or will."""
    return data_dir() / "models" / f"tiny-{key()}"


def ensure_model(environment: Environment, report: Report = silent) -> Path:
    """The checkpoint, built where it is missing (seconds). It appears whole or not at all."""
    path = model_path()
    if path.exists():
        return path
    with locked(path, report) as held:
        if not path.exists():
            _build(environment, path, report, held)
    return path


def _build(environment: Environment, path: Path, report: Report, held: int) -> None:
    report(Progress("model", str(path)))
    part = path.with_name(f"{path.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    command = (str(environment.python), str(SOURCES / "make_model.py"), str(part))
    code, tail = packages.run(command, report, (held,))
    if code:
        raise SetupFailed("The random model could not be made.", tail)
    part.rename(path)
