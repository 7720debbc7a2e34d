"""What others read where an export was written: Bash itself."""

import subprocess


def read_by_bash(written: str, **environment: str) -> list[str]:
    """The words of a command line."""
    shown = subprocess.run(
        ["bash", "-c", f"printf '%s\\0' {written}"],
        capture_output=True,
        check=True,
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", **environment},
    )
    return shown.stdout.decode().split("\0")[:-1]
