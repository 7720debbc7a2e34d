"""The start script: as written, read by Bash, run with programs that stand in, and with the real engine."""

import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from hypothesis import given

from dragoman.exports import CannotExport, Options
from dragoman.model.deployment import Deployment, Layout
from dragoman.places import embedded_model
from dragoman.runtime import environment
from dragoman.runtime.supervisor import free_port
from dragoman.runtime.work import TINY
from tests.exports.cases import CASES, NODES, ODD, ONE, REPLICAS, TEXTS, WORDS, check_golden, only, rendered
from tests.exports.programs import Programs

SHELLCHECK = Path(sys.executable).with_name("shellcheck")


def test_golden(request: pytest.FixtureRequest) -> None:
    check_golden("sh", request)


@pytest.mark.parametrize("case", CASES)
def test_bash_and_shellcheck_have_nothing_to_say(case: str, tmp_path: Path) -> None:
    """But that an odd word holds a `$` in single quotes (SC2016), as it should."""
    (tmp_path / "start.sh").write_text(only("sh", CASES[case]))
    for command in (["bash", "-n"], [str(SHELLCHECK), "--exclude", "SC2016"]):
        command.append(str(tmp_path / "start.sh"))
        said = subprocess.run(command, check=False, capture_output=True, text=True)
        assert (said.returncode, said.stdout, said.stderr) == (0, "", "")


def engine_words(text: str, *arguments: str, **environment: str) -> list[str]:
    """The script up to where something is run, and then the engine's words as Bash has them."""
    script = text.partition("\nfor program in ")[0] + "\nprintf '%s\\0' \"${engine[@]}\""
    shown = subprocess.run(
        ["bash", "-c", script, "start", *arguments],
        capture_output=True,
        check=True,
        env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", **environment},
    )
    return shown.stdout.decode().split("\0")[:-1]


@given(TEXTS, TEXTS, WORDS, TEXTS)
def test_whatever_words_say_reaches_the_engine(
    model: str, name: str, extra: tuple[str, ...], value: str
) -> None:
    given = Deployment(model, name, extra=extra, environment={"X": value}, chat_template=value)
    words = engine_words(only("sh", given))
    assert words[:5] == ["vllm", "serve", model, "--served-model-name", name]
    assert words[words.index("--chat-template") + 1] == value
    assert words[len(words) - len(extra) :] == list(extra)


@pytest.mark.parametrize("machine", range(4))
def test_each_machine_has_its_rank_and_its_master(machine: int) -> None:
    words = engine_words(only("sh", ODD), str(machine), HOSTS="a b c d", VLLM_API_KEY="k")
    assert words[words.index("--node-rank") + 1] == str(machine % 2)
    assert words[words.index("--master-addr") + 1] == "aacc"[machine]
    assert words[words.index("--nnodes") + 1] == "2"


WRONG: dict[str, tuple[Deployment, Options, str]] = {
    "a key among the arguments": (replace(ONE, extra=("--api-key=x",)), Options(), "belongs into no file"),
    "a name that is no variable": (
        replace(ONE, environment={"a b": "x"}),
        Options(),
        "no name of a variable",
    ),
    "a zero byte": (replace(ONE, model="a\0b"), Options(), "no file of text"),
    "half a character": (replace(ONE, model="a\udc80b"), Options(), "no file of text"),
    "too few addresses": (NODES, Options(hosts=("a",)), "2 machines need 2 addresses"),
    "an address that is none": (NODES, Options(hosts=("a", "b;c")), "no address"),
    "machines that GPUs cannot be shared by": (replace(NODES, nodes=3), Options(), "shared equally"),
    "another engine": (replace(ONE, engine="sglang"), Options(), "for vLLM"),
}


@pytest.mark.parametrize("deployment, options, said", WRONG.values(), ids=WRONG)
def test_what_cannot_be_written_is_refused(deployment: Deployment, options: Options, said: str) -> None:
    with pytest.raises(CannotExport, match=said):
        rendered("sh", deployment, options)


@contextmanager
def running(
    script: str, folder: Path, *arguments: str, **environment: str
) -> Iterator[subprocess.Popen[str]]:
    """The script at work, ended at the end of the block at the latest."""
    file = folder / "start.sh"
    file.write_text(script)
    process = subprocess.Popen(
        ["bash", str(file), *arguments],
        cwd=folder,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=60)


def until(happened: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.fixture
def programs(tmp_path: Path) -> Programs:
    return Programs(tmp_path / "programs").make()


def places(programs: Programs, engine_port: int, gateway_port: int) -> dict[str, str]:
    return {
        "VLLM": str(programs.vllm),
        "DRAGOMAN": str(programs.dragoman),
        "ENGINE_PORT": str(engine_port),
        "GATEWAY_PORT": str(gateway_port),
    }


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_replicas_and_gateway_start_together_and_end_together(
    number: signal.Signals, programs: Programs, tmp_path: Path
) -> None:
    first, gateway_port = free_port(), free_port()
    ports = (first, first + 1)
    variables = places(programs, first, gateway_port) | {"VLLM_API_KEY": "secret"}
    with running(only("sh", REPLICAS), tmp_path, **variables) as script:
        until(lambda: all(programs.started("vllm", port) for port in ports))
        until(lambda: programs.started("dragoman", gateway_port) is not None)
        engines = [told for port in ports if (told := programs.started("vllm", port))]
        gateway = programs.started("dragoman", gateway_port)
        assert script.stdout and gateway
        lines = [script.stdout.readline() for _ in range(4)]
        assert sum("is ready after" in line for line in lines) == 2
        assert [told["environment"]["CUDA_VISIBLE_DEVICES"] for told in engines] == ["0,1,2,3", "4,5,6,7"]
        assert gateway["config"] == "upstreams:\n" + "".join(
            f"  - url: http://127.0.0.1:{port}\n    key: os.environ/VLLM_API_KEY\n" for port in ports
        )
        script.send_signal(number)
        assert script.wait(30) == 128 + number
    assert all(gone(told["pid"]) for told in [*engines, gateway])


def test_an_engine_that_dies_is_named_with_its_last_words(programs: Programs, tmp_path: Path) -> None:
    dying = replace(ONE, extra=("--dies",))
    variables = places(programs, free_port(), free_port())
    with running(only("sh", dying), tmp_path, **variables) as script:
        said, _ = script.communicate(timeout=30)
    assert script.returncode == 1
    assert "the engine says why" in said
    assert "qwen3-235b-engine has ended." in said


def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    with running(only("sh", ONE), tmp_path, VLLM=str(tmp_path / "no-vllm")) as script:
        said, _ = script.communicate(timeout=30)
    assert script.returncode == 1
    assert f"{tmp_path}/no-vllm is not there" in said


def test_a_machine_behind_the_first_serves_nothing(programs: Programs, tmp_path: Path) -> None:
    port = free_port()
    variables = places(programs, port, free_port()) | {"HOSTS": "127.0.0.1 127.0.0.2", "HF_TOKEN": "x"}
    with running(only("sh", NODES), tmp_path, "1", **variables):
        until(lambda: programs.started("vllm", port) is not None)
        told = programs.started("vllm", port)
        assert told and "--headless" in told["argv"]
        assert told["environment"]["VLLM_HOST_IP"] == "127.0.0.2"
    assert gone(told["pid"])
    assert sorted(path.name for path in programs.folder.glob("*.json")) == [f"vllm-{port}.json"]


def test_without_its_number_a_machine_does_nothing(tmp_path: Path) -> None:
    with running(only("sh", NODES), tmp_path, HOSTS="a b", HF_TOKEN="x") as script:
        said, _ = script.communicate(timeout=30)
    assert (script.returncode, said) == (1, "Say which machine this is, from 0 to 1.\n")


def ask(port: int) -> bool:
    """Whether the gateway answers from the engine, and not yet that the engine is not ready."""
    asked = {"model": TINY, "messages": [{"role": "user", "content": "Hi"}], "max_tokens": 4}
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/v1/chat/completions",
        msgspec.json.encode(asked),
        {"content-type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return bool(msgspec.json.decode(answer.read())["usage"]["completion_tokens"] == 4)
    except urllib.error.HTTPError as error:
        with error:
            assert error.code == 503
        return False


@pytest.mark.engine
@pytest.mark.full
def test_the_script_runs_the_real_engine_and_the_gateway(tmp_path: Path) -> None:
    made = environment.ensure()
    port = free_port()
    options = Options(
        device="cpu",
        engine_port=free_port(),
        gateway_port=port,
        vllm=str(made.python.with_name("vllm")),
        dragoman=str(Path(sys.executable).with_name("dragoman")),
    )
    deployment = Deployment(
        str(embedded_model()), TINY, Layout(), max_model_len=8192, environment={"HF_HUB_OFFLINE": "1"}
    )
    with running(only("sh", deployment, options), tmp_path) as script:
        assert script.stdout
        seen = []
        for line in script.stdout:
            seen.append(line)
            if "is ready after" in line:
                break
        assert any("is ready after" in line for line in seen), "".join(seen)
        until(lambda: ask(port))
        script.send_signal(signal.SIGINT)
        assert script.wait(60) == 130
    log = next(tmp_path.glob("*.log")).read_text()
    assert "Application startup complete" in log
    left = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert str(options.engine_port) not in left


def test_the_tools_are_there() -> None:
    assert SHELLCHECK.is_file() and shutil.which("curl") and shutil.which("bash")
