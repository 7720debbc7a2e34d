"""However vLLM is called, its model and options are found."""

import pytest

from dragoman.planning.judge.scanning import read
from dragoman.planning.judge.starts import Start, starts

# How it is called -> the entry, the model, what stands before.
CALLS: dict[str, tuple[str, str, list[str]]] = {
    "vllm serve m": ("serve", "m", []),
    "/opt/venv/bin/vllm serve m": ("serve", "m", []),
    "A=1 nohup vllm serve m": ("serve", "m", ["A=1", "nohup"]),
    "vllm serve --port 1 m": ("serve", "m", []),
    "vllm serve --model m --port 1": ("serve", "m", []),
    "vllm serve --model=m": ("serve", "m", []),
    "uv run vllm serve m": ("serve", "m", ["uv", "run"]),
    "python -m vllm.entrypoints.openai.api_server --model m": ("module", "m", []),
    "python3.11 -m vllm.entrypoints.openai.api_server --model m": ("module", "m", []),
    "python3 -u -B -m vllm.entrypoints.openai.api_server --model=m": ("module", "m", []),
    "python -m vllm.entrypoints.cli.main serve m": ("serve", "m", []),
    "docker run --gpus all vllm/vllm-openai:latest --model m": (
        "image",
        "m",
        ["docker", "run", "--gpus", "all"],
    ),
    "docker run --name vllm quay.io/x/vllm-openai m": ("image", "m", ["docker", "run", "--name", "vllm"]),
    "if vllm serve m": ("serve", "m", ["if"]),
}
NONE = [
    "vllm bench serve m",
    "echo vllm",
    "docker ps vllm/vllm-openai",
    "python vllm.py",
    "pip install vllm",
    "vllm",
]


def one(text: str) -> Start:
    (start,) = starts(read(text, "sh"))
    return start


@pytest.mark.parametrize("text", CALLS)
def test_a_call_is_recognized(text: str) -> None:
    start = one(text)
    entry, model, before = CALLS[text]
    assert start.model is not None
    assert (start.entry, start.model.text) == (entry, model)
    assert [word.text for word in start.before] == before


@pytest.mark.parametrize("text", NONE)
def test_what_is_no_start_is_left_alone(text: str) -> None:
    assert list(starts(read(text, "sh"))) == []


def test_options_have_their_values_in_every_spelling() -> None:
    start = one(
        "vllm serve m -tp 4 --max_model_len=32K --enforce-eager --served-model-name a b --nope x y -O3"
    )
    assert {option.name: [v.text for v in option.values] for option in start.options} == {
        "--tensor-parallel-size": ["4"],
        "--max-model-len": ["32K"],
        "--enforce-eager": [],
        "--served-model-name": ["a", "b"],
        "--nope": ["x", "y"],
        "--optimization-level": [],
    }
    assert start.stray == ()


def test_of_two_the_last_one_counts() -> None:
    option = one("vllm serve m --port 1 --port 2").of("--port")
    assert option is not None
    assert option.values[0].text == "2"


def test_words_that_only_the_shell_knows_are_kept_apart() -> None:
    start = one('vllm serve m "${ARGS[@]}" $(cat flags)')
    assert [word.text for word in start.open] == ["${ARGS[@]}", "$(cat flags)"]


def test_an_array_is_filled_in() -> None:
    start = one('A=(--port 1 # one\n --host "h i")\nA+=(--x)\nvllm serve m "${A[@]}" --seed 2')
    assert [option.name for option in start.options] == ["--port", "--host", "--x", "--seed"]
    assert start.open == ()


def test_a_line_that_a_mark_swallowed_is_no_part_of_the_start() -> None:
    start = one("vllm serve m --port 1 \\\necho done --now\n")
    assert [word.text for word in start.swallowed] == ["echo", "done", "--now"]
    assert [option.name for option in start.options] == ["--port"]
