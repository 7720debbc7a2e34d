"""The real Claude Code at its usual work, before a scripted engine: pictures, PDFs, the web, subagents."""

import base64
import json
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from dragoman.settings import Search
from tests import claude_code, pdfs
from tests.claude_code import ClaudeCode
from tests.gateway import RunningGateway, gateway_before, until, value
from tests.scripted_engine import Answer, Asked, ScriptedEngine, refuses, says
from tests.searxng import SearxNG

pytestmark = pytest.mark.client

WINDOW = 131072
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
Script = Answer | Callable[[Asked], Answer]


@pytest.fixture(scope="session")
def executable() -> Path:
    return claude_code.program()


@pytest.fixture
def engine() -> Iterator[ScriptedEngine]:
    with ScriptedEngine({"scripted": WINDOW}, tokens=20000) as running:
        yield running


@pytest.fixture
def web() -> Iterator[SearxNG]:
    with SearxNG() as running:
        yield running


@pytest.fixture
def gateway(engine: ScriptedEngine, web: SearxNG) -> Iterator[RunningGateway]:
    with gateway_before(engine.url, search=Search("searxng", web.url)) as running:
        yield running


@pytest.fixture
def user(executable: Path, gateway: RunningGateway, tmp_path: Path) -> ClaudeCode:
    return ClaudeCode(executable, tmp_path, gateway.url, "any", "anthropic/scripted", WINDOW)


def calls(name: str, **arguments: Any) -> Callable[[Asked], Answer]:
    return says(calls=[(name, json.dumps(arguments, ensure_ascii=False))])


def sent(asked: Asked) -> str:
    return json.dumps(asked.body["messages"], ensure_ascii=False)


def served(gateway: RunningGateway, **labels: str) -> int:
    """Requests that the gateway has answered, all that came being over."""
    until(lambda: value(gateway.gateway.metrics.page().decode(), "dragoman_in_flight") == 0)
    return int(value(gateway.gateway.metrics.page().decode(), "dragoman_requests_total", **labels))


@pytest.mark.requirement("CC-25")
@pytest.mark.requirement("CC-59")
def test_a_picture_for_a_model_of_text(
    user: ClaudeCode, engine: ScriptedEngine, gateway: RunningGateway
) -> None:
    (user.cwd / "pixel.png").write_bytes(PIXEL)
    engine.next(
        calls("Read", file_path=str(user.cwd / "pixel.png")),
        refuses(400, "scripted is not a multimodal model"),
        says("I cannot see it, but it is there."),
    )
    assert user.run("Look at pixel.png").text == "I cannot see it, but it is there."
    _first, refused, mended = engine.chats()
    assert "image_url" in sent(refused)
    assert "image_url" not in sent(mended)
    assert "[an image stood here; this model reads text only]" in sent(mended)

    engine.next(says("Still there."))
    assert user.run("And now?", "-c").text == "Still there."
    assert len(engine.chats()) == 4, "the engine's refusal is remembered"
    assert "image_url" not in sent(engine.chats()[-1])
    assert served(gateway) == served(gateway, status="200", ending="complete") == 3


@pytest.mark.requirement("CC-25")
def test_a_pdf_is_read_as_text(user: ClaudeCode, engine: ScriptedEngine, gateway: RunningGateway) -> None:
    (user.cwd / "tea.pdf").write_bytes(pdfs.made(["Longjing is a green tea.", "It grows near Hangzhou."]))
    engine.next(calls("Read", file_path=str(user.cwd / "tea.pdf")), says("Green."), says("Hangzhou."))
    assert user.run("Read tea.pdf").text == "Green."
    first, second = engine.chats()
    assert "[page 1]\\nLongjing is a green tea.\\n\\n[page 2]\\nIt grows near Hangzhou." in sent(second)
    assert user.run("Where?", "-c").text == "Hangzhou."
    third = engine.chats()[2]
    assert third.body["messages"][: len(second.body["messages"])] == second.body["messages"]
    assert second.body["messages"][: len(first.body["messages"])] == first.body["messages"]
    assert served(gateway) == served(gateway, status="200", ending="complete") == 3


@pytest.mark.requirement("CC-27")
def test_a_web_search(
    user: ClaudeCode, engine: ScriptedEngine, gateway: RunningGateway, web: SearxNG
) -> None:
    engine.next(
        calls("WebSearch", query="longjing tea"),
        calls("web_search", query="longjing tea hangzhou"),
        says("It is a green tea."),
        says("It is green, the web says."),
    )
    assert user.run("What is Longjing?").text == "It is green, the web says."
    assert web.queries == ["longjing tea hangzhou"]
    searching = engine.chats()[1].body
    assert [tool["function"]["name"] for tool in searching["tools"]] == ["web_search"]
    result = next(m for m in reversed(engine.chats()[3].body["messages"]) if m["role"] == "tool")
    assert 'Links: [{"title":"龙井茶","url":"https://tea.example/longjing"}' in result["content"]
    assert "It is a green tea." in result["content"]
    assert len(engine.chats()) == 4
    assert served(gateway) == served(gateway, status="200", ending="complete") == 3


@pytest.mark.requirement("CC-27")
def test_a_web_search_that_fails_does_not_end_the_turn(
    user: ClaudeCode, engine: ScriptedEngine, web: SearxNG
) -> None:
    web.mood = "forbidden"
    engine.next(
        calls("WebSearch", query="tea"),
        calls("web_search", query="tea"),
        says("The search failed."),
        says("I do not know."),
    )
    assert user.run("What is tea?").text == "I do not know."
    assert len(engine.chats()) == 4


@pytest.mark.requirement("CC-30")
@pytest.mark.requirement("CC-68")
@pytest.mark.requirement("CC-37")
def test_two_subagents_at_once(user: ClaudeCode, engine: ScriptedEngine, gateway: RunningGateway) -> None:
    """One asks for Claude's small model by its own name, one for another; ids repeat in every reply."""
    for name in ("SUBAGENT_MODEL", "DEFAULT_HAIKU_MODEL", "DEFAULT_SONNET_MODEL", "DEFAULT_OPUS_MODEL"):
        user.variables.pop(f"ANTHROPIC_{name}", None)
        user.variables.pop(f"CLAUDE_CODE_{name}", None)

    def agent(name: str, model: str) -> tuple[str, str]:
        return "Agent", json.dumps(
            {
                "description": name,
                "prompt": f"@{name} do it",
                "subagent_type": "general-purpose",
                "model": model,
            }
        )

    def play(asked: Asked) -> Answer:
        said = sent(asked)
        results = sum(message["role"] == "tool" for message in asked.body["messages"])
        for name in ("one", "two"):
            if f"@{name} do it" in said and "@start" not in said:
                if not results:
                    return calls("Bash", command=f"echo {name} > {name}.txt", description=name)(asked)
                return says(f"agent {name} is done")(asked)
        if not results:
            return says(calls=[agent("one", "haiku"), agent("two", "sonnet")])(asked)
        return says("Both are done.")(asked)

    engine.always(play)
    ran = user.run("@start Let two agents work.")
    assert ran.text == "Both are done."
    assert (user.cwd / "one.txt").read_text() == "one\n"
    assert (user.cwd / "two.txt").read_text() == "two\n"
    assert len(engine.chats()) == 6
    results = [m["content"] for m in engine.chats()[-1].body["messages"] if m["role"] == "tool"]
    assert ["agent one is done" in result for result in results] == [True, False]
    assert ["agent two is done" in result for result in results] == [False, True]
    assert served(gateway) == served(gateway, status="200", ending="complete") == 6
    assert {asked.body["model"] for asked in engine.chats()} == {"scripted"}


@pytest.mark.requirement("CC-65")
def test_a_session_is_resumed_twice(
    user: ClaudeCode, engine: ScriptedEngine, gateway: RunningGateway
) -> None:
    engine.next(calls("Bash", command="echo 1", description="x"), says("One."), says("Two."), says("Three."))
    sessions = [user.run("First.").said["session_id"]]
    for prompt, answer in (("Second.", "Two."), ("Third.", "Three.")):
        ran = user.run(prompt, "-c")
        assert ran.text == answer
        sessions.append(ran.said["session_id"])
    assert len(set(sessions)) == 1
    bodies = [asked.body["messages"] for asked in engine.chats()]
    assert len(bodies) == 4
    for shorter, longer in pairwise(bodies):
        assert longer[: len(shorter)] == shorter
    assert served(gateway) == served(gateway, status="200", ending="complete") == 4
