"""A file's worth of text as an argument, both ways: what an agent writes, and reads back in its history."""

from dragoman.verify.calls import whole
from dragoman.verify.dialects import Call, Message, Question, Reply, Tool, short, user
from dragoman.verify.outcome import Failed, Lacking, Seen, Unproved
from dragoman.verify.talk import Check, Talk

LENGTH = 20_000
NEEDED = 20_000
"""Tokens of window that the text twice, and what is round it, may take."""
BEGINNING = 1000
"""Characters after which it shows what is being written."""
SENTENCE = "Line {}: the quick brown fox jumps over the lazy dog.\n"
CONTENT = "".join(SENTENCE.format(number) for number in range(1, 500))[:LENGTH]
TOOL = Tool(
    "write_file",
    "Write a text to a file.",
    {
        "type": "object",
        "properties": {"path": {"type": "string"}, "content": {"type": "string"}},
        "required": ["path", "content"],
        "additionalProperties": False,
    },
    strict=True,
)


def history(content: str) -> Question:
    """A past call with that text."""
    import msgspec

    raw = msgspec.json.encode({"path": "a.txt", "content": content}).decode()
    call = Call("toolu_verify_file", TOOL.name, raw)
    said = (Message("user", "Write the file."), Message("assistant", "", (call,)))
    return Question(
        (*said, Message("user", results=((call.id, "written"),))), (TOOL,), max_tokens=1, stream=False
    )


async def run(talk: Talk) -> Seen:
    window = talk.endpoint.window
    if window and window < NEEDED:
        raise Lacking(f"its window of {window:,} tokens is too small for {LENGTH:,} characters twice")
    before = (await talk.ask(history("short"))).usage.input or 0
    after = (await talk.ask(history(CONTENT))).usage.input or 0
    if after - before < LENGTH / 20:
        raise Failed(f"of {LENGTH:,} characters in a past call {after - before} tokens reach the model")
    reply = await copied(talk, min(LENGTH // 2, (window or 32768) // 2))
    whole(reply)
    if not reply.calls:
        said = short(reply.text, 60)
        raise Unproved(f"in the history it is whole; asked to write it, the model said {said!r}")
    came = str(reply.calls[0].arguments().get("content", ""))
    if came.strip() != CONTENT.strip():
        raise Unproved(
            f"in the history it is whole; asked to write it, the model wrote {len(came):,} characters"
        )
    return Seen(f"{len(came):,} characters, unchanged, in {len(reply.times):,} pieces")


async def copied(talk: Talk, tokens: int) -> Reply:
    """The reply of a model that has to copy the text. Raises Unproved as soon as it writes another one."""
    text = f"Write a.txt with write_file. Its content is all between the marks, unchanged:\n<<<{CONTENT}>>>"
    question = Question(user(text), (TOOL,), f"={TOOL.name}", max_tokens=tokens)
    async with talk.asking(question) as stream:
        async for _ in stream.pieces():
            written = max(stream.written(), stream.reply.text, key=len)
            if len(written) > BEGINNING and SENTENCE.format(3).strip() not in written[: 2 * BEGINNING]:
                raise Unproved(
                    "in the history it is whole; asked to write it, the model wrote something else"
                )
        return stream.close()


CHECK = Check(
    title="long argument",
    proves=f"{LENGTH:,} characters of an argument come through whole, in a call and in the history",
    how="a past call with such a text, by its tokens; then the model has to copy it into a call, streamed",
    mend="something cuts long arguments or breaks their JSON: put `dragoman serve` before the engine",
    rank=80,
    needs=("speaks", "forced"),
    skill=True,
    limit=300.0,
    run=run,
)
