"""What can be found out about a running vLLM from outside, from 0.8 on.

`/metrics` has the counter of parser invocations if and only if a tool parser is set; a chat with
tools and `tool_choice: auto` is refused where it does not work; prompt sizes tell what was rendered.
"""

import re
from collections.abc import Generator

from dragoman.engines import HELLO, TOOL, Question, Reply, Survey, brief, one_token, prompt_tokens
from dragoman.model.engine import EngineFacts
from dragoman.model.profile import Profile

ENGINE_TYPE = frozenset(
    {"deepseek_v4", "deepseek_v41", "gemma4", "glm45", "glm47", "granite", "inkling", "kimi_k2", "ling3"}
    | {"mimo", "minimax_m2", "minimax_m3", "mistral", "plamo3", "qwen3_coder", "qwen3_xml", "seed_oss"}
    | {"step3p5"}
)
"""Tool parsers that take the calls out of the text whatever `tool_choice` says."""

LOSSY = frozenset({"mimo", "qwen3_coder", "qwen3_xml"})
"""Those of them that end a value at any closing tag in it, and take quadratic time."""

NO_AUTO = '"auto" tool choice requires'
NO_REASONING = "reasoning_config is not configured"
BUDGETS_SINCE = (0, 32)
"""From this version on a thinking budget is known to be refused without a reasoning parser; older ones may
take any field that they do not know."""

TAGS_SINCE = (0, 32)
"""From this version on structural tags take properties in any order."""


def survey(model: str, profile: Profile) -> Survey:
    version = yield Question("/version")
    found = version.json.get("version")
    metrics = yield Question("/metrics")
    if not isinstance(found, str) or not (b"vllm:" in metrics.body or metrics.status != 200):
        return None
    parses = yield from parses_calls(model)
    renders, counts = yield from renders_tools(model)
    thinking = yield one_token(model, thinking_token_budget=1)
    reasons = splits_thinking(thinking, found)
    tags = numbers(found) >= TAGS_SINCE
    return EngineFacts("vllm", brief(found), parses, renders, "none", counts, reasons=reasons, tags=tags)


def numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", version)[:2]))


def splits_thinking(reply: Reply, version: str) -> bool | None:
    """Whether a reasoning parser is set, by the answer to a request with a thinking budget."""
    if reply.status == 400:
        return False if NO_REASONING in text_of(reply) else None
    if reply.status != 200:
        return None
    if b'"reasoning":"' in reply.body or b'"reasoning_content":"' in reply.body:
        return True
    return True if numbers(version) >= BUDGETS_SINCE else None


def parses_calls(model: str) -> Generator[Question, Reply, bool | None]:
    """Whether `auto` works; without a generation where the server has the Messages routes."""
    tool = {"name": "look_up", "input_schema": {"type": "object", "properties": {}}}
    asked = {"model": model, "messages": HELLO, "tools": [tool]}
    counted = yield Question("/v1/messages/count_tokens", asked)
    if counted.status not in (200, 400):
        counted = yield one_token(model, tools=[TOOL])
    if counted.status == 200:
        return True
    return False if NO_AUTO in text_of(counted) else None


def renders_tools(model: str) -> Generator[Question, Reply, tuple[bool | None, bool]]:
    """Whether tools stand in the prompt with `tool_choice: none`; and whether prompts can be counted."""
    plain = yield Question("/tokenize", {"model": model, "messages": HELLO})
    sent = yield one_token(model, tools=[TOOL], tool_choice="none")
    size, with_tools = prompt_tokens(plain), prompt_tokens(sent)
    if size is None:
        bare = yield one_token(model)
        size = prompt_tokens(bare)
    counts = plain.status == 200
    if size is None or with_tools is None:
        return None, counts
    return with_tools > size, counts


def text_of(reply: Reply) -> str:
    return reply.body.decode(errors="replace").replace('\\"', '"')
