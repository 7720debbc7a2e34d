"""The stage that makes a model's text into text, thinking and calls, as it comes.

How the text is cut never changes what it comes to. Text goes out in the feed that brought it,
save a tail that may still become a tag. What is taken for a call and is none goes back to be text.
"""

from dragoman.model.events import (
    CallArguments,
    Event,
    Repaired,
    Rethought,
    TextDelta,
    ThinkingDelta,
)
from dragoman.toolcalls._parts.call import Calls
from dragoman.toolcalls._parts.fences import Fences, begins_call, fits, unfenced
from dragoman.toolcalls._parts.format import Format, Reader
from dragoman.toolcalls._parts.naming import Toolset
from dragoman.toolcalls._parts.scanner import scanner
from dragoman.toolcalls._parts.source import NotACall, Reading, Source
from dragoman.toolcalls._parts.values import Unfinished

FENCE = "```"


class Vocabulary:
    """The literals that mean something in a format, with tools on offer or without."""

    def __init__(self, format: Format, offered: bool) -> None:
        self.format = format
        self.readers: dict[str, Reader] = dict(format.frames)
        if offered:
            self.readers = {**format.leaks, **format.openers, **format.frames}
        self.starts = format.starts if offered else {}
        self.first = {"`", *[literal[0] for literal in self.starts]}
        self.thinking = {pair.opens: pair for pair in format.thinking}
        self.ends = {pair.closes for pair in format.thinking}
        closers = [*self.readers, *format.noise, *self.ends]
        self.prose = scanner(frozenset([*closers, *self.thinking, *format.closers]))
        self.thought = scanner(frozenset([*closers, *self.thinking]))


VOCABULARIES: dict[tuple[int, bool], Vocabulary] = {}


def vocabulary(format: Format, offered: bool) -> Vocabulary:
    """Made once per format: there are few, and each reply needs one."""
    key = id(format), offered
    known = VOCABULARIES.get(key)
    if known is None or known.format is not format:
        known = VOCABULARIES[key] = Vocabulary(format, offered)
    return known


class Parser:
    """Feed it the model's text, then close it.

    `starts_in_reasoning`: whether the prompt had opened the thinking already; None where nobody knows.
    """

    def __init__(self, format: Format, tools: Toolset, starts_in_reasoning: bool | None = None) -> None:
        self._format, self._tools = format, tools
        self._source = Source()
        self._out: list[Event] = []
        self._calls = Calls(self._source, tools, self._out)
        self._fences = Fences()
        self._thinks = bool(starts_in_reasoning)
        self._undecided = starts_in_reasoning is None
        self._lead = self._fresh = True
        self._after_call = self._after_thinking = self._orphan = False
        self._space: list[str] = []
        known = vocabulary(format, bool(tools))
        self._readers, self._thinking, self._ends = known.readers, known.thinking, known.ends
        self._prose, self._thought = known.prose, known.thought
        self._starts, self._first = known.starts, known.first
        self._run: Reading[None] = self._main()
        self._done = False

    def feed(self, text: str) -> list[Event]:
        """The events that this text brings, often none."""
        if not text or self._done:
            return []
        self._source.add(text)
        return self._resume()

    def close(self, cut: bool = False) -> list[Event]:
        """The end of the text: what was held back, once. `cut`: the length limit ended it."""
        if self._done:
            return []
        self._source.closed, self._source.cut = True, cut
        events = self._resume()
        self._done = True
        return events

    def _resume(self) -> list[Event]:
        next(self._run, None)
        out = self._out
        events = out.copy() if len(out) < 2 else joined(out)
        out.clear()
        return events

    def _main(self) -> Reading[None]:
        source = self._source
        while True:
            if self._fresh and not self._thinks:
                yield from self._opening()
            scan = self._thought if self._thinks else self._prose
            text, pos = source.text, source.pos
            match = scan.search(text, pos)
            end = match.start() if match else len(text)
            if end > pos:
                source.pos = end
                self._say(text[pos:end])
            if match is None or match[0] not in scan.literals or scan.may_grow(match[0], text[end:]):
                if not source.closed:
                    yield
                    continue
                if match is None or match[0] not in scan.literals:
                    source.pos = len(text)
                    self._leave(text[end:])
                    return
            literal = match[0]
            source.mark()
            source.pos += len(literal)
            yield from self._meet(literal)

    def _leave(self, rest: str) -> None:
        """The end of the text; what is left of it may be half a closer, or a token and half a tag."""
        half = "|>" in rest or (
            self._after_call and any(closer.startswith(rest) for closer in self._format.closers)
        )
        if rest and not half:
            self._say(rest)

    def _meet(self, literal: str) -> Reading[None]:
        """A literal that may mean something was taken."""
        if literal in self._readers:
            frame = literal in self._format.frames
            if self._fences.open and not self._thinks and not frame:
                self._say(literal)
            else:
                strict = not frame and (literal not in self._format.openers or self._thinks)
                yield from self._read(self._readers[literal], literal, strict)
        elif literal in self._thinking:
            if not (self._lead or (self._thinking[literal].anywhere and not self._thinks)):
                self._say(literal)
            elif not self._thinks:
                self._think()
        elif literal in self._ends and self._ends_thinking(literal):
            pass
        elif literal in self._format.closers and self._after_call:
            self._out.append(Repaired("closer"))
        elif literal not in self._format.noise:
            self._say(literal)

    def _ends_thinking(self, literal: str) -> bool:
        """Whether a closing tag here ends thinking, known of before or not."""
        unknown = self._undecided and literal not in self._format.noise
        if unknown and not self._thinks and not self._orphan:
            self._out += [Rethought(), Repaired("think")]
        elif not (self._thinks or self._orphan):
            return self._after_thinking and self._lead
        self._speak()
        self._after_thinking = True
        return True

    def _think(self) -> None:
        self._thinks = self._lead = True
        self._undecided = self._orphan = False
        self._space.clear()

    def _speak(self) -> None:
        self._thinks = self._undecided = self._orphan = False
        self._lead = self._fresh = True
        self._space.clear()

    def _say(self, text: str) -> None:
        """Text or thinking. White space at the start of either waits for what follows."""
        if self._lead:
            rest = text.lstrip()
            if not rest:
                self._space.append(text)
                return
            keeps = not self._thinks and not self._after_thinking
            text = "".join(self._space) + text if keeps else rest
            self._space.clear()
            self._lead = self._fresh = False
            self._after_call = self._after_thinking = False
        if self._thinks:
            self._muse(text)
        else:
            self._fences.see(text)
            self._out.append(TextDelta(text))

    def _muse(self, text: str) -> None:
        """Thinking: line ends before its closing tag belong to the tag."""
        if self._space:
            text = "".join(self._space) + text
            self._space.clear()
        rest = text.rstrip("\n")
        if len(rest) < len(text):
            self._space.append(text[len(rest) :])
        if rest:
            self._out.append(ThinkingDelta(rest))

    def _read(self, reader: Reader, literal: str, strict: bool) -> Reading[None]:
        """Run a format's reader over what may be a call."""
        calls = self._calls
        calls.strict, calls.current, calls.mode = strict, None, None
        made, thought = calls.made, self._thinks
        try:
            yield from reader(calls, literal)
        except NotACall as error:
            yield from self._give_up(isinstance(error, Unfinished))
        self._source.forget()
        calls.current = None
        calls.notes.clear()
        if calls.made > made:
            self._called(thought)
        if calls.mode == "thinking":
            self._think()
        elif calls.mode == "text":
            self._speak()

    def _called(self, thought: bool) -> None:
        self._space.clear()
        if thought:
            self._thinks, self._orphan = False, True
            self._out.append(Repaired("think"))
        self._lead = self._after_call = True
        self._fresh = self._after_thinking = False

    def _give_up(self, unfinished: bool) -> Reading[None]:
        """A call that is none, is broken or is not finished."""
        source, calls = self._source, self._calls
        call = calls.current
        named = call is not None and call.name is not None
        if unfinished and source.cut and (named or not calls.strict):
            source.pos = len(source.text)
            if call is not None and call.sent:
                call.leave_open()
                calls.made += 1
        elif call is not None and unfinished and call.complete and (call.sent or not call.strict):
            call.notes.append("closer")
            calls.finish()
        elif call is not None and call.sent:
            if raw := source.taken():
                self._out.append(CallArguments(raw))
            yield from self._drain()
            call.notes.append("broken")
            call.leave_open()
            calls.made += 1
        else:
            raw = source.taken()
            if named or not calls.strict:
                self._out.append(Repaired("text", (call and call.name) or ""))
            self._say(raw)

    def _drain(self) -> Reading[None]:
        """The rest of a broken call whose block is open goes into it as it is."""
        source, scan = self._source, scanner(frozenset(self._format.closers))
        while True:
            text, pos = source.text, source.pos
            match = scan.search(text, pos)
            end = match.start() if match else len(text)
            if end > pos:
                self._out.append(CallArguments(text[pos:end]))
                source.pos = end
            if match and match[0] in scan.literals:
                source.pos = match.end()
                return
            if not (yield from source.more()):
                source.pos = len(text)
                return

    def _opening(self) -> Reading[None]:
        """At the very start of the answer: a call without tags, or one in a fence."""
        source = self._source
        char = yield from source.glance()
        if not char or char == " ":
            return
        self._fresh = False
        if char not in self._first:
            return
        start = source.pos + len(source.text[source.pos :]) - len(source.text[source.pos :].lstrip())
        self._space.append(source.text[source.pos : start])
        source.pos = start
        if char == "`" and self._tools:
            if (yield from source.starts([FENCE])):
                yield from self._fenced()
            return
        literal = yield from source.starts([*self._starts, *self._prose.literals])
        if literal in self._starts and literal not in self._prose.literals:
            source.mark()
            source.pos += len(literal)
            yield from self._read(self._starts[literal], literal, True)

    def _fenced(self) -> Reading[None]:
        """A fence that is the whole answer and holds a call that fits is a call."""
        source = self._source
        openers = (*self._format.openers, *self._format.leaks)
        while (hopeful := begins_call(source, openers)) is None:
            yield from source.more()
        if not hopeful:
            return
        source.mark()
        ended = False
        while not ended:
            source.pos = len(source.text)
            ended = not (yield from source.more())
        raw = source.taken()
        source.forget()
        inner = None if source.cut else unfenced(raw)
        events = [] if inner is None else self._within(inner)
        if events:
            self._out += [*events, Repaired("fence")]
            self._called(False)
        else:
            self._say(raw)

    def _within(self, text: str) -> list[Event]:
        """The calls that a fence holds; none where it holds anything else or they do not fit."""
        inside = Parser(self._format, self._tools, False)
        events = [*inside.feed(text), *inside.close()]
        return events if fits(events, self._tools) else []


def joined(events: list[Event]) -> list[Event]:
    """Neighbours of one kind as one."""
    found: list[Event] = []
    for event in events:
        last = found[-1] if found else None
        if isinstance(event, TextDelta | ThinkingDelta | CallArguments) and type(last) is type(event):
            found[-1] = type(event)(last.text + event.text)
        else:
            found.append(event)
    return found
