"""What a test makes a model say (see src/dragoman/embedded/scripted.py)."""

import base64
import json
from typing import Any


def inline(text: str) -> str:
    """A prompt that makes the model answer with `text`."""
    return f"[[SCRIPT64:{base64.b64encode(text.encode()).decode()}]]"


def call(name: str, **arguments: Any) -> str:
    """A tool call as models of the Hermes and Qwen families write it."""
    written = json.dumps({"name": name, "arguments": arguments}, ensure_ascii=False)
    return f"<tool_call>\n{written}\n</tool_call>"
