"""Edits meet at the right places, whatever their order."""

from dragoman.planning.judge.finding import Edit
from dragoman.planning.judge.mending import added, mend
from dragoman.planning.judge.scanning import read
from dragoman.planning.judge.starts import starts

TEXT = "0123456789"


def test_edits_are_made_at_their_places() -> None:
    assert mend(TEXT, [Edit(8, 9, "x"), Edit(0, 2), Edit(4, 4, "--")]) == "23--4567x9"


def test_an_insertion_behind_what_is_replaced_follows_it() -> None:
    assert mend(TEXT, [Edit(10, 10, "+"), Edit(6, 10, "new")]) == "012345new+"
    assert mend(TEXT, [Edit(10, 10, "+"), Edit(6, 10)]) == "012345+"


def test_an_insertion_before_what_is_replaced_precedes_it() -> None:
    assert mend(TEXT, [Edit(0, 3, "new"), Edit(0, 0, "+")]) == "+new3456789"


def test_of_edits_that_overlap_the_longer_one_is_made() -> None:
    assert mend(TEXT, [Edit(2, 4, "x"), Edit(0, 6), Edit(3, 3, "y")]) == "6789"


def test_insertions_at_one_place_keep_their_order_and_are_made_once() -> None:
    assert mend("a", [Edit(1, 1, "1"), Edit(1, 1, "2"), Edit(1, 1, "1")]) == "a12"


def test_what_is_added_stands_in_a_line_of_its_own_where_the_command_has_several() -> None:
    for text, expected in (
        ("vllm serve m\n", "vllm serve m --port 1\n"),
        ("vllm serve m \\\n  --a 1\n", "vllm serve m \\\n  --a 1 \\\n  --port 1\n"),
        (f"vllm serve {'m' * 60}\n", f"vllm serve {'m' * 60} \\\n    --port 1\n"),
    ):
        script = read(text, "sh")
        (start,) = starts(script)
        assert mend(text, [added(script, start, ("--port", "1"))]) == expected
