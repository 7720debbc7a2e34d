"""One examination, from files and servers to findings, for the tests of checks."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dragoman.doctor.check import Finding
from dragoman.doctor.examining import judge
from dragoman.doctor.gathering import Place, Wanted, gather
from dragoman.launchers import claude
from dragoman.model.secret import hide
from dragoman.settings import Settings, Upstream
from tests.doctor.posing import Posing
from tests.gateway import RunningGateway

SECRET = "sk-verysecret-0123456789"


def settings(url: str, model: str, window: int = 262144) -> dict[str, str]:
    """All that Claude Code should be told."""
    return claude.environment(url, SECRET, model, window)


def examine(
    wanted: Wanted, tmp_path: Path, environment: Mapping[str, str] | None = None
) -> dict[str, list[Finding]]:
    """The findings by their checks."""
    place = Place(environment or {}, tmp_path / "home", tmp_path / "folder")
    found: dict[str, list[Finding]] = {}
    for finding in judge(asyncio.run(gather(wanted, place))):
        text = f"{finding.what} {finding.why} {finding.mend} {finding.place}"
        assert SECRET not in text, "a secret is shown"
        assert hide(text) == text, "a mend would be hidden"
        found.setdefault(finding.check, []).append(finding)
    return found


def write(path: Path, content: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return path


@contextmanager
def well(**planted: Any) -> Iterator[tuple[Posing, RunningGateway]]:
    """An engine with what is planted in it, and a gateway before it."""
    with Posing(**planted) as engine:
        upstream = Upstream(engine.url, key=engine.key)
        with RunningGateway(Settings(upstreams=(upstream,), key=SECRET)) as gateway:
            yield engine, gateway
