"""Bodies in the forms that Cursor was reported to send, through the gateway; the editor is not run here.

Ask mode mixes forms of tools, a Claude's name brings Anthropic's blocks, and the agent sends bodies of the
Responses API to `/chat/completions`; it reads chat completions, a patch as the raw text of the arguments.
"""

import json
from typing import Any

from tests.gateway import Events, RunningGateway
from tests.scripted_engine import ScriptedEngine, says

PATCH = '*** Begin Patch\n*** Update File: a.py\n+print("你好")\n*** End Patch\n'
APPLY = {
    "type": "custom",
    "name": "ApplyPatch",
    "description": "Edits files.",
    "format": {"type": "grammar", "syntax": "lark", "definition": "start: begin_patch hunk end_patch"},
}
READ = {"type": "function", "name": "read_file", "parameters": {"type": "object", "properties": {}}}
SYSTEM = {"role": "system", "content": "You are an agent."}
HI = {"role": "user", "content": [{"type": "input_text", "text": "Print it."}]}


def ask(gateway: RunningGateway, **body: Any) -> tuple[dict[str, Any], str]:
    """The streamed reply, put together as an agent does; and why it ended."""
    message: dict[str, Any] = {"content": "", "calls": {}}
    reason = ""
    body = {"model": "gpt-5", "stream": True, **body}
    with gateway.http.stream("POST", "/v1/chat/completions", json=body) as response:
        assert response.status_code == 200, response.read()
        for _, chunk in Events(response):
            if chunk == "[DONE]" or not chunk["choices"]:
                continue
            delta = chunk["choices"][0]["delta"]
            reason = chunk["choices"][0]["finish_reason"] or reason
            message["content"] += delta.get("content") or ""
            for piece in delta.get("tool_calls", []):
                call = message["calls"].setdefault(piece["index"], {"arguments": ""})
                call |= {"id": piece.get("id", call.get("id"))}
                call["name"] = piece["function"].get("name", call.get("name"))
                call["arguments"] += piece["function"].get("arguments", "")
    return message, reason


def test_a_patch_of_the_agent_and_its_result(engine: ScriptedEngine, gateway: RunningGateway) -> None:
    engine.next(says(calls=[("ApplyPatch", json.dumps({"input": PATCH}))]), says("Done."))
    agent: dict[str, Any] = {"model": "scripted", "tools": [READ, APPLY], "reasoning": {"effort": "low"}}
    message, reason = ask(gateway, input=[SYSTEM, HI], **agent)
    call = message["calls"][0]
    assert (call["name"], call["arguments"], reason) == ("ApplyPatch", PATCH, "tool_calls")
    past = [
        {
            "type": "function_call",
            "call_id": call["id"],
            "name": call["name"],
            "arguments": call["arguments"],
        },
        {"type": "function_call_output", "call_id": call["id"], "output": "Applied."},
    ]
    assert ask(gateway, input=[SYSTEM, HI, *past], **agent) == ({"content": "Done.", "calls": {}}, "stop")
    first, second = (asked.body for asked in engine.chats())
    assert [tool["function"]["name"] for tool in first["tools"]] == ["read_file", "ApplyPatch"]
    assert "lark grammar" in first["tools"][1]["function"]["description"]
    assistant, result = second["messages"][-2:]
    assert json.loads(assistant["tool_calls"][0]["function"]["arguments"]) == {"input": PATCH}
    assert (result["role"], result["content"]) == ("tool", "Applied.")


def test_a_patch_in_a_chat_with_mixed_tools(engine: ScriptedEngine, gateway: RunningGateway) -> None:
    engine.next(says(calls=[("ApplyPatch", json.dumps({"input": PATCH}))]), says("Done."))
    nested = {"type": "function", "function": {"name": "grep", "parameters": {"type": "object"}}}
    chat: dict[str, Any] = {"model": "scripted", "tools": [nested, READ, APPLY]}
    user = {"role": "user", "content": "Print it."}
    call = ask(gateway, messages=[SYSTEM, user], **chat)[0]["calls"][0]
    assert call["arguments"] == PATCH
    function = {"name": "ApplyPatch", "arguments": PATCH}
    past = [
        {"role": "assistant", "tool_calls": [{"id": call["id"], "type": "function", "function": function}]},
        {"role": "tool", "tool_call_id": call["id"], "content": "Applied."},
    ]
    assert ask(gateway, messages=[SYSTEM, user, *past], **chat)[0]["content"] == "Done."
    body = engine.chats()[1].body
    assert [tool["function"]["name"] for tool in body["tools"]] == ["grep", "read_file", "ApplyPatch"]
    assert json.loads(body["messages"][-2]["tool_calls"][0]["function"]["arguments"]) == {"input": PATCH}


def test_blocks_of_anthropic_under_a_claude_name(engine: ScriptedEngine, gateway: RunningGateway) -> None:
    engine.next(says("It holds a."))
    message, _ = ask(
        gateway,
        model="claude-4.5-sonnet",
        messages=[
            SYSTEM,
            {"role": "user", "content": [{"type": "text", "text": "Look."}]},
            {
                "role": "assistant",
                "content": [
                    {"type": "thinking", "thinking": "hm", "signature": ""},
                    {"type": "tool_use", "id": "toolu_1", "name": "read_file", "input": {"path": "a"}},
                ],
            },
            {
                "role": "user",
                "content": [
                    {"type": "tool_result", "tool_use_id": "toolu_1", "content": "a", "is_error": True}
                ],
            },
        ],
        tools=[{"name": "read_file", "description": "Reads.", "input_schema": {"type": "object"}}],
        tool_choice={"type": "auto"},
    )
    assert message["content"] == "It holds a."
    body = engine.chats()[0].body
    assistant, result = body["messages"][-2:]
    assert assistant["reasoning_content"] == "hm"
    assert assistant["tool_calls"][0]["function"] == {"name": "read_file", "arguments": '{"path":"a"}'}
    assert (result["tool_call_id"], result["content"]) == ("toolu_1", "[the tool reported an error]\na")
    assert body["tools"][0]["function"]["parameters"] == {"type": "object"}
