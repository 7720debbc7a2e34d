"""Programs in the place of `vllm` and `dragoman`, which write down how they were started and then serve."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SOURCE = """#!{python}
import http.server, json, os, signal, sys
from pathlib import Path

name, argv = Path(sys.argv[0]).name, sys.argv[1:]
port = argv[argv.index("--port") + 1]
config = Path(argv[argv.index("--config") + 1]).read_text() if "--config" in argv else ""
told = {{"argv": argv, "config": config, "environment": dict(os.environ), "pid": os.getpid()}}
there = Path({folder!r}) / f"{{name}}-{{port}}.json"
part = there.with_suffix(f".{{os.getpid()}}")
part.write_text(json.dumps(told))
if name == "vllm" and "--dies" in argv:
    sys.exit("the engine says why")
part.rename(there)
if "--headless" in argv:
    signal.pause()


class Health(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", int(port)), Health).serve_forever()
"""


@dataclass(frozen=True)
class Programs:
    """Both programs, in a folder of their own."""

    folder: Path

    def make(self) -> "Programs":
        self.folder.mkdir()
        for path in (self.vllm, self.dragoman):
            path.write_text(SOURCE.format(python=sys.executable, folder=str(self.folder)))
            path.chmod(0o755)
        return self

    @property
    def vllm(self) -> Path:
        return self.folder / "vllm"

    @property
    def dragoman(self) -> Path:
        return self.folder / "dragoman"

    def started(self, program: str, port: int) -> dict[str, Any] | None:
        """How the one on this port was started, None while it was not."""
        path = self.folder / f"{program}-{port}.json"
        told: dict[str, Any] | None = json.loads(path.read_text()) if path.is_file() else None
        return told
