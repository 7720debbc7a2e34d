"""`dragoman verify` as a user runs it: a process of its own, its exit status and all it prints."""

import json
import os
import subprocess
import sys
import xml.etree.ElementTree as tree
from pathlib import Path

import pytest

from dragoman.runtime.supervisor import free_port
from tests.gateway import gateway_before
from tests.scripted_engine import ScriptedEngine, refuses
from tests.verify.behaving import Behaving

KEY = "a key of the tests"


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-m", "dragoman", "verify", *arguments],
        env={**kept, "COLUMNS": "120", **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_all_is_well_is_status_0_and_a_table(tmp_path: Path, engine: ScriptedEngine) -> None:
    Behaving(engine)
    with gateway_before(engine.url, key=KEY) as gateway:
        (tmp_path / "key").write_text(KEY + "\n")
        junit = tmp_path / "junit.xml"
        done = run(f"{gateway.url}/v1", "--key-file", str(tmp_path / "key"), "--quick", "--junit", str(junit))
    assert done.returncode == 0, done
    assert "✓ weather" in done.stdout
    assert "Dragoman" in done.stdout
    assert "first piece" in done.stdout
    assert "passed" in done.stdout.splitlines()[-2]
    assert "streaming (Anthropic): passed" in done.stderr
    assert KEY not in done.stdout + done.stderr + junit.read_text("utf-8")
    assert len(list(tree.parse(junit).iter("testcase"))) > 10


def test_a_fault_is_status_1_with_its_mend(engine: ScriptedEngine) -> None:
    Behaving(engine)
    engine.always(refuses(500, "EngineCore encountered an issue."))
    done = run(engine.url, "--quick", "--protocol", "openai", DRAGOMAN_KEY="")
    assert done.returncode == 1, done
    assert "✗ protocol" in done.stdout
    assert "it answered 500: EngineCore" in done.stdout
    assert "Mend: " in done.stdout
    assert "Anthropic" not in done.stdout.replace("Anthropic's", "")


def test_json_is_all_there_is_on_stdout_and_nothing_on_stderr(engine: ScriptedEngine) -> None:
    Behaving(engine)
    with gateway_before(engine.url) as gateway:
        done = run(gateway.url, "--json", "--quick", "--protocol", "openai")
    said = json.loads(done.stdout)
    assert (done.returncode, said["ok"], done.stderr) == (0, True, "")
    by_name = {result["check"]: result for result in said["results"]}
    assert by_name["streaming"]["latency"]["first"] > 0
    assert by_name["text"]["outcome"] == "passed"


CANNOT: dict[str, tuple[list[str], str]] = {
    "what is no URL": (["localhost:4000"], "is no URL"),
    "a file that is not there": (["--key-file", "/nowhere"], "/nowhere"),
    "two keys": (["--key", "a", "--key-file", "b"], "both given"),
    "a protocol that does not exist": (["--protocol", "grpc"], "grpc"),
    "a program that is not there": (["--client", "claude"], "not on the PATH"),
    "a key of two lines": (["--key", "os.environ/TWO_LINES"], "a line break"),
}


@pytest.mark.parametrize("case", CANNOT)
def test_what_cannot_run_is_status_2_in_one_line(case: str, tmp_path: Path) -> None:
    arguments, said = CANNOT[case]
    done = run(*arguments, PATH=str(tmp_path), TWO_LINES="a\nb")
    assert done.returncode == 2, done
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not done.stdout


def test_nothing_there_is_a_failed_check() -> None:
    done = run(f"http://127.0.0.1:{free_port()}")
    assert done.returncode == 1, done
    assert "nothing listens at http://127.0.0.1:" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
