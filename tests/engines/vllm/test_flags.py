"""Words of a command line are read as vLLM's own parser reads them."""

import pytest

from dragoman.engines.vllm import flag_list
from dragoman.engines.vllm.flags import REMOVED, Flag, find, flags, spelled

# A word -> the main name of the flag that it names, None where it names none.
WORDS: dict[str, str | None] = {
    "--max-model-len": "--max-model-len",
    "--max_model_len": "--max-model-len",
    "--max-model-len=32K": "--max-model-len",
    "-tp": "--tensor-parallel-size",
    "--tensor-parallel": "--tensor-parallel-size",
    "--device-memory-utilization": "--gpu-memory-utilization",
    "--no-enable-prefix-caching": "--enable-prefix-caching",
    "--compilation-config.mode": "--compilation-config",
    "--compilation_config.cudagraph_mode=FULL": "--compilation-config",
    "-cc.mode": "--compilation-config",
    "-O3": "--optimization-level",
    "-O": "--optimization-level",
    "-q": "--quantization",
    "--max": None,
    "--nope": None,
    "-x": None,
    "--": None,
    "hermes": None,
}


@pytest.mark.parametrize("word", WORDS)
def test_a_flag_is_known_in_all_its_spellings(word: str) -> None:
    found = find(word)
    assert (found.name if isinstance(found, Flag) else None) == WORDS[word]


def test_a_beginning_that_fits_several_names_them() -> None:
    found = find("--max-num")
    assert isinstance(found, tuple)
    assert "--max-num-seqs" in found


def test_no_removed_flag_is_a_flag_of_this_version() -> None:
    assert not [name for name in REMOVED if isinstance(find(name), Flag)]


def test_the_list_is_the_one_of_the_engine_that_is_installed() -> None:
    from dragoman.engines.vllm import VERSION

    assert flag_list.VERSION == VERSION
    assert len(flags()) > 400


def test_what_a_flag_takes_is_known() -> None:
    takes = {name: flags()[name].takes for name in ("--enforce-eager", "--port", "--api-key", "--hf-token")}
    assert takes == {"--enforce-eager": "", "--port": "=", "--api-key": "+", "--hf-token": "?"}
    assert "hermes" in flags()["--tool-call-parser"].choices
    assert flags()["--disable-cascade-attn"].deprecated


def test_underscores_in_a_value_or_behind_a_dot_stay() -> None:
    assert spelled("--kv_cache_dtype=fp8_e4m3") == "--kv-cache-dtype"
    assert spelled("--compilation_config.use_inductor") == "--compilation-config.use_inductor"
