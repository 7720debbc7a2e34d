"""Faults planted in engines, each found at the engine itself and behind a gateway, and nothing else."""

from pathlib import Path
from typing import Any

import pytest

from dragoman.doctor.gathering import Wanted
from tests.doctor.examined import SECRET, examine, well

COLD = (
    'vllm:prefix_cache_queries_total{engine="0"} 400000.0',
    'vllm:prefix_cache_hits_total{engine="0"} 12.0',
)
FULL = (
    'vllm:num_requests_waiting{engine="0"} 2.0',
    'vllm:kv_cache_usage_perc{engine="0"} 0.99',
)
MANY = (
    'vllm:num_requests_waiting{engine="0"} 20.0',
    'vllm:num_requests_running{engine="0"} 8.0',
)
OFF = ('vllm:cache_config_info{block_size="16",enable_prefix_caching="False",engine="0"} 1.0',)
CODER, THINKS = "qwen3-coder-30b-a3b-instruct", "qwen3-235b-a22b-thinking-2507"

# What was planted -> the check that finds it, words of its mend, whether a gateway works around it.
PLANTED: dict[str, tuple[dict[str, Any], str, str, bool]] = {
    "no parser": ({"parser": ""}, "tool_parser_missing", "--tool-call-parser hermes", True),
    "no parser for Qwen3-Coder": (
        {"parser": "", "model": CODER},
        "tool_parser_missing",
        "--tool-call-parser qwen3_coder",
        True,
    ),
    "a parser without its switch": (
        {"auto": False},
        "auto_choice_missing",
        "Add --enable-auto-tool-choice",
        True,
    ),
    "a parser that swallows calls": (
        {"parser": "qwen3_coder"},
        "tool_parser_wrong",
        "--tool-call-parser hermes",
        True,
    ),
    "a parser that leaves calls in the text": (
        {"parser": "llama3_json", "leaves": True},
        "tool_parser_wrong",
        "--tool-call-parser hermes",
        True,
    ),
    "the parser of Qwen3 for Qwen3-Coder": (
        {"model": CODER, "leaves": True},
        "tool_parser_wrong",
        "--tool-call-parser qwen3_coder",
        True,
    ),
    "a reasoning parser for an Instruct model": (
        {"reasons": True},
        "reasoning_parser_wrong",
        "without --reasoning-parser",
        True,
    ),
    "no reasoning parser for a Thinking model": (
        {"model": THINKS},
        "reasoning_parser_missing",
        "--reasoning-parser qwen3",
        True,
    ),
    "tools left out with none": (
        {"excludes": True},
        "tools_excluded",
        "without --exclude-tools-when-tool-choice-none",
        True,
    ),
    "a template without tools": ({"renders": False}, "template_without_tools", "--chat-template", True),
    "a template with one system message": (
        {"late_system": False},
        "template_one_system",
        "Put the gateway before the engine",
        True,
    ),
    "a window of 32k": ({"window": 32768}, "window_small", "longer --max-model-len", False),
    "no prefix cache": ({"meters": OFF}, "prefix_cache_off", "--enable-prefix-caching", False),
    "a prefix cache that is never hit": (
        {"meters": COLD},
        "prefix_cache_cold",
        "CLAUDE_CODE_ATTRIBUTION_HEADER=0",
        False,
    ),
    "a queue before a full cache": ({"meters": FULL}, "queue", "--kv-cache-dtype fp8", False),
    "a queue before a cache with room": ({"meters": MANY}, "queue", "--max-num-seqs", False),
    "a dead engine core": ({"health": 503}, "engine_sick", "Start the engine again", False),
}
WELL: dict[str, dict[str, Any]] = {
    "Instruct": {},
    "Qwen3-Coder": {"model": CODER, "parser": "qwen3_coder"},
    "Thinking": {"model": THINKS, "reasons": True},
    "an unknown family without a parser's name": {"model": "my-model"},
    "a window of 128k": {"window": 131072},
    "a fresh start": {"meters": ('vllm:prefix_cache_queries_total{engine="0"} 0.0', *COLD[1:])},
    "one that waits while many run": {"meters": ('vllm:num_requests_waiting{engine="0"} 1.0', MANY[1])},
}


@pytest.mark.parametrize("fault", PLANTED)
def test_a_planted_fault_is_found_with_its_mend_and_nothing_else(fault: str, tmp_path: Path) -> None:
    planted, check, mend, around = PLANTED[fault]
    with well(**planted) as (engine, gateway):
        direct = examine(Wanted(engine.url), tmp_path)
        assert list(direct) == [check]
        assert mend in direct[check][0].mend
        assert direct[check][0].matters
        behind = examine(Wanted(gateway.url, SECRET), tmp_path)
    assert list(behind) == [check]
    assert behind[check][0].matters is not around


@pytest.mark.parametrize("engine", WELL)
def test_nothing_is_found_where_all_is_well(engine: str, tmp_path: Path) -> None:
    with well(**WELL[engine]) as (posing, gateway):
        assert examine(Wanted(posing.url), tmp_path) == {}
        assert examine(Wanted(gateway.url, SECRET), tmp_path) == {}


def test_a_window_of_64k_is_worth_knowing_and_no_more(tmp_path: Path) -> None:
    with well(window=65536) as (engine, _gateway):
        found = examine(Wanted(engine.url), tmp_path)
    assert list(found) == ["window_small"]
    assert not found["window_small"][0].matters


def test_an_engine_with_a_key_is_well_behind_a_gateway_that_has_it(tmp_path: Path) -> None:
    with well(key="engines-own-key") as (engine, gateway):
        assert examine(Wanted(gateway.url, SECRET), tmp_path) == {}
        assert examine(Wanted(engine.url, "engines-own-key"), tmp_path) == {}
        assert list(examine(Wanted(engine.url), tmp_path)) == ["key_refused"]
