"""The units: as written, and as systemd itself reads them (where systemd-analyze is on this machine)."""

import os
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
import yaml

from dragoman.exports import CannotExport, Options
from dragoman.exports.systemd import VLLM
from dragoman.model.deployment import Deployment
from dragoman.settings import Settings, check
from tests.exports.cases import CASES, HOSTS, NODES, ODD, ONE, REPLICAS, check_golden, rendered

ANALYZE = shutil.which("systemd-analyze")
needs_systemd = pytest.mark.skipif(ANALYZE is None, reason="systemd-analyze is not on this machine")


def test_golden(request: pytest.FixtureRequest) -> None:
    check_golden("systemd", request, with_hosts=True)


def verified(folder: Path, units: dict[str, str]) -> tuple[str, str]:
    """What systemd-analyze has read of the units, and what it says to it."""
    for name, text in units.items():
        # The programs themselves are not on this machine, which alone would be an error.
        (folder / name).write_text(re.sub("ExecStart=/opt/[^ ]+", "ExecStart=/bin/echo", text))
    assert ANALYZE
    said = subprocess.run(
        [ANALYZE, "verify", "--man=no", *(str(folder / name) for name in units)],
        capture_output=True,
        check=False,
        text=True,
        env={**os.environ, "SYSTEMD_LOG_LEVEL": "debug", "SYSTEMD_UNIT_PATH": f"{folder}:"},
    )
    assert said.returncode == 0, said.stderr
    return said.stdout, said.stderr


ESCAPE = re.compile(r"\\([0-7]{3})|\\(.)")
CONTROLS = dict(zip("abtnvfr", "\a\b\t\n\v\f\r", strict=True))


def command_of(told: str) -> list[str]:
    """The command of a unit as systemd will run it: quoted where it dumps it, `$$` still doubled."""
    (line,) = re.findall(r"-> ExecStart:\n\s+Command Line: (.*)\n", told)
    found = re.finditer(r'"((?:[^"\\]|\\.)*)"|([^ "]+)', line)
    return [plain(each[1]) if each[2] is None else each[2] for each in found]


def plain(quoted: str) -> str:
    text = ESCAPE.sub(lambda m: chr(int(m[1], 8)) if m[1] else CONTROLS.get(m[2], m[2]), quoted)
    return text.replace("$$", "$")


@needs_systemd
@pytest.mark.parametrize("case", CASES)
def test_systemd_accepts_the_units(case: str, tmp_path: Path) -> None:
    files = rendered("systemd", CASES[case], Options(hosts=HOSTS[case]))
    units = {name: file.text for name, file in files.items() if name.endswith(".service")}
    _, said = verified(tmp_path, units)
    ours = [line for line in said.splitlines() if any(name in line for name in units)]
    # Names of system calls are the business of the machine's own libseccomp.
    complaints = [line for line in ours if "ignoring" in line and "system call" not in line]
    assert complaints == []


@needs_systemd
def test_systemd_reads_the_same_words(tmp_path: Path) -> None:
    """Every character up to U+02FF alone and among others, in one unit: each call costs a second."""
    characters = [chr(code) for code in (*range(1, 0x300), 0x2028, 0xFEFF, 0x901A, 0x1F600)]
    words = (*characters, *(f"a{character}\\ %n ${{HOME}} 'b'" for character in characters), "", ";", "a;")
    deployment = Deployment("/m", "m", extra=words, environment={"X": "1 $HOME %n 'two' \"three\" \\ \t"})
    files = rendered("systemd", deployment)
    told, _ = verified(tmp_path, {"m.service": files["m-engine.service"].text})
    read = command_of(told)
    assert read[1:3] == ["serve", "/m"]
    assert read[len(read) - 4 - len(words) : -4] == list(words)
    assert f"Environment: X={deployment.environment['X']}\n" in told


def test_every_engine_has_its_gpus_and_its_port() -> None:
    files = rendered("systemd", REPLICAS)
    first, second = (files[f"qwen3-235b-engine-{k}.service"].text for k in range(2))
    assert "CUDA_VISIBLE_DEVICES=0,1,2,3\n" in first and "--port 8000\n" in first
    assert "CUDA_VISIBLE_DEVICES=4,5,6,7\n" in second and "--port 8001\n" in second


def test_machines_have_ranks_and_the_gateway_knows_the_first_of_each_engine() -> None:
    files = rendered("systemd", ODD, Options(hosts=("a", "b", "c", "d")))
    name = "reboot-name-x-1-x"
    third = files[f"{name}-engine-3.service"].text
    assert "--node-rank 1 \\\n    --master-addr c \\\n" in third and "--headless" in third
    assert "ExecStartPost" not in third
    given = yaml.safe_load(files[f"{name}-gateway.yaml"].text)
    assert [each["url"] for each in given["upstreams"]] == ["http://127.0.0.1:8000", "http://c:8000"]


def test_the_gateway_accepts_its_configuration() -> None:
    files = rendered("systemd", REPLICAS)
    given = yaml.safe_load(files["qwen3-235b-gateway.yaml"].text)
    check(msgspec.convert(given, Settings))


def test_a_model_at_home_can_be_read() -> None:
    files = rendered("systemd", replace(ONE, model="/home/me/model"))
    assert "ProtectHome=read-only\n" in files["qwen3-235b-engine.service"].text


def test_machines_without_addresses_are_refused() -> None:
    with pytest.raises(CannotExport, match="--host-list"):
        rendered("systemd", NODES)


def test_a_program_without_its_path_is_refused() -> None:
    with pytest.raises(CannotExport, match="whole path"):
        rendered("systemd", ONE, Options(vllm="vllm"))
    assert VLLM.startswith("/")
