"""What runs inside the tests' engine: scripts looked up alone, and all of it through a real vLLM."""

import base64
import importlib.util
import json
import sys
import urllib.error
import urllib.request
from enum import Enum
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from tests.random_model import SOURCES
from tests.real_engine import RealEngine


class Direction(Enum):
    UNIDIRECTIONAL = 1
    SWAP = 2


class Characters:
    """A tokenizer whose tokens are characters."""

    eos_token_id = -1

    def decode(self, ids: list[int], skip_special_tokens: bool) -> str:
        assert not skip_special_tokens
        return "".join(map(chr, ids))

    def encode(self, text: str, add_special_tokens: bool) -> list[int]:
        assert not add_special_tokens
        return list(map(ord, text))


class Row(dict[int, float]):
    """One request's logits."""

    def fill_(self, value: float) -> None:
        self["all"] = value  # type: ignore[index]


class Logits:
    """Logits that remember which token was allowed."""

    def __init__(self) -> None:
        self.rows: dict[int, Row] = {}
        self.chosen: dict[int, int] = {}

    def __getitem__(self, row: int) -> Row:
        return self.rows.setdefault(row, Row())

    def __setitem__(self, at: tuple[int, int], value: float) -> None:
        assert value == 0.0
        self.chosen[at[0]] = at[1]


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The module, with as much of vLLM and transformers as it touches."""
    transformers = ModuleType("transformers")
    tokenizers = SimpleNamespace(from_pretrained=lambda _: Characters())
    transformers.AutoTokenizer = tokenizers  # type: ignore[attr-defined]
    logits = ModuleType("vllm.v1.sample.logits_processor")
    logits.LogitsProcessor, logits.MoveDirectionality = object, Direction  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "transformers", transformers)
    for name in ("vllm", "vllm.v1", "vllm.v1.sample"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    monkeypatch.setitem(sys.modules, logits.__name__, logits)
    monkeypatch.delenv("DRAGOMAN_SCRIPTS", raising=False)
    spec = importlib.util.spec_from_file_location("scripted", SOURCES / "scripted.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def inline(text: str) -> str:
    return f"[[SCRIPT64:{base64.b64encode(text.encode()).decode()}]]"


class Server:
    """A batch as vLLM drives it."""

    def __init__(self, scripted: Any) -> None:
        config = SimpleNamespace(model_config=SimpleNamespace(tokenizer="x"))
        self.forced = scripted.ScriptedText(config, None, False)

    def update(self, removed: Any = (), added: Any = (), moved: Any = ()) -> None:
        self.forced.update_state(SimpleNamespace(removed=removed, added=added, moved=moved))

    def add(self, row: int, prompt: str, script: object = None) -> list[int]:
        output: list[int] = []
        extra = None if script is None else {"script": script}
        self.update(added=[(row, SimpleNamespace(extra_args=extra), list(map(ord, prompt)), output)])
        return output

    def chosen(self) -> dict[int, int]:
        return self.forced.apply(Logits()).chosen  # type: ignore[no-any-return]

    def say(self, row: int, output: list[int], most: int = 60) -> str:
        while len(output) < most and (token := self.chosen()[row]) != Characters.eos_token_id:
            output.append(token)
        return "".join(map(chr, output))


ANSWERS = {"@one": ["first", "second"], "@two": ["deux"], "@bad": "no list", "@loop": ["ab[[LOOP]]"]}
OPEN = "<|im_start|>assistant\n"
PROMPTS: dict[str, tuple[str, object, str | None]] = {
    "nothing chosen": ("hi", None, None),
    "the request's own field": ("hi", "said", "said"),
    "the field before the prompt": (inline("inline"), "said", "said"),
    "an empty script is an empty answer": ("hi", "", ""),
    "inline": (f"x {inline('杭州 <b>')} y", None, "杭州 <b>"),
    "the last inline one": (inline("old") + inline("new"), None, "new"),
    "inline before the file": ("@one" + inline("inline"), None, "inline"),
    "inline that is no base64": ("[[SCRIPT64:!!]]", None, "SCRIPT ERROR:"),
    "the first answer": (f"@one {OPEN}", None, "first"),
    "the second answer": (f"@one {OPEN}first {OPEN}", None, "second"),
    "the last answer repeats": (f"@one {OPEN}first {OPEN}second {OPEN}", None, "second"),
    "turns before the marker do not count": (f"{OPEN}old @one {OPEN}", None, "first"),
    "the last marker decides": (f"@one {OPEN}first @two {OPEN}", None, "deux"),
    "answers that are no list": (f"@bad {OPEN}", None, "SCRIPT ERROR:"),
    "a loop": (f"@loop {OPEN}", None, "ab" * 30),
}


@pytest.mark.parametrize("name", PROMPTS)
def test_scripts_are_found(name: str, scripted: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prompt, field, expected = PROMPTS[name]
    (tmp_path / "scripts.json").write_text(json.dumps(ANSWERS))
    monkeypatch.setenv("DRAGOMAN_SCRIPTS", str(tmp_path / "scripts.json"))
    server = Server(scripted)
    output = server.add(0, prompt, field)
    if expected is None:
        assert server.chosen() == {}
    elif expected == "SCRIPT ERROR:":
        assert server.say(0, output).startswith(expected)
    else:
        assert server.say(0, output) == expected


def test_a_file_that_cannot_be_read_is_said(scripted: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRAGOMAN_SCRIPTS", "/nowhere.json")
    server = Server(scripted)
    assert server.say(0, server.add(0, "hi")).startswith("SCRIPT ERROR: FileNotFoundError")


def test_the_place_is_the_output_s_length_and_not_a_count_of_calls(scripted: Any) -> None:
    server = Server(scripted)
    output = server.add(0, "hi", "abc")
    assert [server.chosen()[0] for _ in range(3)] == [ord("a")] * 3
    output.append(ord("a"))
    assert server.chosen()[0] == ord("b")


def test_rows_are_removed_added_and_moved_in_that_order(scripted: Any) -> None:
    server = Server(scripted)
    server.add(0, "", "a")
    server.add(1, "", "b")
    server.update(moved=[(0, 1, Direction.SWAP)])
    assert server.chosen() == {0: ord("b"), 1: ord("a")}
    server.update(moved=[(0, 2, Direction.UNIDIRECTIONAL)])
    assert server.chosen() == {1: ord("a"), 2: ord("b")}
    plain = SimpleNamespace(extra_args=None)
    server.update(removed=[1], added=[(2, plain, [1], [])], moved=[(2, 1, Direction.UNIDIRECTIONAL)])
    assert server.chosen() == {}
    server.forced.update_state(None)


def test_a_script_that_is_no_text_is_refused_before_it_reaches_the_engine(scripted: Any) -> None:
    with pytest.raises(ValueError, match="must be a string"):
        scripted.ScriptedText.validate_params(SimpleNamespace(extra_args={"script": 5}))
    scripted.ScriptedText.validate_params(SimpleNamespace(extra_args=None))


def ask(real_engine: RealEngine, **body: Any) -> Any:
    request = urllib.request.Request(
        f"{real_engine.url}/v1/chat/completions",
        json.dumps({"model": real_engine.model, "max_tokens": 200} | body).encode(),
        {"content-type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=120) as answer:
        return json.load(answer)


def user(text: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": text}]


BASH = {
    "type": "function",
    "function": {
        "name": "Bash",
        "parameters": {
            "type": "object",
            "properties": {"command": {"type": "string"}},
            "required": ["command"],
        },
    },
}
CALL = '<tool_call>\n{"name": "Bash", "arguments": {"command": "echo \\"杭州\\" \\\\"}}\n</tool_call>'


@pytest.mark.engine
def test_a_scripted_call_comes_out_of_the_real_parser(real_engine: RealEngine) -> None:
    reply = ask(real_engine, messages=user("hi"), tools=[BASH], vllm_xargs={"script": "Looking.\n" + CALL})
    choice = reply["choices"][0]
    assert choice["finish_reason"] == "tool_calls"
    assert choice["message"]["content"] == "Looking.\n"
    (call,) = choice["message"]["tool_calls"]
    assert call["function"]["name"] == "Bash"
    assert json.loads(call["function"]["arguments"]) == {"command": 'echo "杭州" \\'}


@pytest.mark.engine
def test_an_unscripted_request_gets_noise_of_the_asked_length(real_engine: RealEngine) -> None:
    reply = ask(real_engine, messages=user("hi"), max_tokens=7)
    assert reply["usage"]["completion_tokens"] <= 7
    assert reply["choices"][0]["finish_reason"] in ("length", "stop")


@pytest.mark.engine
def test_a_file_of_scripts_drives_a_conversation(real_engine: RealEngine) -> None:
    real_engine.scripts.write_text(json.dumps({"@agent": ["one 一", "two"]}))
    first = ask(real_engine, messages=user("@agent go"))["choices"][0]["message"]
    assert first["content"] == "one 一"
    messages = [*user("@agent go"), {"role": "assistant", "content": first["content"]}, *user("on")]
    assert ask(real_engine, messages=messages)["choices"][0]["message"]["content"] == "two"


@pytest.mark.engine
def test_a_loop_runs_to_the_limit_and_a_bad_script_is_said(real_engine: RealEngine) -> None:
    loop = ask(real_engine, messages=user(inline("la [[LOOP]]")), max_tokens=40)
    assert loop["choices"][0]["finish_reason"] == "length"
    assert loop["choices"][0]["message"]["content"].startswith("la la la ")
    bad = ask(real_engine, messages=user("[[SCRIPT64:!!]]"))
    assert bad["choices"][0]["message"]["content"].startswith("SCRIPT ERROR: ")
    with pytest.raises(urllib.error.HTTPError, match="400"):
        ask(real_engine, messages=user("hi"), vllm_xargs={"script": 5})


CONVERSATION = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "go"},
    {
        "role": "assistant",
        "content": "Both.",
        "reasoning": " hm ",
        "tool_calls": [
            {"id": "1", "type": "function", "function": {"name": "Bash", "arguments": '{"command": "ls"}'}},
            {"id": "2", "type": "function", "function": {"name": "Bash", "arguments": "{}"}},
        ],
    },
    {"role": "tool", "tool_call_id": "1", "content": "a"},
    {"role": "tool", "tool_call_id": "2", "content": [{"type": "text", "text": "b"}]},
    {"role": "system", "content": "late"},
    {"role": "user", "content": [{"type": "text", "text": "x"}, {"type": "text", "text": "y"}]},
]
RENDERED = """Be brief.<|im_end|>
<|im_start|>user
go<|im_end|>
<|im_start|>assistant
<think>
hm
</think>

Both.
<tool_call>
{"name": "Bash", "arguments": {"command": "ls"}}
</tool_call>
<tool_call>
{"name": "Bash", "arguments": {}}
</tool_call><|im_end|>
<|im_start|>user
<tool_response>
a
</tool_response>
<tool_response>
b
</tool_response><|im_end|>
<|im_start|>system
late<|im_end|>
<|im_start|>user
x
y<|im_end|>
<|im_start|>assistant
"""


@pytest.mark.engine
def test_the_template_renders_a_conversation_as_the_family_does(real_engine: RealEngine) -> None:
    asked = {"messages": CONVERSATION, "return_prompt_text": True, "max_tokens": 1}
    assert ask(real_engine, **asked)["prompt_text"] == "<|im_start|>system\n" + RENDERED
    tools = ask(real_engine, tools=[BASH, BASH], **asked)["prompt_text"]
    head, _, rest = tools.partition("<|im_end|>\n")
    assert head.startswith("<|im_start|>system\nBe brief.\n\n# Tools\n")
    assert [json.loads(line) for line in head.splitlines() if line.startswith('{"type"')][1][
        "type"
    ] == "function"
    assert rest == RENDERED.partition("<|im_end|>\n")[2]
    bare = ask(real_engine, messages=user("hi"), return_prompt_text=True, max_tokens=1)["prompt_text"]
    assert bare == "<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n"
