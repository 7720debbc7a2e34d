"""Calls as models spoil them, in every format: what is made of each, whole, in pieces, and beside all others.

The kinds of damage are those seen in the field; the texts are ours.
"""
# ruff: noqa: E501 - what models write

import json
from typing import Any

import pytest

from dragoman import folder
from dragoman.toolcalls import offered, parse
from tests.toolcalls.reading import pieces_of

CATALOG = folder.catalog()
TOOLS = offered(
    [
        {
            "name": "Write",
            "input_schema": {
                "type": "object",
                "properties": {"file_path": {"type": "string"}, "content": {"type": "string"}},
                "required": ["file_path", "content"],
                "additionalProperties": False,
            },
        },
        {
            "type": "function",
            "function": {
                "name": "get_weather",
                "parameters": {
                    "type": "object",
                    "properties": {
                        "city": {"type": "string"},
                        "days": {"type": "integer"},
                        "metric": {"type": "boolean"},
                        "tags": {"type": "array", "items": {"type": "string"}},
                        "where": {"type": "object", "properties": {"lat": {"type": "number"}}},
                        "note": {"type": ["string", "null"]},
                        "unit": {"enum": ["celsius", "fahrenheit"]},
                    },
                    "required": ["city"],
                },
            },
        },
        {
            "name": "mcp__github__create_issue",
            "input_schema": {
                "type": "object",
                "properties": {"title": {"type": "string"}},
                "required": ["title"],
            },
        },
        {"name": "ping", "input_schema": {"type": "object", "properties": {}}},
        {
            "name": "TodoWrite",
            "input_schema": {
                "type": "object",
                "properties": {
                    "todos": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "properties": {
                                "content": {"type": "string"},
                                "status": {"type": "string", "enum": ["pending", "done"]},
                            },
                            "required": ["content", "status"],
                        },
                    }
                },
                "required": ["todos"],
            },
        },
        {
            "name": "ref",
            "input_schema": {
                "type": "object",
                "$defs": {"N": {"anyOf": [{"type": "integer"}, {"type": "null"}]}},
                "properties": {
                    "n": {"$ref": "#/$defs/N"},
                    "m": {"anyOf": [{"type": "array", "items": {"type": "integer"}}, {"type": "string"}]},
                },
                "required": ["n"],
            },
        },
    ]
)

RUN_ON = "<tool_call>\n<function=get_weather>\n<parameter=cityParis</parameter>\n</function>\n</tool_call>"

CASES: dict[str, tuple[str, str, list[tuple[str, dict[str, Any]]]]] = {
    "single quotes": (
        "hermes",
        "<tool_call>\n{'name': 'get_weather', 'arguments': {'city': 'Paris', 'days': 3}}\n</tool_call>",
        [("get_weather", {"city": "Paris", "days": 3})],
    ),
    "Python with an apostrophe in a string": (
        "hermes",
        "<tool_call>\n{'name': 'get_weather', 'arguments': {'city': \"L'Aquila\"}}\n</tool_call>",
        [("get_weather", {"city": "L'Aquila"})],
    ),
    "Python's literals": (
        "hermes",
        '<tool_call>\n{"name": "get_weather", "arguments": {"city": "P", "metric": True, "note": None}}\n</tool_call>',
        [("get_weather", {"city": "P", "metric": True, "note": None})],
    ),
    "arguments as a JSON string": (
        "hermes",
        '<tool_call>\n{"name": "get_weather", "arguments": "{\\"city\\": \\"P\\", \\"days\\": 2}"}\n</tool_call>',
        [("get_weather", {"city": "P", "days": 2})],
    ),
    "arguments before the name": (
        "hermes",
        '<tool_call>\n{"arguments": {"city": "P"}, "name": "get_weather"}\n</tool_call>',
        [("get_weather", {"city": "P"})],
    ),
    "parameters for arguments": (
        "hermes",
        '<tool_call>\n{"name": "get_weather", "parameters": {"city": "P"}}\n</tool_call>',
        [("get_weather", {"city": "P"})],
    ),
    "a name among the arguments": (
        "hermes",
        '<tool_call>\n{"name": "get_weather", "arguments": {"city": "P", "name": "x"}}\n</tool_call>',
        [("get_weather", {"city": "P", "name": "x"})],
    ),
    "raw control characters in a string": (
        "hermes",
        '<tool_call>\n{"name": "Write", "arguments": {"file_path": "a", "content": "x\ny\tz"}}\n</tool_call>',
        [("Write", {"file_path": "a", "content": "x\ny\tz"})],
    ),
    "a closer in a string": (
        "hermes",
        '<tool_call>\n{"name": "Write", "arguments": {"file_path": "a", "content": "see </tool_call> ok"}}\n</tool_call>',
        [("Write", {"file_path": "a", "content": "see </tool_call> ok"})],
    ),
    "inner quotes that nobody escaped": (
        "hermes",
        '<tool_call>\n{"name": "Write", "arguments": {"file_path": "a", "content": "say "hi" now"}}\n</tool_call>',
        [("Write", {"file_path": "a", "content": 'say "hi" now'})],
    ),
    "a brace too many": (
        "hermes",
        '<tool_call>\n{"name": "ping", "arguments": {}}}\n</tool_call>',
        [("ping", {})],
    ),
    "a brace too few": (
        "hermes",
        '<tool_call>\n{"name": "get_weather", "arguments": {"city": "P"}\n</tool_call>',
        [("get_weather", {"city": "P"})],
    ),
    "trailing commas": (
        "hermes",
        '<tool_call>\n{"name": "get_weather", "arguments": {"city": "P", "tags": ["a", "b",],},}\n</tool_call>',
        [("get_weather", {"city": "P", "tags": ["a", "b"]})],
    ),
    "two calls in one tag": (
        "hermes",
        '<tool_call>\n{"name": "ping", "arguments": {}}\n{"name": "get_weather", "arguments": {"city": "P"}}\n</tool_call>',
        [("ping", {}), ("get_weather", {"city": "P"})],
    ),
    "a list of calls in one tag": (
        "hermes",
        '<tool_call>\n[{"name": "ping", "arguments": {}}, {"name": "get_weather", "arguments": {"city": "P"}}]\n</tool_call>',
        [("ping", {}), ("get_weather", {"city": "P"})],
    ),
    "no closer": (
        "hermes",
        '<tool_call>\n{"name": "get_weather", "arguments": {"city": "P"}}',
        [("get_weather", {"city": "P"})],
    ),
    "no closer before the next call": (
        "hermes",
        '<tool_call>\n{"name": "ping", "arguments": {}}\n<tool_call>\n{"name": "get_weather", "arguments": {"city": "P"}}\n</tool_call>',
        [("ping", {}), ("get_weather", {"city": "P"})],
    ),
    "a call in thinking that nobody ended": (
        "hermes",
        '<think>I need<tool_call>\n{"name": "ping", "arguments": {}}\n</tool_call>',
        [("ping", {})],
    ),
    "a fence that is the whole answer": (
        "hermes",
        '```json\n{"name": "get_weather", "arguments": {"city": "P"}}\n```',
        [("get_weather", {"city": "P"})],
    ),
    "a fence beside prose is an example": (
        "hermes",
        'Here is an example:\n```json\n{"name": "get_weather", "arguments": {"city": "P"}}\n```\nok',
        [],
    ),
    "scalars in quotes": (
        "hermes",
        '<tool_call>\n{"name": "get_weather", "arguments": {"city": "P", "days": "3", "metric": "true"}}\n</tool_call>',
        [("get_weather", {"city": "P", "days": 3, "metric": True})],
    ),
    "a list in quotes": (
        "hermes",
        '<tool_call>\n{"name": "get_weather", "arguments": {"city": "P", "tags": "[\\"a\\", \\"b\\"]"}}\n</tool_call>',
        [("get_weather", {"city": "P", "tags": ["a", "b"]})],
    ),
    "a list of Python's in quotes": (
        "hermes",
        '<tool_call>\n{"name": "get_weather", "arguments": {"city": "P", "tags": "[\'a\', \'b\']"}}\n</tool_call>',
        [("get_weather", {"city": "P", "tags": ["a", "b"]})],
    ),
    "a scalar for a list": (
        "hermes",
        '<tool_call>\n{"name": "get_weather", "arguments": {"city": "P", "tags": "a"}}\n</tool_call>',
        [("get_weather", {"city": "P", "tags": ["a"]})],
    ),
    "an object in quotes": (
        "hermes",
        '<tool_call>\n{"name": "get_weather", "arguments": {"city": "P", "where": "{\\"lat\\": 1.5}"}}\n</tool_call>',
        [("get_weather", {"city": "P", "where": {"lat": 1.5}})],
    ),
    "null where it may be and where it may not": (
        "hermes",
        '<tool_call>\n{"name": "get_weather", "arguments": {"city": "P", "days": null, "note": null}}\n</tool_call>',
        [("get_weather", {"city": "P", "note": None})],
    ),
    "an enum in another case": (
        "hermes",
        '<tool_call>\n{"name": "get_weather", "arguments": {"city": "P", "unit": "Celsius"}}\n</tool_call>',
        [("get_weather", {"city": "P", "unit": "celsius"})],
    ),
    "a string that looks like JSON": (
        "hermes",
        '<tool_call>\n{"name": "Write", "arguments": {"file_path": "a.json", "content": "{\\"a\\": 1}"}}\n</tool_call>',
        [("Write", {"file_path": "a.json", "content": '{"a": 1}'})],
    ),
    "an object for a string": (
        "hermes",
        '<tool_call>\n{"name": "Write", "arguments": {"file_path": "a.json", "content": {"a": 1}}}\n</tool_call>',
        [("Write", {"file_path": "a.json", "content": '{"a": 1}'})],
    ),
    "a name in another case": (
        "hermes",
        '<tool_call>\n{"name": "write", "arguments": {"file_path": "a", "content": "b"}}\n</tool_call>',
        [("Write", {"file_path": "a", "content": "b"})],
    ),
    "a name with a prefix": (
        "hermes",
        '<tool_call>\n{"name": "functions.get_weather", "arguments": {"city": "P"}}\n</tool_call>',
        [("get_weather", {"city": "P"})],
    ),
    "a name without its server": (
        "hermes",
        '<tool_call>\n{"name": "create_issue", "arguments": {"title": "P"}}\n</tool_call>',
        [("mcp__github__create_issue", {"title": "P"})],
    ),
    "a name that nobody knows": (
        "hermes",
        '<tool_call>\n{"name": "nope", "arguments": {"title": "P"}}\n</tool_call>',
        [("nope", {"title": "P"})],
    ),
    "lists of objects in quotes": (
        "hermes",
        '<tool_call>\n{"name": "TodoWrite", "arguments": {"todos": "[{\\"content\\": \\"a\\", \\"status\\": \\"Pending\\"}]"}}\n</tool_call>',
        [("TodoWrite", {"todos": [{"content": "a", "status": "pending"}]})],
    ),
    "references and choices": (
        "hermes",
        '<tool_call>\n{"name": "ref", "arguments": {"n": "5", "m": "[1, 2]"}}\n</tool_call>',
        [("ref", {"n": 5, "m": "[1, 2]"})],
    ),
    "empty arguments": (
        "hermes",
        '<tool_call>\n{"name": "ping", "arguments": ""}\n</tool_call>',
        [("ping", {})],
    ),
    "null for arguments": (
        "hermes",
        '<tool_call>\n{"name": "ping", "arguments": null}\n</tool_call>',
        [("ping", {})],
    ),
    "no arguments": ("hermes", '<tool_call>\n{"name": "ping"}\n</tool_call>', [("ping", {})]),
    "arguments beside the name": (
        "hermes",
        '<tool_call>\n{"name": "get_weather", "city": "P"}\n</tool_call>',
        [("get_weather", {"city": "P"})],
    ),
    "OpenAI's frame round the call": (
        "hermes",
        '<tool_call>\n{"type": "function", "function": {"name": "get_weather", "arguments": {"city": "P"}}}\n</tool_call>',
        [("get_weather", {"city": "P"})],
    ),
    "text behind a call": (
        "hermes",
        '<tool_call>\n{"name": "ping", "arguments": {}}\n</tool_call>\nDone.',
        [("ping", {})],
    ),
    "escapes beyond the first plane": (
        "hermes",
        '<tool_call>\n{"name": "get_weather", "arguments": {"city": "\\u6771\\u4eac \\ud83d\\ude00"}}\n</tool_call>',
        [("get_weather", {"city": "東京 😀"})],
    ),
    "a path with backslashes": (
        "hermes",
        '<tool_call>\n{"name": "Write", "arguments": {"file_path": "C:\\Users\\me", "content": "x"}}\n</tool_call>',
        [("Write", {"file_path": "C:\\Users\\me", "content": "x"})],
    ),
    "comments": (
        "hermes",
        '<tool_call>\n{"name": "get_weather", /* c */ "arguments": {"city": "P"}} // x\n</tool_call>',
        [("get_weather", {"city": "P"})],
    ),
    "tags without the first one": (
        "qwen3_coder",
        "<function=get_weather>\n<parameter=city>\nP\n</parameter>\n</function>\n</tool_call>",
        [("get_weather", {"city": "P"})],
    ),
    "tags of an unknown tool": (
        "qwen3_coder",
        "<function=nope>\n<parameter=city>\nP\n</parameter>\n</function>",
        [],
    ),
    "a file's own last line end": (
        "qwen3_coder",
        "<tool_call>\n<function=Write>\n<parameter=file_path>\na\n</parameter>\n<parameter=content>\nx\n\n</parameter>\n</function>\n</tool_call>",
        [("Write", {"file_path": "a", "content": "x\n"})],
    ),
    "all closers of tags in a value": (
        "qwen3_coder",
        "<tool_call>\n<function=Write>\n<parameter=file_path>\na\n</parameter>\n<parameter=content>\nx </parameter> y </function> z </tool_call> w\n</parameter>\n</function>\n</tool_call>",
        [("Write", {"file_path": "a", "content": "x </parameter> y </function> z </tool_call> w"})],
    ),
    "a parameter twice": (
        "qwen3_coder",
        "<tool_call>\n<function=get_weather>\n<parameter=city>\nP\n</parameter>\n<parameter=city>\nQ\n</parameter>\n</function>\n</tool_call>",
        [("get_weather", {"city": "P"})],
    ),
    "a key and its value on two lines of one tag": (
        "qwen3_coder",
        "<tool_call>\n<function=get_weather>\n<parameter=city\nP\n</parameter>\n</function>\n</tool_call>",
        [("get_weather", {"city": "P"})],
    ),
    "no closer of a value before the next": (
        "qwen3_coder",
        "<tool_call>\n<function=get_weather>\n<parameter=city>\nP\n<parameter=days>\n3\n</parameter>\n</function>\n</tool_call>",
        [("get_weather", {"city": "P", "days": 3})],
    ),
    "True in a tag": (
        "qwen3_coder",
        "<tool_call>\n<function=get_weather>\n<parameter=city>\nP\n</parameter>\n<parameter=metric>\nTrue\n</parameter>\n</function>\n</tool_call>",
        [("get_weather", {"city": "P", "metric": True})],
    ),
    "a list of Python's in a tag": (
        "qwen3_coder",
        "<tool_call>\n<function=get_weather>\n<parameter=city>\nP\n</parameter>\n<parameter=tags>\n['a', 'b']\n</parameter>\n</function>\n</tool_call>",
        [("get_weather", {"city": "P", "tags": ["a", "b"]})],
    ),
    "JSON where tags were expected": (
        "qwen3_coder",
        '<tool_call>\n{"name": "get_weather", "arguments": {"city": "P"}}\n</tool_call>',
        [("get_weather", {"city": "P"})],
    ),
    "JSON in the tags of a function": (
        "qwen3_coder",
        '<tool_call>\n<function=get_weather>\n{"city": "P"}\n</function>\n</tool_call>',
        [("get_weather", {"city": "P"})],
    ),
    "thinking that the prompt had opened": (
        "qwen35",
        "I think\n</think>\n\n<tool_call>\n<function=ping>\n</function>\n</tool_call>",
        [("ping", {})],
    ),
    "digits for a string": (
        "qwen3_coder",
        "<tool_call>\n<function=get_weather>\n<parameter=city>\n12345\n</parameter>\n</function>\n</tool_call>",
        [("get_weather", {"city": "12345"})],
    ),
    "more digits than a float keeps": (
        "qwen3_coder",
        "<tool_call>\n<function=get_weather>\n<parameter=city>\nP\n</parameter>\n<parameter=days>\n12345678901234567890123\n</parameter>\n</function>\n</tool_call>",
        [("get_weather", {"city": "P", "days": 12345678901234567890123})],
    ),
    "pairs of keys and values": (
        "glm45",
        "<tool_call>get_weather\n<arg_key>city</arg_key>\n<arg_value>P</arg_value>\n<arg_key>days</arg_key>\n<arg_value>3</arg_value>\n</tool_call>",
        [("get_weather", {"city": "P", "days": 3})],
    ),
    "a call without arguments, in one line": ("glm47", "<tool_call>ping</tool_call>", [("ping", {})]),
    "a name glued to the key": (
        "glm47",
        "<tool_call>get_weathercity</arg_key><arg_value>P</arg_value></tool_call>",
        [("get_weather", {"city": "P"})],
    ),
    "a key without its closer": (
        "glm47",
        "<tool_call>get_weather<arg_key>city<arg_value>P</arg_value></tool_call>",
        [("get_weather", {"city": "P"})],
    ),
    "a value without its opener": (
        "glm47",
        "<tool_call>get_weather<arg_key>city</arg_key>P</arg_value></tool_call>",
        [("get_weather", {"city": "P"})],
    ),
    "a last line end between tags that pad nothing": (
        "glm47",
        "<tool_call>Write<arg_key>file_path</arg_key><arg_value>a</arg_value><arg_key>content</arg_key><arg_value>x\n</arg_value></tool_call>",
        [("Write", {"file_path": "a", "content": "x\n"})],
    ),
    "a fence between tokens": (
        "deepseek_v3",
        '<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>get_weather\n```json\n{"city": "P"}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>',
        [("get_weather", {"city": "P"})],
    ),
    "two calls in one section": (
        "deepseek_v31",
        'Hi<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>ping<｜tool▁sep｜>{}<｜tool▁call▁end｜><｜tool▁call▁begin｜>get_weather<｜tool▁sep｜>{"city": "P"}<｜tool▁call▁end｜><｜tool▁calls▁end｜>',
        [("ping", {}), ("get_weather", {"city": "P"})],
    ),
    "typed parameters": (
        "deepseek_v32",
        '<｜DSML｜function_calls>\n<｜DSML｜invoke name="get_weather">\n<｜DSML｜parameter name="city" string="true">P</｜DSML｜parameter>\n<｜DSML｜parameter name="days" string="false">3</｜DSML｜parameter>\n</｜DSML｜invoke>\n</｜DSML｜function_calls>',
        [("get_weather", {"city": "P", "days": 3})],
    ),
    "closers of other tags": (
        "deepseek_v32",
        '<｜DSML｜function_calls>\n<｜DSML｜invoke name="get_weather">\n<｜DSML｜parameter name="city" string="true">P</parameter>\n</invoke>\n</function_calls>',
        [("get_weather", {"city": "P"})],
    ),
    "an id for a name": (
        "kimi_k2",
        '<|tool_calls_section_begin|><|tool_call_begin|>functions.get_weather:0<|tool_call_argument_begin|>{"city": "P"}<|tool_call_end|><|tool_calls_section_end|>',
        [("get_weather", {"city": "P"})],
    ),
    "a section in the singular": (
        "kimi_k2",
        "<|tool_call_section_begin|><|tool_call_begin|>functions.ping:3<|tool_call_argument_begin|>{}<|tool_call_end|><|tool_call_section_end|>",
        [("ping", {})],
    ),
    "a section in thinking": (
        "kimi_k2",
        "<think>hm <|tool_calls_section_begin|><|tool_call_begin|>functions.ping:0<|tool_call_argument_begin|>{}<|tool_call_end|><|tool_calls_section_end|>",
        [("ping", {})],
    ),
    "several calls in one block": (
        "minimax_m2",
        '<minimax:tool_call>\n<invoke name="get_weather">\n<parameter name="city">P</parameter>\n<parameter name="tags">["a"]</parameter>\n</invoke>\n<invoke name="ping">\n</invoke>\n</minimax:tool_call>',
        [("get_weather", {"city": "P", "tags": ["a"]}), ("ping", {})],
    ),
    "leaked tags": (
        "anthropic",
        '<function_calls>\n<invoke name="get_weather">\n<parameter name="city">P</parameter>\n</invoke>\n</function_calls>',
        [("get_weather", {"city": "P"})],
    ),
    "JSON that is the whole answer": (
        "llama3",
        '{"name": "get_weather", "parameters": {"city": "P"}}',
        [("get_weather", {"city": "P"})],
    ),
    "two of them, joined": (
        "llama3",
        '{"name": "ping", "parameters": {}}; {"name": "get_weather", "parameters": {"city": "P"}}',
        [("ping", {}), ("get_weather", {"city": "P"})],
    ),
    "JSON behind a tag": (
        "llama3",
        '<|python_tag|>{"name": "get_weather", "parameters": {"city": "P", "days": "3"}}<|eom_id|>',
        [("get_weather", {"city": "P", "days": 3})],
    ),
    "JSON behind prose": ("llama3", 'Use {"name": "get_weather", "parameters": {"city": "P"}}', []),
    "JSON of an unknown tool": ("llama3", '{"name": "nope", "parameters": {"city": "P"}}', []),
    "a list in Python": (
        "pythonic",
        '[get_weather(city="P", days=3, metric=True), ping()]',
        [("get_weather", {"city": "P", "days": 3, "metric": True}), ("ping", {})],
    ),
    "literals of JSON in Python": (
        "pythonic",
        '[get_weather(city="P", metric=true, note=null)]',
        [("get_weather", {"city": "P", "metric": True, "note": None})],
    ),
    "nested values in Python": (
        "pythonic",
        '[get_weather(city="P", where={"lat": 1.5}, tags=["a", "b"])]',
        [("get_weather", {"city": "P", "where": {"lat": 1.5}, "tags": ["a", "b"]})],
    ),
    "brackets and quotes in Python's strings": (
        "pythonic",
        '[Write(file_path="a", content="f(x)]) \\"q\\"\\n")]',
        [("Write", {"file_path": "a", "content": 'f(x)]) "q"\n'})],
    ),
    "a lone call in Python": ("pythonic", 'get_weather(city="P")', []),
    "Python between tokens": (
        "lfm2",
        '<|tool_call_start|>[get_weather(city="P")]<|tool_call_end|>',
        [("get_weather", {"city": "P"})],
    ),
    "lines of Python": (
        "olmo3",
        '<function_calls>get_weather(city="P")\nping()</function_calls>',
        [("get_weather", {"city": "P"}), ("ping", {})],
    ),
    "a list behind a marker": (
        "mistral",
        '[TOOL_CALLS][{"name": "get_weather", "arguments": {"city": "P"}, "id": "abc123def"}]',
        [("get_weather", {"city": "P"})],
    ),
    "a name, an id and arguments": (
        "mistral_v11",
        '[TOOL_CALLS]get_weather[CALL_ID]abc123def[ARGS]{"city": "P"}',
        [("get_weather", {"city": "P"})],
    ),
    "two markers": (
        "mistral_v13",
        '[TOOL_CALLS]get_weather[ARGS]{"city": "P"}[TOOL_CALLS]ping[ARGS]{}',
        [("get_weather", {"city": "P"}), ("ping", {})],
    ),
    "a name and its arguments": (
        "mistral_v11",
        '[TOOL_CALLS]get_weather{"city": "P"}',
        [("get_weather", {"city": "P"})],
    ),
    "thinking between markers": (
        "mistral_v13",
        "[THINK]hm[/THINK]Hi[TOOL_CALLS]ping[ARGS]{}",
        [("ping", {})],
    ),
    "a channel": (
        "gpt_oss",
        '<|channel|>analysis<|message|>think<|end|><|start|>assistant<|channel|>commentary to=functions.get_weather <|constrain|>json<|message|>{"city": "P"}<|call|>',
        [("get_weather", {"city": "P"})],
    ),
    "a recipient in the role": (
        "gpt_oss",
        "<|start|>assistant to=functions.ping<|channel|>commentary json<|message|>{}<|call|>",
        [("ping", {})],
    ),
    "a final channel": (
        "gpt_oss",
        "<|channel|>analysis<|message|>think<|end|><|start|>assistant<|channel|>final<|message|>Hello<|return|>",
        [],
    ),
    "a list behind a token": (
        "granite",
        '<|tool_call|>[{"name": "get_weather", "arguments": {"city": "P"}}]',
        [("get_weather", {"city": "P"})],
    ),
    "an object behind a tag": (
        "granite_20b",
        '<function_call> {"name": "get_weather", "arguments": {"city": "P"}}',
        [("get_weather", {"city": "P"})],
    ),
    "a list behind a word": (
        "phi4",
        'functools[{"name": "get_weather", "arguments": {"city": "P", "tags": ["a", "b"]}}]',
        [("get_weather", {"city": "P", "tags": ["a", "b"]})],
    ),
    "a list that is the whole answer": (
        "xlam",
        '[{"name": "get_weather", "arguments": {"city": "P"}}]',
        [("get_weather", {"city": "P"})],
    ),
    "a list in a fence": (
        "xlam",
        '```json\n[{"name": "get_weather", "arguments": {"city": "P"}}]\n```',
        [("get_weather", {"city": "P"})],
    ),
    "a list behind thinking": (
        "xlam",
        '<think>x</think>\n[{"name": "get_weather", "arguments": {"city": "P"}}]',
        [("get_weather", {"city": "P"})],
    ),
    "tags with a family's prefix": (
        "seed_oss",
        "<seed:think>hm</seed:think>Hi\n<seed:tool_call>\n<function=get_weather>\n<parameter=city>P</parameter>\n</function>\n</seed:tool_call>",
        [("get_weather", {"city": "P"})],
    ),
    "a plugin": (
        "internlm2",
        'Hi<|action_start|><|plugin|>\n{"name": "get_weather", "parameters": {"city": "P"}}<|action_end|>',
        [("get_weather", {"city": "P"})],
    ),
    "keys without quotes": (
        "gemma4",
        '<|tool_call>call:get_weather{city:<|"|>P<|"|>,days:3}<tool_call|>',
        [("get_weather", {"city": "P", "days": 3})],
    ),
    "escapes for quotes": (
        "functiongemma",
        "<start_function_call>call:get_weather{city:<escape>P<escape>,days:3}<end_function_call>",
        [("get_weather", {"city": "P", "days": 3})],
    ),
    "a list of actions": (
        "cohere",
        '<|START_ACTION|>[{"tool_call_id": "0", "tool_name": "get_weather", "parameters": {"city": "P"}}]<|END_ACTION|>',
        [("get_weather", {"city": "P"})],
    ),
    "attributes with types": (
        "kimi_k3",
        '<|open|>tools<|sep|><|open|>call tool="get_weather" index="1"<|sep|><|open|>argument key="city" type="string"<|sep|>P<|close|>argument<|sep|><|close|>call<|sep|><|close|>tools<|sep|>',
        [("get_weather", {"city": "P"})],
    ),
    "tags within tokens": (
        "step3",
        '<｜tool_calls_begin｜><｜tool_call_begin｜>function<｜tool_sep｜><steptml:invoke name="get_weather"><steptml:parameter name="city">P</steptml:parameter></steptml:invoke><｜tool_call_end｜><｜tool_calls_end｜>',
        [("get_weather", {"city": "P"})],
    ),
    "another tag for the same": (
        "longcat",
        '<longcat_tool_call>\n{"name": "ping", "arguments": {}}\n</longcat_tool_call>',
        [("ping", {})],
    ),
    "auto: markup": (
        "auto",
        '<｜DSML｜tool_calls>\n<｜DSML｜invoke name="ping">\n</｜DSML｜invoke>\n</｜DSML｜tool_calls>',
        [("ping", {})],
    ),
    "auto: a channel": (
        "auto",
        "<|channel|>commentary to=functions.ping <|constrain|>json<|message|>{}<|call|>",
        [("ping", {})],
    ),
    "auto: a block": (
        "auto",
        '<minimax:tool_call>\n<invoke name="ping">\n</invoke>\n</minimax:tool_call>',
        [("ping", {})],
    ),
    "auto: pairs": (
        "auto",
        "<tool_call>get_weather\n<arg_key>city</arg_key>\n<arg_value>P</arg_value>\n</tool_call>",
        [("get_weather", {"city": "P"})],
    ),
    "auto: Python": ("auto", '[get_weather(city="P")]', [("get_weather", {"city": "P"})]),
    "auto: a marker": (
        "auto",
        '[TOOL_CALLS]get_weather[ARGS]{"city": "P"}',
        [("get_weather", {"city": "P"})],
    ),
    "prose that speaks of tags": ("hermes", "Write a call between <tool_call> and </tool_call>.", []),
    "a tag that never comes": ("hermes", "1 < 2 <tool", []),
    "a call within a string": (
        "hermes",
        '<tool_call>{"name": "Write", "arguments": {"file_path": "a", "content": "{\\"name\\": \\"ping\\", \\"arguments\\": {}}</tool_call><tool_call>"}}</tool_call>',
        [
            (
                "Write",
                {"file_path": "a", "content": '{"name": "ping", "arguments": {}}</tool_call><tool_call>'},
            )
        ],
    ),
    "triple quotes": (
        "hermes",
        '<tool_call>{"name": "Write", "arguments": {"file_path": "a", "content": """x\n"y" z\n"""}}</tool_call>',
        [("Write", {"file_path": "a", "content": 'x\n"y" z\n'})],
    ),
    "a comma too few": (
        "hermes",
        '<tool_call>{"name": "get_weather", "arguments": {"city": "P" "days": 3}}</tool_call>',
        [("get_weather", {"city": "P", "days": 3})],
    ),
    "keys without quotes in JSON": (
        "hermes",
        '<tool_call>{name: "get_weather", arguments: {city: "P", days: 3}}</tool_call>',
        [("get_weather", {"city": "P", "days": 3})],
    ),
    "an equals sign": (
        "hermes",
        '<tool_call>{"name": "get_weather", "arguments": {"city" = "P"}}</tool_call>',
        [("get_weather", {"city": "P"})],
    ),
    "other keys for the same": (
        "hermes",
        '<tool_call>{"tool_name": "get_weather", "tool_args": {"city": "P"}}</tool_call>',
        [("get_weather", {"city": "P"})],
    ),
    "input for arguments": (
        "hermes",
        '<tool_call>{"name": "get_weather", "input": {"city": "P"}}</tool_call>',
        [("get_weather", {"city": "P"})],
    ),
    "a float for an integer": (
        "hermes",
        '<tool_call>{"name": "get_weather", "arguments": {"city": "P", "days": 3.0}}</tool_call>',
        [("get_weather", {"city": "P", "days": 3})],
    ),
    "a number for a string": (
        "hermes",
        '<tool_call>{"name": "get_weather", "arguments": {"city": 75001}}</tool_call>',
        [("get_weather", {"city": "75001"})],
    ),
    "booleans in words": (
        "hermes",
        '<tool_call>{"name": "get_weather", "arguments": {"city": "P", "metric": "False"}}</tool_call>',
        [("get_weather", {"city": "P", "metric": False})],
    ),
    "a tag with nothing in it": ("hermes", "<tool_call>\n</tool_call>", []),
    "a tag with prose in it": ("hermes", "<tool_call>\nhello\n</tool_call>", []),
    "a key that runs on into its value": ("qwen3_coder", RUN_ON, [("get_weather", {"city": "Paris"})]),
    "an undeclared key that runs on is none": ("qwen3_coder", RUN_ON.replace("city", "town"), []),
    "a value without its closer between pairs": (
        "glm45",
        "<tool_call>get_weather\n<arg_key>city</arg_key>\n<arg_value>P\n<arg_key>days</arg_key>\n<arg_value>3</arg_value>\n</tool_call>",
        [("get_weather", {"city": "P", "days": 3})],
    ),
    "the last value without its closer": (
        "glm45",
        "<tool_call>get_weather\n<arg_key>city</arg_key>\n<arg_value>P\n</tool_call>",
        [("get_weather", {"city": "P"})],
    ),
    "a value without its closer in a block": (
        "minimax_m2",
        '<minimax:tool_call>\n<invoke name="get_weather">\n<parameter name="city">P\n<parameter name="days">3</parameter>\n</invoke>\n</minimax:tool_call>',
        [("get_weather", {"city": "P", "days": 3})],
    ),
    "a value without its closer before a typed one": (
        "deepseek_v32",
        '<｜DSML｜function_calls>\n<｜DSML｜invoke name="get_weather">\n<｜DSML｜parameter name="city" string="true">P\n<｜DSML｜parameter name="days" string="false">3</｜DSML｜parameter>\n</｜DSML｜invoke>\n</｜DSML｜function_calls>',
        [("get_weather", {"city": "P", "days": 3})],
    ),
}
OPENED = "thinking that the prompt had opened"
"""The one case whose text begins within thinking."""


@pytest.mark.parametrize("case", CASES)
def test_what_is_made_of_it(case: str) -> None:
    format, text, expected = CASES[case]
    starts = case == OPENED
    whole = parse(text, CATALOG.find(format), TOOLS, None, starts)
    assert [(call["name"], call["arguments"]) for call in whole["tool_calls"]] == expected
    for size in (1, 3, 7):
        assert parse(text, CATALOG.find(format), TOOLS, pieces_of(text, size), starts) == whole, size
    if format != "auto":
        known = parse(text, CATALOG.auto(format), TOOLS, None, starts)
        assert known["tool_calls"] == whole["tool_calls"], "where the others' tags are read too"
    if not expected:
        assert text.strip() in (whole["content"] or "") or "<|channel|>" in text, "nothing is lost"
    assert json.dumps(whole)
