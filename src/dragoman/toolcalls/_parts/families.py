"""The tags of the families that write calls as markup."""

from dragoman.toolcalls._parts.tags import Form

SPOILT = (
    "</parameter/>",
    "</parameter1>",
    "</parameter >",
    "</ parameter>",
    "</parameters>",
    "</Parameter>",
    "</param>",
    "</parameter\n",
)
"""How `</parameter>` is misspelt."""

QWEN = Form(
    calls=("<function=", "<function name="),
    parameters=("<parameter=", "<parameter name="),
    name_ends=(">", "\n"),
    value_closes=("</parameter>",),
    spoilt=SPOILT,
    call_closes=("</function>", "</function/>", "</parameter_function>", "</parameterfunction>"),
    block_closes=("</tool_call>",),
    block_opens=("<tool_call>",),
    padded=True,
)

GLM = Form(
    calls=(),
    parameters=("<arg_key>",),
    key_ends=("</arg_key>", "<arg_value>", "</arg_value>"),
    value_opens=("<arg_value>",),
    value_closes=("</arg_value>",),
    spoilt=("</arg_key>",),
    call_closes=(),
    block_closes=("</tool_call>",),
    block_opens=("<tool_call>",),
)

STEP = Form(
    calls=("<steptml:invoke name=",),
    parameters=("<steptml:parameter name=",),
    value_closes=("</steptml:parameter>",),
    call_closes=("</steptml:invoke>",),
    block_closes=("<｜tool_call_end｜>",),
    block_opens=("<｜tool_call_begin｜>", "<｜tool_calls_end｜>"),
)

SEED = Form(
    calls=("<function=", "<function name="),
    parameters=("<parameter=", "<parameter name="),
    value_closes=("</parameter>",),
    spoilt=SPOILT,
    call_closes=("</function>",),
    block_closes=("</seed:tool_call>",),
    block_opens=("<seed:tool_call>",),
)

MINIMAX = Form(
    calls=("<invoke name=",),
    parameters=("<parameter name=",),
    value_closes=("</parameter>",),
    spoilt=SPOILT,
    call_closes=("</invoke>",),
    block_closes=("</minimax:tool_call>", "</minimax:tool_calls>", "</tool_calls>", "</function_calls>"),
    block_opens=("<minimax:tool_call>", "<minimax:tool_calls>", "<tool_calls>", "<function_calls>"),
)

SPACES = ("", "antml:")
"""The namespaces that the tags of Anthropic's models are seen with."""

ANTHROPIC = Form(
    calls=tuple(f"<{space}invoke name=" for space in SPACES),
    parameters=tuple(f"<{space}parameter name=" for space in SPACES),
    value_closes=tuple(f"</{space}parameter>" for space in SPACES),
    spoilt=SPOILT,
    call_closes=tuple(f"</{space}invoke>" for space in SPACES),
    block_closes=(*(f"</{space}function_calls>" for space in SPACES), "</tool_calls>", "</function_call>"),
    block_opens=(*(f"<{space}function_calls>" for space in SPACES), "<tool_calls>", "<function_call>"),
)

KIMI_K3 = Form(
    calls=("<|open|>call tool=",),
    parameters=("<|open|>argument key=",),
    name_ends=("<|sep|>",),
    key_ends=("<|sep|>",),
    value_closes=("<|close|>argument<|sep|>",),
    call_closes=("<|close|>call<|sep|>",),
    block_closes=("<|close|>tools<|sep|>",),
    block_opens=("<|open|>tools<|sep|>",),
    entities=True,
)


MARK = "｜DSML｜"
MARKS = (MARK, MARK + " ", "｜｜DSML｜｜", "|DSML|")
"""DeepSeek's mark: V3.2's and V4's, V4.1's, and as servers and models spoil it."""

BLOCKS = ("function_calls", "tool_calls", "calls")


def dsml(block: str) -> Form:
    """DeepSeek's markup, from V3.2 on, as all its versions spell it, with closers as models spoil them."""
    others = tuple(mark + other for other in BLOCKS if other != block for mark in MARKS[:2])
    spoilt = ("</" + MARK + "{}｜>", "<" + MARK + "/{}>", "</DSML｜{}>", "</{}>")
    closes = (*("</" + mark + "{}>" for mark in MARKS), *spoilt)
    return Form(
        calls=tuple(f"<{mark}invoke name=" for mark in MARKS),
        parameters=tuple(f"<{mark}parameter name=" for mark in MARKS),
        value_closes=tuple(closer.format("parameter") for closer in closes),
        call_closes=tuple(closer.format("invoke") for closer in closes),
        block_closes=(*(closer.format(block) for closer in closes), *(f"</{other}>" for other in others)),
        block_opens=(*(f"<{mark}{block}>" for mark in MARKS), *(f"<{other}>" for other in others)),
    )
