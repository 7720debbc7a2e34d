"""The real Claude Code on its default timers, and an engine that says nothing for 330 seconds.

Both of its timers give up after 300: one on silence of the socket, one on silence of real events.
"""

from pathlib import Path

import pytest

from dragoman.journey import answering
from tests import claude_code
from tests.claude_code import ClaudeCode
from tests.gateway import gateway_before
from tests.scripted_engine import Answer, Asked, Pause, ScriptedEngine, chunk, says, stream

pytestmark = [pytest.mark.client, pytest.mark.full]

SILENCE = 330.0
LAUNCHER = ("CLAUDE_STREAM_IDLE_TIMEOUT_MS", "API_FORCE_IDLE_TIMEOUT", "API_TIMEOUT_MS")
"""What `dragoman launch` sets against these timers; left out here."""


def silent_then_says(text: str) -> Answer:
    """Headers at once, then nothing at all, then the reply: a long queue or a long prefill."""
    return stream(Pause(SILENCE), chunk(role="assistant", content=""), chunk(content=text), chunk("stop"))


def ask(tmp_path: Path, seconds: float) -> tuple[str, list[Asked]]:
    """What one headless run prints, and what reached the engine."""
    with ScriptedEngine() as engine, gateway_before(engine.url) as gateway:
        engine.next(silent_then_says("Here at last."))
        engine.always(says("Asked again."))
        user = ClaudeCode(claude_code.program(), tmp_path, gateway.url, "any", "anthropic/scripted", 32768)
        for name in LAUNCHER:
            user.variables.pop(name)
        return user.run("Think long.", seconds=seconds).text, engine.chats()


@pytest.mark.requirement("CC-61")
@pytest.mark.requirement("CC-62")
def test_a_silence_of_330_seconds_is_waited_out(tmp_path: Path) -> None:
    text, asked = ask(tmp_path, SILENCE + 60)
    assert text == "Here at last."
    assert len(asked) == 1


def test_pings_alone_do_not_carry_it_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answering, "PULSE", 10_000.0)
    text, asked = ask(tmp_path, SILENCE + 60)
    assert text == "Asked again."
    assert len(asked) > 1
