"""The engine's own virtual environment, under the user's data directory: made by venv and pip, never shared.

An environment counts only with its marker, which is written last and names exact versions; one without (an
interrupted install) is made anew, from pip's download cache. A lock keeps two installs apart and ends with
the processes that hold it. What is installed comes from `engines`; on a machine with an NVIDIA GPU that is
the plan for CUDA, which has never been run.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dragoman.engines import vllm
from dragoman.places import data_dir
from dragoman.progress import Progress, Report, silent
from dragoman.runtime import packages
from dragoman.runtime.packages import Pip, SetupFailed

MARKER = "dragoman-environment.json"


@dataclass(frozen=True, slots=True)
class Environment:
    """A usable engine environment: its Python, the engine's version as it says itself, `cpu` or `cuda`."""

    python: Path
    version: str
    device: str


@dataclass(frozen=True, slots=True)
class Status:
    """What lies in the data directory: `state` is `ready`, `absent`, `incomplete` or `outdated`."""

    state: str
    path: Path
    wanted: vllm.Installation
    environment: Environment | None = None


def find_device() -> vllm.Device:
    """`cuda` where the driver shows an NVIDIA GPU, else `cpu`."""
    import pynvml  # type: ignore[import-untyped]

    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return "cpu"
    try:
        return "cuda" if pynvml.nvmlDeviceGetCount() else "cpu"
    except pynvml.NVMLError:
        return "cpu"
    finally:
        pynvml.nvmlShutdown()


def planned(plan: vllm.Installation | None = None) -> vllm.Installation:
    """The given plan, or the one for this machine."""
    return plan or vllm.installation(find_device())


def folder(plan: vllm.Installation) -> Path:
    """Where the environment of a plan lies."""
    return data_dir() / "engines" / plan.name


def status(plan: vllm.Installation | None = None) -> Status:
    """Look without changing anything."""
    plan = planned(plan)
    path = folder(plan)
    if not path.exists():
        return Status("absent", path, plan)
    try:
        marker = json.loads((path / MARKER).read_bytes())
        made_for, version, python = marker["recipe"], marker["version"], marker["python"]
    except (OSError, ValueError, KeyError, TypeError):
        return Status("incomplete", path, plan)
    found = Environment(_python(path), version, plan.device)
    if made_for != _recipe(plan) or python != _python_version(found.python):
        return Status("outdated", path, plan)
    return Status("ready", path, plan, found)


def ensure(report: Report = silent, plan: vllm.Installation | None = None) -> Environment:
    """The environment, made where it is missing. Raises `SetupFailed`, which says what to do."""
    plan = planned(plan)
    if found := status(plan).environment:
        return found
    with locked(folder(plan), report) as held:
        if found := status(plan).environment:
            return found
        return _make(plan, report, held)


def remove(plan: vllm.Installation | None = None) -> bool:
    """Delete the environment; False where there was none."""
    path = folder(planned(plan))
    with locked(path):
        if not path.exists():
            return False
        _delete(path)
    return True


@contextmanager
def locked(path: Path, report: Report = silent) -> Iterator[int]:
    """Hold the lock beside a path; the descriptor may be handed to children, who then hold it too.

    The kernel drops such a lock with its last holder, so that none is ever stale.
    """
    try:
        import fcntl
    except ImportError:
        raise SetupFailed(
            "Engines run on Linux.", remedy="On Windows use WSL2, or a server elsewhere."
        ) from None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.with_name(f"{path.name}.lock").open("w")
    except OSError as error:
        raise SetupFailed(f"{path.parent} cannot be used.", (str(error),)) from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            report(Progress("wait", f"another process works on {path}"))
            fcntl.flock(file, fcntl.LOCK_EX)
        yield file.fileno()


def _make(plan: vllm.Installation, report: Report, held: int) -> Environment:
    path = folder(plan)
    base = _interpreter(plan)
    _delete(path)
    _check_space(plan, path.parent)
    report(Progress("environment", str(path)))
    code, tail = packages.run((base, "-m", "venv", str(path)), report, (held,))
    if code:
        raise SetupFailed("The virtual environment could not be made.", tail)
    python = _python(path)
    pip = Pip(python, report, (held,))
    report(Progress("pip"))
    pip.modernize()
    pip.install(plan.packages, plan.fallback_index, plan.fallback_for)
    report(Progress("mend"))
    mend(plan, python, pip)
    report(Progress("check"))
    code, tail = packages.run((str(python), "-c", plan.check), report, (held,))
    if code or not tail:
        raise SetupFailed(f"{plan.name} {plan.version} is installed but does not load.", tail)
    marker = {"recipe": _recipe(plan), "version": tail[-1], "python": _python_version(python)}
    _write(path / MARKER, json.dumps(marker, indent=1))
    report(Progress("done", f"{plan.name} {tail[-1]}"))
    return Environment(python, tail[-1], plan.device)


def mend(plan: vllm.Installation, python: Path, pip: Pip) -> None:
    """What the installed packages need to work together; may be run again at any time."""
    if plan.removed:
        pip.uninstall(plan.removed)
    for name, version in plan.aliases:
        described = _site_packages(python) / f"{name}-{version}.dist-info"
        described.mkdir(exist_ok=True)
        _write(described / "METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")


def _interpreter(plan: vllm.Installation) -> str:
    oldest, newest = plan.python
    if oldest <= sys.version_info[:2] <= newest:
        return sys.executable
    minors = range(newest[1], oldest[1] - 1, -1)
    for name in (f"python{oldest[0]}.{minor}" for minor in minors):
        if (path := shutil.which(name)) and _python_version(Path(path)).startswith(
            name.removeprefix("python")
        ):
            return path
    wanted = f"{oldest[0]}.{oldest[1]} to {newest[0]}.{newest[1]}"
    raise SetupFailed(
        f"{plan.name} needs Python {wanted}.", remedy=f"Install one of them beside {sys.version[:6]}."
    )


def _check_space(plan: vllm.Installation, where: Path) -> None:
    free = shutil.disk_usage(where).free
    if free < plan.needs_bytes:
        sizes = f"{plan.needs_bytes / 1e9:.1f} GB, and {free / 1e9:.1f} GB are free"
        raise SetupFailed(f"The engine needs {sizes} in {where}.", ("No space left on device",))


def _recipe(plan: vllm.Installation) -> dict[str, object]:
    """What decides whether an environment is the one that the plan makes."""
    mends = [*plan.removed, *("==".join(alias) for alias in plan.aliases)]
    return {"packages": list(plan.packages), "mends": mends}


def _python(path: Path) -> Path:
    return path / "bin" / "python"


def _python_version(python: Path) -> str:
    """`3.11.7`, or nothing where it does not run: the Python it was made from may be gone."""
    code = "import platform; print(platform.python_version())"
    try:
        done = subprocess.run(
            [python, "-I", "-c", code], capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip()


def _site_packages(python: Path) -> Path:
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    return Path(subprocess.check_output([python, "-I", "-c", code], text=True).strip())


def _write(path: Path, text: str) -> None:
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


def _delete(path: Path) -> None:
    # The marker goes first: what an interrupted deletion leaves does not count as an environment.
    (path / MARKER).unlink(missing_ok=True)
    if path.exists():
        shutil.rmtree(path)
