"""vLLM's own tool parsers on the texts of `benchmarks.toolcalls`; the engine's environment runs it.

    ENGINE_PYTHON -B vllm_parsers.py < cases.json

From stdin: `{"tokenizer": FOLDER, "tools": [...], "runs": [{"parser", "text", "piece"}]}`. For each run a
line of JSON: `ms`, CPU milliseconds, and `arguments`, how many characters of them came.
"""

import json
import sys
import time
from typing import Any


def main() -> None:
    from transformers import AutoTokenizer  # type: ignore[import-not-found]
    from vllm.entrypoints.openai.chat_completion import protocol  # type: ignore[import-not-found]
    from vllm.tool_parsers import ToolParserManager  # type: ignore[import-not-found]

    given = json.load(sys.stdin)
    tokenizer = AutoTokenizer.from_pretrained(given["tokenizer"])
    messages = [{"role": "user", "content": "x"}]
    for run in given["runs"]:
        request = protocol.ChatCompletionRequest(model="x", messages=messages, tools=given["tools"])
        parser = ToolParserManager.get_tool_parser(run["parser"])(tokenizer, request.tools)
        text, size = run["text"], run["piece"]
        pieces = [text[at : at + size] for at in range(0, len(text), size)]
        ids = [tokenizer.encode(piece, add_special_tokens=False) for piece in pieces]
        ms, count = cost(parser, request, pieces, ids)
        print(json.dumps({"ms": ms, "arguments": count}), flush=True)


def cost(parser: Any, request: Any, pieces: list[str], ids: list[list[int]]) -> tuple[float, int]:
    """What feeding the pieces costs, the way that the server feeds them, and the characters of arguments."""
    seen, count = "", 0
    seen_ids: list[int] = []
    began = time.process_time()
    for piece, new in zip(pieces, ids, strict=True):
        text, all_ids = seen + piece, seen_ids + new
        delta = parser.extract_tool_calls_streaming(seen, text, piece, seen_ids, all_ids, new, request)
        seen, seen_ids = text, all_ids
        for call in (delta.tool_calls if delta else None) or []:
            count += len(call.function.arguments or "") if call.function else 0
    return (time.process_time() - began) * 1000, count


if __name__ == "__main__":
    main()
