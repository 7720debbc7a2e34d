"""Llama 3: `{"name": …, "parameters": {…}}`, alone or after `<|python_tag|>`, several joined by `;`."""

from dragoman.toolcalls._parts import wordings
from dragoman.toolcalls._parts.format import Format
from dragoman.toolcalls._parts.tagged import json_reader

FORMAT = Format(
    openers={"<|python_tag|>": json_reader("<|eom_id|>", "<|eot_id|>")},
    closers=("<|eom_id|>", "<|eot_id|>"),
    noise=("<|eom_id|>", "<|eot_id|>"),
    others=("llama", "llama3"),
    wording=wordings.LLAMA3,
)
