"""Which family a model belongs to, by the names that it goes by."""

import pytest

from dragoman import folder, toolcalls
from dragoman.model.profile import UNKNOWN, choose

FAMILIES = {
    "Qwen/Qwen3-235B-A22B-Instruct-2507": "qwen_instruct",
    "Qwen/Qwen3-235B-A22B-Instruct-2507-FP8": "qwen_instruct",
    "Qwen/Qwen3-235B-A22B-Thinking-2507": "qwen_thinking",
    "Qwen/Qwen3-235B-A22B": "qwen_hybrid",
    "Qwen/Qwen3-Next-80B-A3B-Instruct": "qwen_instruct",
    "Qwen/Qwen3-Coder-480B-A35B-Instruct": "qwen_coder",
    "Qwen/Qwen3-Coder-Next": "qwen_coder",
    "Qwen/Qwen3.5-397B-A17B": "qwen35",
    "/models/qwen2.5-coder-32b-instruct/": "qwen_instruct",
    "zai-org/GLM-4.6-FP8": "glm45",
    "zai-org/GLM-4.7": "glm47",
    "deepseek-ai/DeepSeek-R1-0528": "deepseek_r1",
    "deepseek-ai/DeepSeek-V3.1-Terminus": "deepseek_v31",
    "deepseek-ai/DeepSeek-V3.2": "deepseek_v32",
    "moonshotai/Kimi-K2-Instruct-0905": "kimi_k2",
    "moonshotai/Kimi-K2-Thinking": "kimi_k2_thinking",
    "MiniMaxAI/MiniMax-M2": "minimax_m2",
    "openai/gpt-oss-120b": "gpt_oss",
    "meta-llama/Llama-3.3-70B-Instruct": "llama3",
    "mistralai/Devstral-Small-2507": "mistral",
    "somebody/their-own-model": "unknown",
}


@pytest.mark.parametrize("name", FAMILIES)
def test_a_name_leads_to_its_family(name: str) -> None:
    assert choose(folder.profiles(), name).family == FAMILIES[name]


def test_the_first_name_that_fits_decides() -> None:
    found = choose(folder.profiles(), "my-alias", "Qwen/Qwen3-Coder-30B-A3B-Instruct", "qwen3-30b")
    assert found.family == "qwen_coder"


def test_nothing_is_known_of_no_name() -> None:
    assert choose(folder.profiles()) is UNKNOWN


def test_every_family_writes_its_calls_in_a_format_that_exists() -> None:
    known = {*folder.names(toolcalls), "auto"}
    assert {profile.tool_format for profile in folder.profiles()} <= known
