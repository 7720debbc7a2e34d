"""Find a model by what people call it: a folder, a hub's id, a config.json. Weights are never downloaded.

Counterpart: `planning`, which reads what is found.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from dragoman import folder
from dragoman.machine import assembly, hubs, local
from dragoman.machine.assembly import Source
from dragoman.machine.hubs import Hub
from dragoman.machine.refusal import CheckpointError
from dragoman.model.checkpoint import Checkpoint
from dragoman.progress import Report, silent

__all__ = ["CheckpointError", "Where", "find"]

_ID = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}")
_LEGACY_ID = re.compile(r"[A-Za-z0-9][\w.-]{0,95}")
_TRUE = frozenset({"1", "true", "yes", "on"})
_OFFLINE = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")


@dataclass(frozen=True, slots=True)
class Where:
    """Where to look: `hub` is a file of `hubs/` ("": what the environment says, else Hugging Face).

    `config` is a config.json to take instead of the model's own; then nothing else is read. `offline`: only
    this machine. `headers`: False for the sizes of files alone, which is quicker.
    """

    hub: str = ""
    revision: str = ""
    config: Path | None = None
    offline: bool = False
    headers: bool = True


def find(
    name: str,
    where: Where | None = None,
    report: Report = silent,
    environment: Mapping[str, str] | None = None,
) -> Checkpoint:
    """The checkpoint. Raises CheckpointError, whose message says what is wrong and what to do."""
    where = where or Where()
    environment = os.environ if environment is None else environment
    if where.config is not None:
        found = local.config_file(where.config)
        return Checkpoint(name or found.id, found.config, source=found.source)
    if (path := _path(name)) is not None:
        return assembly.read(local.Folder(path), report, where.headers)
    if not _ID.fullmatch(name) and not _LEGACY_ID.fullmatch(name):
        raise CheckpointError(
            "absent", f"{_shown(name)} is no model: name a folder, or a hub's id as in ORG/NAME."
        )
    if where.offline or may_ask_no_hub(environment):
        return _offline(name, where, report, environment)
    return _online(name, where, report, environment)


def may_ask_no_hub(environment: Mapping[str, str]) -> bool:
    """Whether the user's environment says so."""
    return any(_is_set(environment, name) for name in _OFFLINE)


def at_hub(name: str, environment: Mapping[str, str]) -> Mapping[str, int]:
    """The files of a model at the hub that the environment says. Raises CheckpointError."""
    return _hub(Where(), environment).repository(name, "", environment).files()


def _online(name: str, where: Where, report: Report, environment: Mapping[str, str]) -> Checkpoint:
    source = _hub(where, environment).repository(name, where.revision, environment)
    try:
        return assembly.read(source, report, where.headers)
    except CheckpointError as error:
        kept = local.downloaded(name, where.revision, environment)
        if error.kind not in ("unreachable", "slow") or kept is None:
            raise
        return _read_kept(kept, where, report)


def _offline(name: str, where: Where, report: Report, environment: Mapping[str, str]) -> Checkpoint:
    kept = local.downloaded(name, where.revision, environment)
    if kept is None:
        raise CheckpointError(
            "absent",
            f"{name} is not on this machine, and the hubs may not be asked (offline). Name its folder.",
        )
    return _read_kept(kept, where, report)


def _read_kept(kept: Source, where: Where, report: Report) -> Checkpoint:
    try:
        return assembly.read(kept, report, where.headers)
    except CheckpointError as error:
        # Many start with `config.json` alone in their cache; what it says is worth having.
        if "is incomplete" not in error.message:
            raise
        config = assembly.parse_object(kept.read("config.json", 0, assembly.MOST_JSON), kept.where)
        return Checkpoint(kept.id, config, source=f"{kept.where}, its weights are not all there")


def _hub(where: Where, environment: Mapping[str, str]) -> Hub:
    name = where.hub or ("modelscope" if _is_set(environment, "VLLM_USE_MODELSCOPE") else "huggingface")
    try:
        return cast("Hub", folder.load(hubs, name))
    except KeyError:
        known = ", ".join(folder.names(hubs))
        raise CheckpointError("absent", f"There is no hub {_shown(name)}; there are {known}.") from None


def _path(name: str) -> Path | None:
    """A folder that is meant: one that exists, or a text that can be nothing else."""
    if not name or "\0" in name:
        return None
    path = Path(name).expanduser() if name.startswith("~") else Path(name)
    if path.is_dir():
        return path
    if path.is_file() and path.name == "config.json":
        return path.parent
    meant = path.is_absolute() or name.startswith(("./", "../", "~", ".\\")) or name in (".", "..")
    return path if meant else None


def _is_set(environment: Mapping[str, str], name: str) -> bool:
    return environment.get(name, "").lower() in _TRUE


def _shown(text: str) -> str:
    return repr(text[:120])
