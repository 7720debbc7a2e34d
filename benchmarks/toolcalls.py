"""What reading a tool call costs: CPU milliseconds for one call, fed in small pieces.

    python -m benchmarks.toolcalls [--piece 4] [--sizes 5000,10000,20000,40000] [--ours]

The target is at most 40 ms for 20,000 characters of arguments, and twice that for 40,000. Beside it stand
vLLM's own parsers on the same texts, run in the engine's environment where that is installed; `--ours`
leaves them out. Compare within one run: machines differ. Their longest text takes a minute or more.
"""

import argparse
import json
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from dragoman import folder
from dragoman.places import embedded_model
from dragoman.runtime import environment
from dragoman.toolcalls import Format, Parser, Toolset, offered

LINE = 'def f(x: int) -> str:\n    return f"<b>{x}</b>" if x < 3 else \'no\'  # 中文 "quoted"\n'
SCHEMA = {"type": "object", "properties": {"content": {"type": "string"}, "rows": {"type": "array"}}}
TOOLS = offered([{"name": "Write", "input_schema": SCHEMA}])
ROUNDS = 5


def as_json(arguments: Mapping[str, Any]) -> str:
    return json.dumps({"name": "Write", "arguments": arguments}, ensure_ascii=False)


def rows(size: int) -> list[dict[str, Any]]:
    return [{"row": number, "words": LINE[:20]} for number in range(size // 50)]


CASES: dict[str, tuple[str, Callable[[str], str]]] = {
    "plain text": ("hermes_json", str),
    "hermes_json, a file": (
        "hermes_json",
        lambda text: f"<tool_call>{as_json({'content': text})}</tool_call>",
    ),
    "hermes_json, raw line ends": (
        "hermes_json",
        lambda text: f"<tool_call>{as_json({'content': text})}</tool_call>".replace("\\n", "\n"),
    ),
    "hermes_json, quotes not escaped": (
        "hermes_json",
        lambda text: f"<tool_call>{as_json({'content': text})}</tool_call>".replace('\\"', '"'),
    ),
    "hermes_json, a list of objects": (
        "hermes_json",
        lambda text: f"<tool_call>{as_json({'rows': rows(len(text))})}</tool_call>",
    ),
    "qwen_xml, a file": (
        "qwen_xml",
        lambda text: (
            f"<tool_call>\n<function=Write>\n<parameter=content>\n{text}\n</parameter>\n</function>\n</tool_call>"
        ),
    ),
    "glm_xml, a file": (
        "glm_xml",
        lambda text: (
            f"<tool_call>Write\n<arg_key>content</arg_key>\n<arg_value>{text}</arg_value>\n</tool_call>"
        ),
    ),
    "kimi_k2, a file": (
        "kimi_k2",
        lambda text: (
            "<|tool_calls_section_begin|><|tool_call_begin|>functions.Write:0<|tool_call_argument_begin|>"
            f"{json.dumps({'content': text})}<|tool_call_end|><|tool_calls_section_end|>"
        ),
    ),
    "pythonic, a file": ("pythonic", lambda text: f"[Write(content={text!r})]"),
    "auto, a file in qwen_xml": (
        "auto",
        lambda text: (
            f"<tool_call>\n<function=Write>\n<parameter=content>\n{text}\n</parameter>\n</function>\n</tool_call>"
        ),
    ),
}


def cost(format: Format, tools: Toolset, text: str, size: int) -> float:
    """CPU milliseconds to read `text` in pieces of `size` characters, the best of some rounds."""
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    best = float("inf")
    for _ in range(ROUNDS):
        parser = Parser(format, tools, False)
        began = time.process_time()
        for piece in pieces:
            parser.feed(piece)
        parser.close()
        best = min(best, time.process_time() - began)
    return best * 1000


THEIRS = {"hermes": "hermes_json, a file", "qwen3_coder": "qwen_xml, a file"}
"""vLLM's parsers, and the case that each of them reads."""


def text_of(case: str, size: int) -> str:
    return CASES[case][1]((LINE * size)[:size])


def theirs(python: Path, tokenizer: Path, sizes: Sequence[int], piece: int) -> Iterator[tuple[float, int]]:
    """CPU milliseconds of each of vLLM's parsers for each size, and the characters that it delivered."""
    runs = [
        {"parser": parser, "text": text_of(case, size), "piece": piece}
        for parser, case in THEIRS.items()
        for size in sizes
    ]
    function = {"name": "Write", "parameters": SCHEMA}
    asked = {"tokenizer": str(tokenizer), "tools": [{"type": "function", "function": function}], "runs": runs}
    script = Path(__file__).with_name("vllm_parsers.py")
    command = [str(python), "-B", str(script)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(asked))
        process.stdin.close()
        for line in process.stdout:
            if line.startswith("{"):
                said = json.loads(line)
                yield said["ms"], said["arguments"]


def compare(ours: Mapping[str, Sequence[float]], sizes: Sequence[int], piece: int) -> None:
    """Print the cost of vLLM's parsers, and how many times ours it is."""
    found = environment.status().environment
    if found is None:
        print("vLLM's own parsers are left out: no engine is installed (`dragoman engine install`).")
        return
    runs = theirs(found.python, embedded_model(), sizes, piece)
    for parser, case in THEIRS.items():
        costs = []
        for size in sizes:
            milliseconds, delivered = next(runs)
            assert delivered >= size, f"vLLM's {parser} lost arguments, so that its time means nothing"
            costs.append(milliseconds)
        show(f"vLLM {found.version} {parser}, a file", costs)
        ratios = (f"{cost / own:8.0f}x" for cost, own in zip(costs, ours[case], strict=True))
        print(f"{'  times ours':34}", *ratios, flush=True)


def show(name: str, costs: Sequence[float]) -> None:
    print(f"{name:34}", *(f"{milliseconds:9.1f}" for milliseconds in costs), flush=True)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("--piece", type=int, default=4)
    options.add_argument("--sizes", default="5000,10000,20000,40000")
    options.add_argument("--ours", action="store_true", help="without vLLM's parsers")
    given = options.parse_args()
    catalog = folder.catalog()
    sizes = [int(size) for size in given.sizes.split(",")]
    print(f"{'CPU ms, pieces of ' + str(given.piece):34}", *(f"{size:>9}" for size in sizes))
    ours: dict[str, list[float]] = {}
    for name, (format, _render) in CASES.items():
        ours[name] = [cost(catalog.find(format), TOOLS, text_of(name, size), given.piece) for size in sizes]
        show(name, ours[name])
    if not given.ours:
        compare(ours, sizes, given.piece)


if __name__ == "__main__":
    main()
