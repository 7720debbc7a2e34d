"""Windows: which is set, and what they mean for Claude Code."""

import pytest

from dragoman.planning.window import Window, agent, choose


@pytest.mark.parametrize(
    ("longest", "native", "wanted"),
    [
        (600_000, 262_144, Window(262_144, False)),
        (270_000, 262_144, Window(262_144, True)),
        (160_000, 262_144, Window(131_072, False)),
        (140_000, 262_144, Window(139_264, True)),
        (100_000, 262_144, Window(99_328, True)),
        (44_000, 40_960, Window(40_960, True)),
        (50_000, 40_960, Window(40_960, False)),
        (500, 40_960, Window(500, True)),
    ],
)
def test_the_window_for_a_cache(longest: int, native: int, wanted: Window) -> None:
    assert choose(longest, native) == wanted


def test_claude_codes_first_request_and_its_compaction() -> None:
    assert not agent(16_384).starts and "does not fit the window" in agent(16_384).sentence
    short = agent(32_768)
    assert short.starts and not short.compacts_at and "leaves no room" in short.sentence
    middle = agent(49_152)
    assert middle.compacts_at and "again and again" in middle.sentence
    large = agent(131_072)
    assert large.compacts_at == 131_072 - 33_000 and "again" not in large.sentence
