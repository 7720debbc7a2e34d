"""The batch job: as written, read by Bash, and run with programs in the place of Slurm's."""

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings

from dragoman.model.deployment import Deployment, Layout
from dragoman.runtime.supervisor import free_port
from tests.exports.cases import CASES, NODES, REPLICAS, TEXTS, WORDS, check_golden, only
from tests.exports.programs import Programs
from tests.exports.test_sh import SHELLCHECK, engine_words, gone, places, running, until

SRUN = """#!/usr/bin/env bash
# Two tasks on one machine; the first that ends, ends both.
while [[ $1 == --* ]]; do shift; done
SLURM_PROCID=0 "$@" & first=$!
SLURM_PROCID=1 "$@" & second=$!
trap 'kill "$first" "$second"; wait' TERM
wait -n
kill "$first" "$second" 2>/dev/null
wait
exit 1
"""


def test_golden(request: pytest.FixtureRequest) -> None:
    check_golden("slurm", request)


@pytest.mark.parametrize("case", CASES)
def test_bash_and_shellcheck_have_nothing_to_say(case: str, tmp_path: Path) -> None:
    (tmp_path / "job.sh").write_text(only("slurm", CASES[case]))
    for command in (["bash", "-n"], [str(SHELLCHECK), "--exclude", "SC2016"]):
        command.append(str(tmp_path / "job.sh"))
        said = subprocess.run(command, check=False, capture_output=True, text=True)
        assert (said.returncode, said.stdout, said.stderr) == (0, "", "")


def test_what_is_asked_of_slurm() -> None:
    several, one = only("slurm", NODES), only("slurm", REPLICAS)
    assert "#SBATCH --nodes=2\n#SBATCH --ntasks-per-node=1\n#SBATCH --gpus-per-node=8\n" in several
    assert "#SBATCH --nodes=1\n#SBATCH --ntasks-per-node=1\n#SBATCH --gpus-per-node=8\n" in one
    assert "srun" in several and "srun" not in one


@settings(max_examples=15)
@given(TEXTS, TEXTS, WORDS)
def test_whatever_words_say_is_in_the_script_of_each_task(
    model: str, name: str, extra: tuple[str, ...]
) -> None:
    deployment = Deployment(model, name, Layout(2), nodes=2, extra=extra)
    job = only("slurm", deployment).replace("\nexec srun ", '\nprintf %s "$script"; exit; srun ')
    shown = subprocess.run(
        ["bash", "-c", f"scontrol() {{ echo a; echo b; }}\n{job}"],
        capture_output=True,
        check=True,
        env={
            "PATH": os.environ["PATH"],
            "LC_ALL": "C.UTF-8",
            "DRAGOMAN_KEY": "k",
            "SLURM_JOB_NODELIST": "a,b",
        },
    )
    script = shown.stdout.decode().partition("\n")[2]
    words = engine_words(script, SLURM_PROCID="1", HOSTS="a b")
    assert words[:5] == ["vllm", "serve", model, "--served-model-name", name]
    assert words[len(words) - len(extra) :] == list(extra)


def test_all_tasks_start_and_end_together(tmp_path: Path) -> None:
    programs = Programs(tmp_path / "programs").make()
    slurm = {"srun": SRUN, "scontrol": "#!/bin/sh\necho 127.0.0.1\necho 127.0.0.2\n"}
    for name, text in slurm.items():
        (programs.folder / name).write_text(text)
        (programs.folder / name).chmod(0o755)
    port, gateway_port = free_port(), free_port()
    variables = places(programs, port, gateway_port) | {
        "PATH": f"{programs.folder}:{os.environ['PATH']}",
        "SLURM_JOB_NODELIST": "a[1-2]",
        "DRAGOMAN_KEY": "k",
        "HF_TOKEN": "t",
    }
    with running(only("slurm", NODES), tmp_path, **variables):
        until(lambda: programs.started("dragoman", gateway_port) is not None)
        until(lambda: programs.started("vllm", port) is not None)
        gateway = programs.started("dragoman", gateway_port)
        assert gateway and gateway["config"] == f"upstreams:\n  - url: http://127.0.0.1:{port}\n"
        until(lambda: len(list(tmp_path.glob("*-engine-*.log"))) == 2)
    until(lambda: gone(gateway["pid"]))


def test_without_a_key_nothing_is_started(tmp_path: Path) -> None:
    with running(only("slurm", REPLICAS), tmp_path, DRAGOMAN_KEY="") as job:
        said, _ = job.communicate(timeout=30)
    assert job.returncode != 0 and "DRAGOMAN_KEY" in said
