"""Processes found by their mark, whatever session they hide in, and ended."""

import os
import subprocess
import sys

from dragoman.runtime import orphans

DEAF = "import signal, time; signal.signal(15, signal.SIG_IGN); print(1, flush=True); time.sleep(600)"


def test_only_what_carries_the_mark_is_ended() -> None:
    mark, other = orphans.new_mark(), orphans.new_mark()
    assert mark != other
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", DEAF],
            env={**os.environ, orphans.MARK: value},
            start_new_session=True,
            stdout=subprocess.PIPE,
        )
        for value in (mark, mark, other)
    ]
    try:
        for process in processes:
            assert process.stdout
            process.stdout.readline()
        ours = {process.pid for process in processes[:2]}
        assert orphans.marked(mark) == ours
        # Here they are children of this process; only whoever waits for them makes them go.
        for process in processes[:2]:
            process.kill()
            process.wait(10)
        assert orphans.end(mark) == set()
        assert processes[2].poll() is None
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def test_what_is_found_is_said() -> None:
    assert orphans.sentence({7}) == "1 process that the engine had left behind was ended (pid 7)"
    assert orphans.sentence({12, 3}).endswith(
        "2 processes that the engine had left behind were ended (pid 3, 12)"
    )
