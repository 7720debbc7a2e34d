"""A data directory in which the engine seems to be installed: its Python runs a scripted process instead.

So the whole of `dragoman up` runs for real but for the engine itself.
"""

import json
import sys
from pathlib import Path

from dragoman.engines import vllm
from dragoman.runtime import environment
from tests import scripted_process
from tests.scripted_process import Life, Script

PYTHON = """#!/bin/sh
if [ "$1" = -m ] && [ "$2" = vllm.entrypoints.cli.main ]; then
    shift 2
    exec "{python}" "{program}" "{script}" "$@"
fi
exec "{python}" "$@"
"""


class Installed:
    """`data` is for DRAGOMAN_DATA_DIR; `script` tells what was started."""

    def __init__(self, folder: Path, *lives: Life) -> None:
        self.script = Script(folder / "script", *(lives or (Life(),)))
        self.data = folder / "data"
        plan = vllm.installation("cpu")
        place = self.data / "engines" / plan.name
        (place / "bin").mkdir(parents=True)
        python = place / "bin" / "python"
        program = Path(scripted_process.__file__).resolve()
        python.write_text(PYTHON.format(python=sys.executable, program=program, script=self.script.path))
        python.chmod(0o755)
        marker = {
            "recipe": environment._recipe(plan),
            "version": plan.version,
            "python": environment._python_version(Path(sys.executable)),
        }
        (place / environment.MARKER).write_text(json.dumps(marker))

    @property
    def variables(self) -> dict[str, str]:
        return {"DRAGOMAN_DATA_DIR": str(self.data)}
