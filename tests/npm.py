"""Client programs from npm, each as a folder below tests/clients pins it; never part of the repository.

They are kept below DRAGOMAN_TEST_CACHE, or in `.cache` of this clone, and fetched where the lock is new.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from tests.claude_code import run

ROOT = Path(__file__).parent.parent
QUIETLY = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"]
CI = ["npm", "ci", *QUIETLY]
NEEDED = ["npm", "install", "--omit=optional", "--no-save", *QUIETLY]
"""What a client cannot do without, by the lock too; `ci` wants optional packages of all systems in it."""


def fetch(client: str, install: list[str] = CI) -> Path:
    """The `node_modules/.bin` of a client, installed where it is missing. Fails with the words of npm."""
    pinned = ROOT / "tests" / "clients" / client
    lock = (pinned / "package-lock.json").read_bytes()
    cache = Path(os.environ.get("DRAGOMAN_TEST_CACHE") or ROOT / ".cache")
    folder = cache / f"{client}-{hashlib.sha256(lock).hexdigest()[:12]}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not folder.exists():
            part = folder.with_suffix(".part")
            shutil.rmtree(part, ignore_errors=True)
            shutil.copytree(pinned, part)
            run(install, part)
            part.rename(folder)
    return folder / "node_modules" / ".bin"


def node(at_least: int) -> Path:
    """A Node of this version or newer: the machine's, else the one that `scripts/bootstrap node` makes."""
    for folder in [*os.environ.get("PATH", os.defpath).split(os.pathsep), str(ROOT / ".venv" / "bin")]:
        found = shutil.which("node", path=folder)
        if found and version(found) >= at_least:
            return Path(found)
    raise AssertionError(f"Node {at_least} or newer is missing: `scripts/bootstrap node` installs it")


def version(executable: str) -> int:
    """The first number of what it says of itself, 0 where it says nothing."""
    said = subprocess.run([executable, "--version"], capture_output=True, text=True, check=False).stdout
    number = said.strip().removeprefix("v").partition(".")[0]
    return int(number) if number.isdigit() else 0
