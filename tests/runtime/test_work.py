"""A deployment on this machine: time-outs by size, words for each device, GPUs of each replica's own."""

from dataclasses import replace
from pathlib import Path

import pytest

from dragoman.model.deployment import Deployment, Layout
from dragoman.places import embedded_model
from dragoman.runtime.patience import LEAST_S, UNKNOWN_S
from dragoman.runtime.work import Work, share, tiny_work, visible_gpus

PYTHON = Path("/env/bin/python")


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DRAGOMAN_STATE_DIR", str(tmp_path))
    monkeypatch.delenv("VLLM_CPU_KVCACHE_SPACE", raising=False)


def test_the_tiny_model_runs_on_the_cpu_as_it_is(tmp_path: Path) -> None:
    launch = tiny_work(extra=("--seed", "1")).launch(PYTHON, 9000, 4000)
    argv, variables = launch.command.argv, launch.command.environment
    assert argv[:5] == (str(PYTHON), "-m", "vllm.entrypoints.cli.main", "serve", str(embedded_model()))
    assert {"--enforce-eager", "--enable-auto-tool-choice", "hermes", "--seed"} <= set(argv)
    assert "--logits-processors" not in argv
    assert variables["HF_HUB_OFFLINE"] == variables["VLLM_CPU_KVCACHE_SPACE"] == "1"
    assert variables["VLLM_ENGINE_READY_TIMEOUT_S"] == "900"
    assert (launch.url, launch.start_s) == ("http://127.0.0.1:9000", LEAST_S)
    assert launch.log == tmp_path / "engine-4000.log"


def test_each_replica_has_gpus_and_a_log_of_its_own(tmp_path: Path) -> None:
    made = Deployment("Qwen/Q", "q", Layout(tensor=2), replicas=2)
    work = Work(made, "cuda", ("0", "1", "2", "3"))
    launches = [work.launch(PYTHON, 9000 + number, 4000, number) for number in (0, 1)]
    seen = [launch.command.environment["CUDA_VISIBLE_DEVICES"] for launch in launches]
    assert seen == ["0,1", "2,3"]
    assert [launch.log.name for launch in launches] == ["engine-4000.log", "engine-4000.1.log"]
    assert launches[0].start_s == UNKNOWN_S
    assert "HF_HUB_OFFLINE" not in launches[0].command.environment
    alone = replace(work, deployment=replace(made, replicas=1)).launch(PYTHON, 9000, 4000)
    assert "CUDA_VISIBLE_DEVICES" not in alone.command.environment


def test_a_users_own_words_decide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VLLM_CPU_KVCACHE_SPACE", "7")
    work = replace(tiny_work(), start_s=33.0)
    launch = work.launch(PYTHON, 9000, 4000)
    assert launch.command.environment["VLLM_CPU_KVCACHE_SPACE"] == "7"
    assert launch.start_s == 33


def test_no_two_replicas_share_a_gpu() -> None:
    made = Deployment("m", "m", Layout(tensor=2, pipeline=2), replicas=2)
    gpus = visible_gpus(8, {})
    shares = [share(gpus, made, number) for number in range(made.replicas)]
    assert sorted(shares[0] + shares[1]) == sorted(gpus)
    assert visible_gpus(8, {"CUDA_VISIBLE_DEVICES": "3, 5"}) == ("3", "5")


def test_ranks_get_their_own_address_and_what_says_how_machines_meet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NCCL_SOCKET_IFNAME", "eth1")
    monkeypatch.setenv("HF_TOKEN", "a secret")
    made = Deployment("Qwen/Q", "q", Layout(tensor=8, pipeline=2), nodes=2)
    work = Work(made, "cuda", ("0",) * 8, hosts=("10.0.0.1", "root@10.0.0.2"))
    launch = work.launch(PYTHON, 9000, 4000)
    member = launch.members[0]
    assert member.host == "root@10.0.0.2"
    assert member.log.name == "engine-4000.10.0.0.2.log"
    variables = member.command.environment
    assert (variables["VLLM_HOST_IP"], variables["NCCL_SOCKET_IFNAME"]) == ("10.0.0.2", "eth1")
    assert "HF_TOKEN" not in variables
    assert launch.command.environment["VLLM_HOST_IP"] == "10.0.0.1"
    first, second = launch.command.argv, member.command.argv
    assert first[first.index("--master-port") + 1] == second[second.index("--master-port") + 1]
    assert "VLLM_HOST_IP" not in Work(made, "cuda", hosts=("a", "b")).launch(PYTHON, 1, 2).command.environment
