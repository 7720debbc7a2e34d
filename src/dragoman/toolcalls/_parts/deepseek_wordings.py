"""The words of DeepSeek's chat templates (NOTICE), from V3 to V4."""

from dragoman.toolcalls._parts.wording import Frame, Wording, as_json, as_text, function
from dragoman.toolcalls._parts.wordings import LISTED, Arguments


def deepseek_output(text: str, _id: str) -> str:
    return f"<｜tool▁output▁begin｜>{text}<｜tool▁output▁end｜>"


def deepseek_v3_call(name: str, arguments: Arguments, _id: str) -> str:
    body = f"function<｜tool▁sep｜>{name}\n```json\n{as_json(arguments)}\n```"
    return f"<｜tool▁call▁begin｜>{body}<｜tool▁call▁end｜>"


def deepseek_v31_call(name: str, arguments: Arguments, _id: str) -> str:
    return f"<｜tool▁call▁begin｜>{name}<｜tool▁sep｜>{as_json(arguments)}<｜tool▁call▁end｜>"


DEEPSEEK_V3 = Wording(
    LISTED
    + """For function call returns, you should first print <｜tool▁calls▁begin｜>

For each function call, you should return object like:
<｜tool▁call▁begin｜>function<｜tool▁sep｜><function_name>
```json
<function_arguments_in_json_format>
```<｜tool▁call▁end｜>

At the end of function call returns, you should print <｜tool▁calls▁end｜><｜end▁of▁sentence｜>""",
    deepseek_v3_call,
    deepseek_output,
    calls=Frame("<｜tool▁calls▁begin｜>", "\n", "<｜tool▁calls▁end｜>"),
    results=Frame("<｜tool▁outputs▁begin｜>", "\n", "<｜tool▁outputs▁end｜>"),
)

DEEPSEEK_V31 = Wording(
    """## Tools
You have access to the following tools:
{tools}

IMPORTANT: ALWAYS adhere to this exact format for tool use:
<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>tool_call_name<｜tool▁sep｜>tool_call_arguments<｜tool▁call▁end｜>\
{additional_tool_calls}<｜tool▁calls▁end｜>

Where:

- `tool_call_name` must be an exact match to one of the available tools
- `tool_call_arguments` must be valid JSON that strictly follows the tool's Parameters Schema
- For multiple tool calls, chain them directly without separators or spaces""",
    deepseek_v31_call,
    deepseek_output,
    calls=Frame("<｜tool▁calls▁begin｜>", "", "<｜tool▁calls▁end｜>"),
    results=Frame(between=""),
)


def dsml_call(name: str, arguments: Arguments, _id: str) -> str:
    values = [
        f'<｜DSML｜parameter name="{key}" string="{as_json(isinstance(value, str))}">'
        f"{as_text(value)}</｜DSML｜parameter>\n"
        for key, value in arguments.items()
    ]
    return f'<｜DSML｜invoke name="{name}">\n{"".join(values)}</｜DSML｜invoke>'


def dsml_block(name: str) -> Frame:
    return Frame(f"<｜DSML｜{name}>\n", "\n", f"\n</｜DSML｜{name}>")


DSML_V32 = Wording(
    """## Tools

You have access to a set of tools you can use to answer the user's question.
You can invoke functions by writing a "<｜DSML｜function_calls>" block like the following as part of your \
reply to the user:
<｜DSML｜function_calls>
<｜DSML｜invoke name="$FUNCTION_NAME">
<｜DSML｜parameter name="$PARAMETER_NAME" string="true|false">$PARAMETER_VALUE</｜DSML｜parameter>
...
</｜DSML｜invoke>
<｜DSML｜invoke name="$FUNCTION_NAME2">
...
</｜DSML｜invoke>
</｜DSML｜function_calls>

String and scalar parameters should be specified as is without any escaping or quotes, while lists and \
objects should use JSON format. The "string" attribute should be set to "true" for string type parameters \
and "false" for other types (numbers, booleans, arrays, objects).

Here are the functions available in JSONSchema format:
<functions>
{tools}
</functions>""",
    dsml_call,
    lambda text, _id: f"<result>{text}</result>",
    tool=function,
    calls=dsml_block("function_calls"),
    results=Frame("<function_results>\n", "\n", "\n</function_results>"),
)

DSML_V4 = Wording(
    """## Tools

You have access to a set of tools to help answer the user's question. You can invoke tools by writing a \
"<｜DSML｜tool_calls>" block like the following:

<｜DSML｜tool_calls>
<｜DSML｜invoke name="$TOOL_NAME">
<｜DSML｜parameter name="$PARAMETER_NAME" string="true|false">$PARAMETER_VALUE</｜DSML｜parameter>
...
</｜DSML｜invoke>
<｜DSML｜invoke name="$TOOL_NAME2">
...
</｜DSML｜invoke>
</｜DSML｜tool_calls>

String parameters should be specified as is and set `string="true"`. For all other types (numbers, \
booleans, arrays, objects), pass the value in JSON format and set `string="false"`.

### Available Tool Schemas

{tools}

You MUST strictly follow the above defined tool name and parameter schemas to invoke tool calls.""",
    dsml_call,
    lambda text, _id: f"<tool_result>{text}</tool_result>",
    tool=function,
    calls=dsml_block("tool_calls"),
)
