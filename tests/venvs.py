"""Virtual environments for programs that tests run beside the project, made by venv and pip and kept.

They lie below DRAGOMAN_TEST_CACHE, or in `.cache` of this clone, one per list of packages.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent
INSTALL_S = 3600


def installed(name: str, packages: Sequence[str]) -> Path:
    """The Python of an environment with these packages, made where it is missing. Fails with pip's words."""
    cache = Path(os.environ.get("DRAGOMAN_TEST_CACHE") or ROOT / ".cache")
    digest = hashlib.sha256("\n".join([sys.version, *packages]).encode()).hexdigest()[:12]
    folder = cache / f"{name}-{digest}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    marker = folder / "complete"
    with (cache / f"{name}-{digest}.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not marker.exists():
            shutil.rmtree(folder, ignore_errors=True)
            run([sys.executable, "-m", "venv", str(folder)])
            run([str(folder / "bin" / "python"), "-m", "pip", "install", "-q", *packages])
            marker.touch()
    return folder / "bin" / "python"


def run(command: Sequence[str]) -> None:
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=INSTALL_S, check=False
    )
    assert done.returncode == 0, f"{' '.join(command)} failed:\n{done.stdout}\n{done.stderr}"
