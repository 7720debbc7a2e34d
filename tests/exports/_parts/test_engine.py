"""The engine's words are those of the planner's own rendering, but for address, rank and order."""

from dataclasses import replace

import pytest

from dragoman.engines.vllm import serve
from dragoman.exports import Options
from dragoman.exports._parts import engine
from tests.exports.cases import CASES, NODES, ODD, ONE, REPLICAS


@pytest.mark.parametrize("case", CASES)
def test_words_are_what_serve_says(case: str) -> None:
    deployment = CASES[case]
    plain = serve.arguments(replace(deployment, extra=()))
    assert engine.words(deployment, Options()) == plain + engine.QUIET


def test_on_the_cpu_they_are_what_up_runs() -> None:
    words = engine.words(ONE, Options(device="cpu"))
    assert words[-3:] == ("--enforce-eager", "--max-num-seqs", "8")
    assert engine.variables(ONE, Options(device="cpu"))["VLLM_CPU_KVCACHE_SPACE"] == "1"


def test_a_rank_adds_what_serve_adds() -> None:
    words = engine.rank_words(NODES, 1, "head")
    assert words == (
        "--nnodes",
        "2",
        "--node-rank",
        "1",
        "--master-addr",
        "head",
        "--master-port",
        "29501",
        "--headless",
    )


def test_variables_that_hold_keys_are_not_written() -> None:
    given = replace(ONE, environment={"HF_TOKEN": "a", "MY_API_KEY": "b", "TOKENIZERS_PARALLELISM": "c"})
    assert engine.secrets(given) == ["HF_TOKEN", "MY_API_KEY"]
    assert not {"a", "b"} & set(engine.variables(given, Options()).values())
    assert engine.variables(given, Options())["TOKENIZERS_PARALLELISM"] == "c"


def test_gpus_and_machines() -> None:
    assert [list(engine.devices(REPLICAS, k)) for k in range(2)] == [[0, 1, 2, 3], [4, 5, 6, 7]]
    assert (engine.machines(REPLICAS), engine.machines(NODES), engine.machines(ODD)) == (1, 2, 4)
    assert engine.gpus_each(NODES, Options()) == 8
    assert engine.gpus_each(NODES, Options(device="cpu")) == 0


def test_words_are_grouped_as_people_read_them() -> None:
    assert list(engine.flags(("m", "--a", "1", "--b", "--c", "x", "y"))) == [
        ["m"],
        ["--a", "1"],
        ["--b"],
        ["--c", "x", "y"],
    ]
