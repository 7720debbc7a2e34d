"""What starts on this machine measured, kept for the next plan: one small JSON file for each deployment.

Nothing here raises: a file that cannot be read is passed over with a note, one that cannot be written is not
missed. Counterparts: `engines.vllm.measured` reads the log, `planning.calibrate` compares and corrects.
"""

import hashlib
import math
import os
import platform
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from dragoman.engines.vllm import measured as vllm_log
from dragoman.model.deployment import Deployment
from dragoman.model.hardware import Gpu
from dragoman.model.measured import Measured
from dragoman.places import state_dir
from dragoman.planning.calibrate import (
    Correction,
    Predicted,
    comparable,
    compare,
    correction,
    settings_changed,
)

FORM = 1
"""Goes up with every change that older programs would misread; files of other forms are passed over."""
MOST_FILE = 1 << 20
MOST_FILES = 500
MOST_LOG = 32 << 20


@dataclass(frozen=True, slots=True)
class Kept:
    """One start: where, on which GPUs, of what, and what the plan had expected.

    `extra` tells the user's own arguments apart without repeating them: they may hold secrets, and may change
    everything that is measured.
    """

    form: int
    when: str
    host: str
    gpus: tuple[str, ...]
    deployment: Deployment
    measured: Measured
    predicted: Predicted | None = None
    extra: str = ""


@dataclass(frozen=True, slots=True)
class Learned:
    """What a start measured, and in sentences how it compares with the plan."""

    measured: Measured
    notes: tuple[str, ...]


def learn(
    log: Path, deployment: Deployment, gpus: Sequence[Gpu], predicted: Predicted | None = None
) -> Learned:
    """Read an engine's log once it is ready, keep what it measured, compare it with what was expected."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - MOST_LOG))
            measured = vllm_log.parse(line.decode("utf-8", "replace") for line in file)
    except OSError as error:
        return Learned(Measured(), (f"{log} cannot be read: {error.strerror}.",))
    if not measured:
        return Learned(measured, ())
    measured = _with_request(measured, deployment, gpus)
    note = keep(deployment, gpus, measured, predicted)
    compared = compare(predicted or Predicted(), measured)
    return Learned(measured, (*compared, note) if note else compared)


def _with_request(measured: Measured, deployment: Deployment, gpus: Sequence[Gpu]) -> Measured:
    """Releases before 0.11 do not print what they requested; it follows from what they were told."""
    share = deployment.gpu_memory_utilization
    if measured.requested is not None or measured.device != "GPU" or not share or not gpus:
        return measured
    return replace(measured, requested=math.ceil(min(gpu.memory for gpu in gpus) * share))


def keep(
    deployment: Deployment, gpus: Sequence[Gpu], measured: Measured, predicted: Predicted | None = None
) -> str:
    """Put it in place of an earlier one of the same deployment. What went wrong, in words; mostly nothing."""
    when = datetime.now(UTC).isoformat(timespec="seconds")
    where = (_host(), _names(gpus), _public(deployment))
    kept = Kept(FORM, when, *where, measured, predicted, _digest(deployment.extra))
    path = _folder() / f"{_key(kept)}.json"
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(msgspec.json.format(msgspec.json.encode(kept), indent=1))
        part.replace(path)
        _prune()
    except OSError as error:
        return f"What was measured cannot be kept in {path.parent}: {error.strerror}."
    return ""


class Shelf:
    """What was measured on this machine with these GPUs, read once. `notes` name files that are damaged."""

    def __init__(self, gpus: Sequence[Gpu]) -> None:
        self.notes: list[str] = []
        host, names = _host(), _names(gpus)
        self._kept = [kept for kept in _all(self.notes) if kept.host == host and kept.gpus == names]

    def nearest(self, deployment: Deployment) -> Kept | None:
        """Of several starts of this model and layout the one with the nearest settings, then the latest."""
        extra = _digest(deployment.extra)
        found = [
            kept for kept in self._kept if kept.extra == extra and comparable(kept.deployment, deployment)
        ]
        return max(found, key=lambda kept: (-_distance(kept.deployment, deployment), kept.when), default=None)

    def correct(self, deployment: Deployment) -> Correction:
        """What of it a plan of this deployment may take in place of its own figures."""
        kept = self.nearest(deployment)
        if kept is None:
            return Correction()
        return correction(kept.measured, kept.deployment, deployment, kept.when[:10])


def _distance(was: Deployment, now: Deployment) -> int:
    same = was.max_model_len == now.max_model_len and was.kv_cache_dtype == now.kv_cache_dtype
    return 2 * len(settings_changed(was, now)) + (not same)


def _all(notes: list[str]) -> Iterator[Kept]:
    for path in _files():
        try:
            with path.open("rb") as file:
                content = file.read(MOST_FILE + 1)
        except OSError:
            continue
        try:
            kept = msgspec.json.decode(content[:MOST_FILE], type=Kept)
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
            notes.append(f"{path} is damaged and was passed over; it can be deleted.")
            continue
        if kept.form == FORM:
            yield kept


def _files() -> list[Path]:
    try:
        return sorted(path for path in _folder().iterdir() if path.suffix == ".json")
    except OSError:
        return []


def _prune() -> None:
    """The oldest go: an experiment with many settings shall not fill the disk."""
    files = sorted(_files(), key=lambda path: path.stat().st_mtime)
    for path in files[: max(0, len(files) - MOST_FILES)]:
        path.unlink(missing_ok=True)


def _folder() -> Path:
    return state_dir() / "measurements"


def _host() -> str:
    return platform.node()


def _names(gpus: Sequence[Gpu]) -> tuple[str, ...]:
    return tuple(gpu.name for gpu in gpus)


def _public(deployment: Deployment) -> Deployment:
    """Without what may hold secrets."""
    return replace(deployment, environment={}, extra=())


def _key(kept: Kept) -> str:
    told_apart = replace(
        kept.deployment, served_name="", tool_parser="", reasoning_parser="", chat_template=""
    )
    digest = _digest(kept.host, kept.gpus, told_apart, kept.extra)
    name = "".join(char if char.isalnum() or char in "-_." else "-" for char in kept.deployment.model[-60:])
    return f"{name}-{digest}"


def _digest(*values: Any) -> str:
    """The same for equal values; nothing for nothing."""
    return hashlib.sha256(msgspec.json.encode(values)).hexdigest()[:12] if any(values) else ""
