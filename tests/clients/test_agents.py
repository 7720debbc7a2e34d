"""The real Codex, OpenCode and qwen-code, started by `dragoman launch`, do their work through the gateway."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from dragoman.wire.openai_chat.request import decode_request
from tests.agents import AGENTS, User
from tests.fixtures import KEY
from tests.gateway import RunningGateway, gateway_before
from tests.real_engine import RealEngine
from tests.scripted_engine import (
    DONE,
    SSE,
    Answer,
    Asked,
    ScriptedEngine,
    call_piece,
    chunk,
    refuses,
    says,
    usage_chunk,
)
from tests.scripts import call

pytestmark = [pytest.mark.client, pytest.mark.full]

# All that they were seen to send at the top of a body; none of it may be left to chance.
SENT = {
    "opencode": {"model", "max_tokens", "messages", "tools", "tool_choice", "stream", "stream_options"},
    "qwen": {"model", "max_tokens", "messages", "tools", "stream", "stream_options"},
}


def calls_then_says(name: str, last: str, **first: Any) -> Any:
    """Answers of a model that calls the agent's tool once; whoever offers no tools gets a title."""
    tool, arguments = AGENTS[name].call

    def answer(asked: Asked) -> Any:
        if not asked.body.get("tools"):
            return says("A title")(asked)
        if any(message["role"] == "tool" for message in asked.body["messages"]):
            return says(last)(asked)
        return says("I look.", calls=[(tool, json.dumps(arguments))], **first)(asked)

    return answer


@pytest.mark.parametrize("name", AGENTS)
def test_a_command_its_result_and_the_last_words(name: str, engine: ScriptedEngine, tmp_path: Path) -> None:
    engine.always(calls_then_says(name, "42!", thinks="Let me see.", cached=5))
    with gateway_before(engine.url, key="a key") as gateway:
        user = User(AGENTS[name], tmp_path, gateway.url, "a key")
        ran = user.run("What is 6 times 7?")
    assert (ran.code, ran.words) == (0, ["I look.", "42!"]), ran
    assert (user.cwd / "out.txt").read_text() == "42\n"
    first, second = (asked.body for asked in engine.chats() if asked.body.get("tools"))
    assert first["model"] == "scripted"
    assert second["messages"][: len(first["messages"])] == first["messages"]
    assistant, result = second["messages"][len(first["messages"]) :]
    assert (assistant["content"], assistant["reasoning_content"]) == ("I look.", "Let me see.")
    assert json.loads(assistant["tool_calls"][0]["function"]["arguments"]) == AGENTS[name].call[1]
    assert result["tool_call_id"] == assistant["tool_calls"][0]["id"]
    assert "42" in result["content"]
    assert second["tools"] == first["tools"]


@pytest.mark.parametrize("name", SENT)
def test_each_field_that_it_sends_is_known(name: str, engine: ScriptedEngine, tmp_path: Path) -> None:
    """Straight before an engine, which keeps what came."""
    engine.always(calls_then_says(name, "42!", thinks="Let me see."))
    assert User(AGENTS[name], tmp_path, engine.url).run("What is 6 times 7?").words[-1] == "42!"
    bodies = [asked.body for asked in engine.chats()]
    assert set().union(*bodies) == SENT[name]
    assert {message["role"] for body in bodies for message in body["messages"]} == {
        *("system", "user", "assistant", "tool")
    }
    for asked in engine.chats():
        request = decode_request(asked.raw)
        assert not request.extra
        assert len(request.tools) == len(asked.body.get("tools", []))


@pytest.mark.parametrize("name", AGENTS)
def test_the_users_own_settings_are_left_alone_and_yield(
    name: str, engine: ScriptedEngine, gateway: RunningGateway, tmp_path: Path
) -> None:
    engine.always(says("Here."))
    written = own_settings(name, tmp_path)
    before = {path: path.read_bytes() for path in written}
    ran = User(AGENTS[name], tmp_path, gateway.url).run("Where are you?")
    assert (ran.code, ran.words) == (0, ["Here."]), ran
    assert {path: path.read_bytes() for path in written} == before


OVER = "This model's maximum context length is 32768 tokens. However, you requested 40000 input tokens."


@pytest.mark.parametrize("name", SENT)
@pytest.mark.parametrize(("used", "refused"), [(31000, False), (20000, True)], ids=["full", "refused"])
def test_a_full_window_is_compacted_and_the_work_goes_on(
    name: str, used: int, refused: bool, engine: ScriptedEngine, gateway: RunningGateway, tmp_path: Path
) -> None:
    """By the window that the launcher told, or, where that came too late, on the gateway's 400."""
    tool, arguments = AGENTS[name].call
    working = [large(used, call_piece(0, json.dumps(long(arguments)), tool, "a"), chunk(finish="tool_calls"))]
    working += [refuses(400, OVER)] * refused

    def answer(asked: Asked) -> Any:
        if not asked.body.get("tools"):  # the title, or the summary
            return large(used, chunk(content=SUMMARY), chunk(finish="stop"))
        return working.pop(0) if working else says("All done.")(asked)

    engine.always(answer)
    engine.tokens = 40000
    ran = User(AGENTS[name], tmp_path, gateway.url).run("Go on. " * 50)
    assert ran.words[-1] == "All done.", ran
    assert not working
    last = engine.chats()[-1].body["messages"]
    assert any("SUMMARY" in str(message["content"]) for message in last)


SUMMARY = (
    "<analysis>So far.</analysis>\n<state_snapshot><overall_goal>SUMMARY</overall_goal></state_snapshot>"
)


def large(used: int, *steps: bytes) -> Answer:
    """An answer that says how much of the window is used."""
    return Answer((*steps, usage_chunk(used, 100), DONE), headers=dict(SSE))


def long(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The same call with a command that has much to say."""
    return {
        name: "seq 1 3000; sleep 0.5" if name == "command" else given for name, given in arguments.items()
    }


def own_settings(name: str, home: Path) -> list[Path]:
    """Settings of a user who works with another provider, which cannot be reached."""
    nowhere = "http://127.0.0.1:9/v1"
    other = {"npm": "@ai-sdk/openai-compatible", "options": {"baseURL": nowhere}, "models": {"far": {}}}
    texts = {
        "codex": {
            ".codex/config.toml": 'model = "far"\nmodel_provider = "other"\n\n[model_providers.other]\n'
            f'name = "Other"\nbase_url = "{nowhere}"\n'
        },
        "opencode": {
            ".config/opencode/opencode.json": json.dumps(
                {
                    "$schema": "https://opencode.ai/config.json",
                    "model": "other/far",
                    "small_model": "other/far",
                    "provider": {"other": other},
                }
            )
        },
        "qwen": {
            ".qwen/settings.json": json.dumps(
                {
                    "$version": 4,
                    "security": {"auth": {"selectedType": "openai", "apiKey": "x", "baseUrl": nowhere}},
                    "model": {"name": "far"},
                    "modelProviders": {"openai": [{"id": "far", "baseUrl": nowhere, "envKey": "FAR"}]},
                }
            ),
            "project/.env": f"OPENAI_API_KEY=x\nOPENAI_BASE_URL={nowhere}\nOPENAI_MODEL=far\n",
        },
    }
    paths = []
    for place, text in texts[name].items():
        path = home / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        paths.append(path)
    return paths


@pytest.fixture
def scripts(real_engine: RealEngine) -> Iterator[Path]:
    yield real_engine.scripts
    real_engine.scripts.write_text("{}")


@pytest.mark.engine
@pytest.mark.parametrize("name", AGENTS)
def test_a_tool_round_trip_on_the_real_engine(
    name: str, served: RunningGateway, scripts: Path, tmp_path: Path
) -> None:
    tool, arguments = AGENTS[name].call
    marker = f"@{name}"
    answers = ["I look.\n" + call(tool, **arguments), "It is 42, 是的."]
    scripts.write_text(json.dumps({marker: answers}))
    user = User(AGENTS[name], tmp_path, served.url, KEY)
    ran = user.run(f"{marker} What is 6 times 7?", seconds=300)
    assert ran.code == 0, ran
    assert ran.words[-1] == "It is 42, 是的.", ran
    assert (user.cwd / "out.txt").read_text() == "42\n"
