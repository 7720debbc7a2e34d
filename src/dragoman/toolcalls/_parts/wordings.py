"""The words of families' chat templates (NOTICE): how they are told of tools, and how they write calls."""

from collections.abc import Mapping
from typing import Any

from dragoman.toolcalls._parts.wording import Frame, Wording, as_json, as_text, function, indented

Arguments = Mapping[str, Any]

LISTED = """# Tools

You may call one or more functions to assist with the user query.

You are provided with function signatures within <tools></tools> XML tags:
<tools>
{tools}
</tools>

"""


def response(text: str, _id: str) -> str:
    return f"<tool_response>\n{text}\n</tool_response>"


def hermes_call(name: str, arguments: Arguments, _id: str) -> str:
    return f'<tool_call>\n{{"name": {as_json(name)}, "arguments": {as_json(arguments)}}}\n</tool_call>'


HERMES = Wording(
    LISTED
    + """For each function call, return a json object with function name and arguments within \
<tool_call></tool_call> XML tags:
<tool_call>
{"name": <function-name>, "arguments": <args-json-object>}
</tool_call>""",
    hermes_call,
    response,
)


def qwen_call(name: str, arguments: Arguments, _id: str) -> str:
    values = [f"<parameter={key}>\n{as_text(value)}\n</parameter>\n" for key, value in arguments.items()]
    return f"<tool_call>\n<function={name}>\n{''.join(values)}</function>\n</tool_call>"


QWEN = Wording(
    """# Tools

You have access to the following functions:

<tools>
{tools}
</tools>

If you choose to call a function ONLY reply in the following format with NO suffix:

<tool_call>
<function=example_function_name>
<parameter=example_parameter_1>
value_1
</parameter>
<parameter=example_parameter_2>
This is the value for the second parameter
that can span
multiple lines
</parameter>
</function>
</tool_call>

<IMPORTANT>
Reminder:
- Function calls MUST follow the specified format: an inner <function=...></function> block must be nested \
within <tool_call></tool_call> XML tags
- Required parameters MUST be specified
- You may provide optional reasoning for your function call in natural language BEFORE the function call, \
but NOT after
- If there is no function call available, answer the question like normal with your current knowledge and \
do not tell the user about function calls
</IMPORTANT>""",
    qwen_call,
    response,
    first=True,
)


def glm_call(name: str, arguments: Arguments, _id: str) -> str:
    pairs = [
        f"<arg_key>{key}</arg_key>\n<arg_value>{as_text(value)}</arg_value>\n"
        for key, value in arguments.items()
    ]
    return f"<tool_call>{name}\n{''.join(pairs)}</tool_call>"


GLM = Wording(
    LISTED
    + """For each function call, output the function name and arguments within the following XML format:
<tool_call>{function-name}
<arg_key>{arg-key-1}</arg_key>
<arg_value>{arg-value-1}</arg_value>
<arg_key>{arg-key-2}</arg_key>
<arg_value>{arg-value-2}</arg_value>
...
</tool_call>""",
    glm_call,
    response,
    first=True,
)


def kimi_call(name: str, arguments: Arguments, id: str) -> str:
    called = id if id.startswith(f"functions.{name}:") else f"functions.{name}:0"
    return f"<|tool_call_begin|>{called}<|tool_call_argument_begin|>{as_json(arguments)}<|tool_call_end|>"


KIMI_K2 = Wording(
    """# Tools

[{tools}]

To call them, write:
<|tool_calls_section_begin|><|tool_call_begin|>functions.NAME:INDEX<|tool_call_argument_begin|>\
ARGUMENTS_AS_JSON<|tool_call_end|><|tool_calls_section_end|>
INDEX counts all calls of the conversation, beginning with 0.""",
    kimi_call,
    lambda text, id: f"## Return of {id}\n{text}",
    tools=Frame(between=", "),
    calls=Frame("<|tool_calls_section_begin|>", "", "<|tool_calls_section_end|>"),
)


def llama_call(name: str, arguments: Arguments, _id: str) -> str:
    return f'{{"name": {as_json(name)}, "parameters": {as_json(arguments)}}}'


LLAMA3 = Wording(
    """You have access to the following functions. To call a function, please respond with JSON for a \
function call. Respond in the format {"name": function name, "parameters": dictionary of argument name and \
its value}. Do not use variables.

{tools}""",
    llama_call,
    lambda text, _id: as_json({"output": text}),
    tool=indented,
    tools=Frame(between="\n\n"),
    calls=Frame(between="; "),
    first=True,
)

AVAILABLE = "[AVAILABLE_TOOLS][{tools}][/AVAILABLE_TOOLS]"


def mistral_call(name: str, arguments: Arguments, id: str) -> str:
    given = f', "id": {as_json(id)}' if id else ""
    return f'{{"name": {as_json(name)}, "arguments": {as_json(arguments)}{given}}}'


MISTRAL_JSON = Wording(
    AVAILABLE,
    mistral_call,
    lambda text, id: f'[TOOL_RESULTS]{{"content": {as_json(text)}, "call_id": {as_json(id)}}}[/TOOL_RESULTS]',
    tools=Frame(between=", "),
    calls=Frame("[TOOL_CALLS][", ", ", "]"),
    results=Frame(between=""),
)


def mistral_args_call(name: str, arguments: Arguments, id: str) -> str:
    return f"[TOOL_CALLS]{name}[CALL_ID]{id}[ARGS]{as_json(arguments)}"


MISTRAL_ARGS = Wording(
    AVAILABLE,
    mistral_args_call,
    lambda text, id: f"[TOOL_RESULTS]{id}[TOOL_CONTENT]{text}[/TOOL_RESULTS]",
    tools=Frame(between=", "),
    calls=Frame(between=""),
    results=Frame(between=""),
)


def minimax_call(name: str, arguments: Arguments, _id: str) -> str:
    values = [f'<parameter name="{key}">{as_text(value)}</parameter>\n' for key, value in arguments.items()]
    return f'<invoke name="{name}">\n{"".join(values)}</invoke>'


MINIMAX = Wording(
    """# Tools
You may call one or more tools to assist with the user query.
Here are the tools available in JSONSchema format:

<tools>
{tools}
</tools>

When making tool calls, use XML format to invoke tools and pass parameters:

<minimax:tool_call>
<invoke name="tool-name-1">
<parameter name="param-key-1">param-value-1</parameter>
<parameter name="param-key-2">param-value-2</parameter>
...
</invoke>
</minimax:tool_call>""",
    minimax_call,
    lambda text, _id: f"<response>{text}</response>",
    tool=lambda tool: f"<tool>{function(tool)}</tool>",
    calls=Frame("<minimax:tool_call>\n", "\n", "\n</minimax:tool_call>"),
)
