"""The stages of an answer: nothing after a failure, ids of our own, and the same whole as streamed."""

from itertools import count

import pytest
from hypothesis import given

from dragoman.journey.pipeline import Stages, StreamedReply
from dragoman.model.errors import BadAnswer
from dragoman.model.events import (
    CallArguments,
    CallEnded,
    CallStarted,
    Event,
    Failed,
    Stopped,
    TextDelta,
    Usage,
    Used,
)
from dragoman.model.reply import fold
from dragoman.model.turn import Text
from dragoman.wire.anthropic import StreamEncoder
from tests.journeys import END, STOP, TEXT, call_chunk, chunk
from tests.streams import ASKED, HEAD, anthropic_events, pieces, replies


def stages(search_tool: str = "") -> Stages:
    numbers = count(1)
    return Stages(lambda prefix: f"{prefix}{next(numbers)}", search_tool)


def test_what_was_seen_on_the_way() -> None:
    made = stages()
    passed = made.feed(
        [
            CallStarted("x", "f"),
            CallEnded(),
            CallStarted("x", "f"),
            CallEnded(),
            Used(Usage(5, 2)),
            Stopped("end"),
        ]
    )
    assert [event.id for event in passed if isinstance(event, CallStarted)] == ["toolu_1", "toolu_2"]
    assert (made.calls, made.usage, made.error) == (2, Usage(5, 2), None)


@pytest.mark.parametrize("after", [TextDelta("a"), CallStarted("1", "f"), Used(Usage(1)), Stopped("end")])
def test_nothing_passes_after_a_failure(after: Event) -> None:
    made = stages()
    assert made.feed([TextDelta("a"), Failed(BadAnswer("gone")), after]) == [TextDelta("a")]
    assert made.feed([after]) == []
    assert made.error == BadAnswer("gone")


def test_a_failure_inside_a_search_is_not_lost() -> None:
    made = stages("search")
    assert made.feed([CallStarted("1", "search"), CallArguments("{"), Failed(BadAnswer("gone"))]) == []
    assert made.error == BadAnswer("gone")


def test_searches_are_kept_instead_of_passed_on() -> None:
    made = stages("search")
    searched: list[Event] = [CallStarted("1", "search"), CallArguments('{"query":"a"}'), CallEnded()]
    assert made.feed([TextDelta("a"), *searched, Stopped("tool")]) == [TextDelta("a")]
    assert [call.arguments for call in made.searches] == ['{"query":"a"}']
    assert made.calls == 0


@given(replies())
def test_every_reply_passes_whole_but_for_its_ids(events: list[Event]) -> None:
    passed = stages().feed(events)
    assert [type(event) for event in passed] == [type(event) for event in events]
    ids = [event.id for event in passed if isinstance(event, CallStarted)]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("size", [1, 2, 5, 1000])
def test_an_engines_stream_in_any_pieces(size: int) -> None:
    stream = TEXT + call_chunk('{"a"', "f") + call_chunk(":1}") + chunk("tool_calls") + END
    kinds: list[list[str]] = []
    for cut in (size, len(stream)):
        reply = StreamedReply(StreamEncoder(HEAD, ASKED), stages())
        out = reply.encoder.open() + b"".join(map(reply.feed, pieces(stream, cut))) + reply.close()
        assert reply.done
        assert reply.finished
        kinds.append([event["type"] for event in anthropic_events(out) if "delta" not in event["type"]])
    assert kinds[0] == kinds[1]


def test_done_and_finished() -> None:
    reply = StreamedReply(StreamEncoder(HEAD, ASKED), stages())
    reply.feed(TEXT)
    assert not reply.finished
    reply.feed(STOP)
    assert reply.finished
    assert not reply.done
    reply.feed(b"data: rubbish\n\n")
    assert reply.done


STOPPED_HERE: dict[str, tuple[list[str], str, str | None]] = {
    "the text before it is all that is said": (["one END", " two"], "one ", "END"),
    "a sequence over two pieces": (["one E", "ND two"], "one ", "END"),
    "no sequence": (["one EN", " two"], "one EN two", None),
}


@pytest.mark.parametrize("case", STOPPED_HERE)
def test_a_stop_sequence_that_the_engine_was_not_told_of(case: str) -> None:
    texts, said, sequence = STOPPED_HERE[case]
    watching = stages()
    watching.watch_for(["END"])
    events: list[Event] = [*map(TextDelta, texts), Stopped("end"), Used(Usage(10, 5))]
    reply = fold(event for one in events for event in watching.feed([one]))
    assert reply.blocks == (Text(said),)
    assert reply.stopped == Stopped("stop_sequence" if sequence else "end", sequence)
    assert reply.usage == Usage(10, 5)
    assert watching.over == (sequence is not None)
