"""What reading a tool call costs: CPU milliseconds for one call, fed in small pieces.

    python -m benchmarks.toolcalls [--piece 4] [--sizes 5000,10000,20000,40000]

The target is at most 40 ms for 20,000 characters of arguments, and twice that for 40,000.
"""

import argparse
import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from dragoman import folder, toolcalls
from dragoman.toolcalls import Catalog, Format, Parser, Toolset, offered

LINE = 'def f(x: int) -> str:\n    return f"<b>{x}</b>" if x < 3 else \'no\'  # 中文 "quoted"\n'
TOOLS = offered(
    [
        {
            "name": "Write",
            "input_schema": {
                "type": "object",
                "properties": {"content": {"type": "string"}, "rows": {"type": "array"}},
            },
        }
    ]
)
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


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("--piece", type=int, default=4)
    options.add_argument("--sizes", default="5000,10000,20000,40000")
    given = options.parse_args()
    catalog = Catalog({name: folder.load(toolcalls, name).FORMAT for name in folder.names(toolcalls)})
    sizes = [int(size) for size in given.sizes.split(",")]
    print(f"{'CPU ms, pieces of ' + str(given.piece):34}", *(f"{size:>9}" for size in sizes))
    for name, (format, render) in CASES.items():
        costs = (
            cost(catalog.find(format), TOOLS, render((LINE * size)[:size]), given.piece) for size in sizes
        )
        print(f"{name:34}", *(f"{milliseconds:9.1f}" for milliseconds in costs))


if __name__ == "__main__":
    main()
