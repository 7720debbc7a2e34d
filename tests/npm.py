"""Client programs from npm, each as a folder below tests/clients pins it; never part of the repository.

They are kept below DRAGOMAN_TEST_CACHE, or in `.cache` of this clone, and fetched where the lock is new.
"""

import fcntl
import hashlib
import os
import shutil
from pathlib import Path

from tests.claude_code import run

ROOT = Path(__file__).parent.parent
CI = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"]


def fetch(client: str) -> Path:
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
            run(CI, part)
            part.rename(folder)
    return folder / "node_modules" / ".bin"
