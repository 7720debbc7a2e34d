"""The tags of the families that write calls as markup."""

from dragoman.toolcalls._parts.tags import Form

QWEN = Form(
    calls=("<function=", "<function name="),
    parameters=("<parameter=", "<parameter name="),
    value_closes=("</parameter>",),
    call_closes=("</function>",),
    block_closes=("</tool_call>",),
    block_opens=("<tool_call>",),
    padded=True,
)

GLM = Form(
    calls=(),
    parameters=("<arg_key>",),
    key_ends=("</arg_key>", "<arg_value>"),
    value_opens=("<arg_value>",),
    value_closes=("</arg_value>",),
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
)

SEED = Form(
    calls=("<function=",),
    parameters=("<parameter=",),
    value_closes=("</parameter>",),
    call_closes=("</function>",),
    block_closes=("</seed:tool_call>",),
    block_opens=("<seed:tool_call>",),
)

MINIMAX = Form(
    calls=("<invoke name=",),
    parameters=("<parameter name=",),
    value_closes=("</parameter>",),
    call_closes=("</invoke>",),
    block_closes=("</minimax:tool_call>",),
    block_opens=("<minimax:tool_call>",),
)

SPACES = ("", "antml:")
"""The namespaces that the tags of Anthropic's models are seen with."""

ANTHROPIC = Form(
    calls=tuple(f"<{space}invoke name=" for space in SPACES),
    parameters=tuple(f"<{space}parameter name=" for space in SPACES),
    value_closes=tuple(f"</{space}parameter>" for space in SPACES),
    call_closes=tuple(f"</{space}invoke>" for space in SPACES),
    block_closes=tuple(f"</{space}function_calls>" for space in SPACES),
    block_opens=tuple(f"<{space}function_calls>" for space in SPACES),
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


def dsml(block: str) -> Form:
    """DeepSeek's markup, from V3.2 on, with closers as models spoil them."""
    mark = "｜DSML｜"
    spoilt = ("</" + mark + "{}>", "</" + mark + "{}｜>", "<" + mark + "/{}>", "</DSML｜{}>", "</{}>")
    return Form(
        calls=(f"<{mark}invoke name=",),
        parameters=(f"<{mark}parameter name=",),
        value_closes=tuple(closer.format("parameter") for closer in spoilt),
        call_closes=tuple(closer.format("invoke") for closer in spoilt),
        block_closes=tuple(closer.format(block) for closer in spoilt),
        block_opens=(f"<{mark}{block}>",),
    )
