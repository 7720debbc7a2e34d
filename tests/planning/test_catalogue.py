"""Names that people write, and the checkpoints that they mean."""

import pytest

from dragoman import folder
from dragoman.model.checkpoint import Checkpoint
from dragoman.planning.catalogue import choices, complete, resolve, similar, single, word_of
from dragoman.planning.forms import subject_of
from dragoman.planning.parts import parameters
from dragoman.planning.reading import read
from tests.planning.models import DENSE, QWEN_235B

MODELS = folder.models()

MEANT = {
    "Qwen/Qwen3-235B-A22B-Instruct-2507-FP8": ("Qwen/Qwen3-235B-A22B-Instruct-2507-FP8", "fp8-block", True),
    "qwen/qwen3-235b-a22b-instruct-2507": ("Qwen/Qwen3-235B-A22B-Instruct-2507", "bf16", True),
    "Qwen/Qwen3-235B-A22B-Instruct": ("Qwen/Qwen3-235B-A22B-Instruct-2507", "bf16", False),
    "Qwen3-235B-A22B-NVFP4": ("nvidia/Qwen3-235B-A22B-NVFP4", "nvfp4", True),
    "Qwen3-235B-A22B-AWQ": ("cognitivecomputations/Qwen3-235B-A22B-AWQ", "awq-int4", True),
    "Qwen3.5-397B-A17B AWQ": ("Qwen3.5-397B-A17B AWQ", "awq-int4", True),
    "Qwen/Qwen3-Coder-30B-A3B-Instruct-AWQ": ("Qwen/Qwen3-Coder-30B-A3B-Instruct-AWQ", "awq-int4", True),
    "deepseek-ai/DeepSeek-V4-Flash": ("deepseek-ai/DeepSeek-V4-Flash", "fp8-block", True),
    "Qwen/Qwen3-235B-A22B-Instruct-FP8": ("Qwen/Qwen3-235B-A22B-Instruct-2507-FP8", "fp8-block", True),
    "Qwen3-235B-A22B-Instruct-NVFP4": ("nvidia/Qwen3-235B-A22B-Instruct-2507-NVFP4", "nvfp4", True),
    "someone/Qwen3-32B-AWQ": ("someone/Qwen3-32B-AWQ", "awq-int4", True),
    "gpt-oss-120b": ("openai/gpt-oss-120b", "mxfp4", False),
    "Qwen3-32B": ("Qwen/Qwen3-32B", "bf16", False),
}


@pytest.mark.parametrize("name", MEANT)
def test_a_name_means_a_checkpoint(name: str) -> None:
    found = resolve(name, MODELS)
    assert found
    first = found.choices[0]
    assert (first.checkpoint.id, subject_of(first).scheme.name, found.exact) == MEANT[name]


def test_a_name_that_no_hub_has_is_said_with_what_is_meant() -> None:
    found = resolve("Qwen/Qwen3-235B-A22B-Instruct", MODELS)
    assert found and "does not exist" in found.note
    assert "Qwen/Qwen3-235B-A22B-Instruct-2507-FP8 is meant" in found.note


def test_a_form_that_the_table_lacks_is_taken_by_its_name_and_said() -> None:
    found = resolve("someone/Qwen3-32B-W4A16", MODELS)
    assert found and found.choices[0].word == "w4a16" and "as its name says" in found.note


@pytest.mark.parametrize("name", ["", "nobody/nothing", "Qwen/Qwen3-235B-A22B-Instruct-2507-GGUF"])
def test_an_unknown_name_is_unknown(name: str) -> None:
    assert resolve(name, MODELS) is None


def test_similar_names_are_offered() -> None:
    assert "Qwen/Qwen3-Coder-30B-A3B-Instruct" in similar("Qwen/Qwen3-Coder-30B-A3B-Instrct", MODELS)
    assert similar("zzzzzzzz", MODELS) == []


def test_a_config_that_does_not_say_how_weights_are_stored_is_taken_by_its_name() -> None:
    found = single(Checkpoint("org/Some-Model-FP8", DENSE))
    assert subject_of(found.choices[0]).scheme.name == "fp8"
    assert "the name says fp8" in found.note
    assert single(Checkpoint("org/Some-Model", DENSE)).note == ""
    known = single(Checkpoint("Qwen/Qwen3-235B-A22B-FP8", QWEN_235B), MODELS)
    assert subject_of(known.choices[0]).scheme.name == "fp8-block"
    assert "the built-in table does" in known.note
    stated = {**DENSE, "quantization_config": {"quant_method": "awq"}}
    assert single(Checkpoint("org/Some-Model-FP8", stated)).note == ""


def test_words_at_the_end_of_names() -> None:
    assert [word_of(name) for name in ("a/b-FP8-dynamic", "b-AWQ-4bit", "b-NVFP4", "b-70B")] == [
        "fp8-dynamic",
        "awq-4bit",
        "nvfp4",
        "",
    ]


def test_every_model_of_the_table_can_be_read_and_every_id_is_listed_once() -> None:
    ids = [choice.checkpoint.id for model in MODELS for choice in choices(model)]
    assert len(ids) == len(set(ids)) > 60
    for model in MODELS:
        for choice in choices(model):
            subject = subject_of(choice)
            assert parameters(subject.arch).total > 1e9, choice.checkpoint.id
            assert subject.parts.total > 5e9


def test_a_shape_is_laid_over_another() -> None:
    known = {model.name: model for model in complete(MODELS)}
    april, july = known["Qwen3-235B-A22B"], known["Qwen3-235B-A22B-Instruct-2507"]
    assert (read(april.config).context, read(july.config).context) == (40960, 262144)
    assert read(april.config).layers == read(july.config).layers
