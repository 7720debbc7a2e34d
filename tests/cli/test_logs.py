"""`dragoman logs`: the last lines, what comes later, a new file in the old one's place, no cursor moved."""

from pathlib import Path

import pytest

from dragoman.cli.logs import NoLogs, Watched, chosen, logs
from tests.cli.program import Program, dragoman


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DRAGOMAN_STATE_DIR", str(tmp_path / "state"))
    (tmp_path / "state").mkdir()
    return tmp_path / "state"


def test_the_last_lines_are_shown_and_nothing_moves_the_cursor(tmp_path: Path, state: Path) -> None:
    (state / "engine-4000.log").write_text("one\ntwo\n 50% |\r100% |\n\x1b[31mred\x1b[0m\x07\nlast")
    done = dragoman(tmp_path, "logs", "-n", "3")
    assert done.stdout == "100% |\nred\nlast\n"
    assert dragoman(tmp_path, "logs", "-n", "0").stdout == ""


def test_engines_are_told_apart_and_chosen(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in ("", ".1", ".2", ".10"):
        (state / f"engine-5000{number}.log").write_text(f"from{number}\n")
    (state / "engine-50000.log").write_text("another gateway's\n")
    (state / "gateway-5000.log").write_text("the gateway's\n")
    assert [name for name, _ in chosen(5000, None, False)] == [
        "engine 0",
        "engine 1",
        "engine 2",
        "engine 10",
    ]
    assert logs(False, 5, None, False, 5000) == 0
    shown = capsys.readouterr().out
    assert shown.splitlines() == [
        "engine 0  from",
        "engine 1  from.1",
        "engine 2  from.2",
        "engine 10  from.10",
    ]
    logs(False, 5, 2, False, 5000)
    logs(False, 5, None, True, 5000)
    assert capsys.readouterr().out == "from.2\nthe gateway's\n"


def test_where_there_is_no_log_it_is_said() -> None:
    with pytest.raises(NoLogs, match="is it another --port"):
        chosen(4000, None, False)
    with pytest.raises(NoLogs):
        chosen(4000, 3, False)


def test_what_comes_later_is_shown_from_a_new_file_too(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = state / "engine-4000.log"
    path.write_text("old\n")
    watched = Watched("", path)
    watched.show_last(10)
    with path.open("a") as file:
        file.write("new\nha")
        file.flush()
        watched.show_new()
        file.write("lf\n")
        file.flush()
        path.rename(state / "engine-4000.log.1")
        watched.show_new()
    path.write_text("restarted\n")
    watched.show_new()
    watched.show_new()
    watched.close()
    assert capsys.readouterr().out == "old\nnew\nhalf\nrestarted\n"


def test_following_goes_on_until_ctrl_c(tmp_path: Path, state: Path) -> None:
    import signal

    path = state / "engine-4000.log"
    path.write_text("first\n")
    with Program(tmp_path, "logs", "-f") as running:
        running.wait_for("first")
        with path.open("a") as file:
            file.write("second\n")
        running.wait_for("second")
        assert running.end(signal.SIGINT) == 130
        assert running.stderr == ""
