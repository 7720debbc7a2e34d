"""Forms of weights: a checkpoint's own, a published sibling, or what the engine makes while it loads."""

import pytest

from dragoman import folder
from dragoman.model.checkpoint import Checkpoint
from dragoman.planning.catalogue import resolve, single
from dragoman.planning.forms import subject_of, subjects
from tests.planning.models import DENSE, QWEN_235B, QWEN_235B_FP8, choice

MODELS = folder.models()

CASES: dict[str, tuple[str, str, list[tuple[str, str]]]] = {
    "one of those that a name means": (
        "Qwen/Qwen3-235B-A22B-Instruct",
        "fp8",
        [("Qwen/Qwen3-235B-A22B-Instruct-2507-FP8", "fp8-block")],
    ),
    "a sibling of a checkpoint": (
        "Qwen/Qwen3-235B-A22B",
        "gptq",
        [("Qwen/Qwen3-235B-A22B-GPTQ-Int4", "gptq-int4")],
    ),
    "the sibling counts before what the engine would make": (
        "Qwen/Qwen3-235B-A22B-Instruct-2507",
        "fp8",
        [("Qwen/Qwen3-235B-A22B-Instruct-2507-FP8", "fp8-block")],
    ),
    "made while loading": (
        "Qwen/Qwen3-30B-A3B",
        "fp8 online block",
        [("Qwen/Qwen3-30B-A3B", "fp8-online-block")],
    ),
    "made while loading where none was published": (
        "zai-org/GLM-4.7-Flash",
        "fp8",
        [("zai-org/GLM-4.7-Flash", "fp8-online")],
    ),
    "as if somebody had published it": (
        "zai-org/GLM-4.7-Flash",
        "awq",
        [("zai-org/GLM-4.7-Flash", "awq-int4")],
    ),
    "its own form, whatever is pinned": (
        "MiniMaxAI/MiniMax-M2",
        "awq",
        [("MiniMaxAI/MiniMax-M2", "fp8-block")],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_pinned_form(name: str) -> None:
    model, quant, wanted = CASES[name]
    resolved = resolve(model, MODELS)
    assert resolved
    found = subjects(resolved.choices, quant)
    assert [(subject.checkpoint.id, subject.scheme.name) for subject in found] == wanted


@pytest.mark.parametrize(
    ("model", "quant", "words"),
    [
        ("Qwen/Qwen3-235B-A22B", "gptq", "is the same model so"),
        ("zai-org/GLM-4.7-Flash", "awq", "No checkpoint of it in awq-int4 is known"),
        ("MiniMaxAI/MiniMax-M2", "awq", "is stored as fp8-block, and served as that"),
        ("MiniMaxAI/MiniMax-M2", "fp8", ""),
    ],
)
def test_what_was_made_of_it_is_said(model: str, quant: str, words: str) -> None:
    resolved = resolve(model, MODELS)
    assert resolved
    assert words in subjects(resolved.choices, quant)[0].note


def test_a_config_alone_may_be_of_any_form() -> None:
    found = single(Checkpoint("mine", QWEN_235B_FP8)).choices
    assert [subject.scheme.name for subject in subjects(found, "bf16")] == ["bf16"]
    plain = single(Checkpoint("mine", QWEN_235B)).choices
    assert [subject.scheme.flag for subject in subjects(plain, "fp8-block")] == [""]


def test_nothing_pinned_is_all_as_it_is() -> None:
    resolved = resolve("Qwen3-235B-A22B-Instruct-2507", MODELS)
    assert resolved and len(subjects(resolved.choices, "")) == 4


def test_headers_hold_for_the_own_form_alone() -> None:
    sized = choice(DENSE)
    real = Checkpoint("x", DENSE, size=round(subject_of(sized).parts.total * 1.1))
    own = subject_of(single(real).choices[0])
    assert own.parts.total == pytest.approx(real.size, rel=0.001)
    other = subjects(single(real).choices, "awq")[0]
    assert other.parts.total < own.parts.total / 2
