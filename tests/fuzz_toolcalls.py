"""A fuzz target for the readers of tool calls: bytes become a format, a text and a way to cut it.

    python -m tests.fuzz_toolcalls --seconds 120 [--seed N] [--plain]

Whatever the text: no reader fails, a streamed text comes to what the whole one does, and the time grows
with the length alone. With atheris installed (`pip install atheris`, a development tool of Linux on x86)
its coverage leads the search; without it, or with `--plain`, chance does. An input that breaks a rule is
printed as a line of Python that repeats it.
"""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import nullcontext
from importlib.util import find_spec
from pathlib import Path
from typing import Any

LED = __name__ == "__main__" and "--plain" not in sys.argv and find_spec("atheris") is not None
"""Whether atheris leads; it has to see the readers imported."""
if LED:
    import atheris  # type: ignore[import-untyped,unused-ignore,import-not-found]
with atheris.instrument_imports(include=["dragoman.toolcalls"]) if LED else nullcontext():
    from dragoman import folder
    from dragoman.toolcalls import ANYTHING, AUTO, Format, Parser, Toolset, offered
    from tests.toolcalls.reading import TOOL_LIST, cut_at, pieces_of, read

    CATALOG = folder.catalog()  # here, where it imports the formats and their readers
FORMATS = (AUTO, *CATALOG.names)
TOOLSETS = (offered(TOOL_LIST), offered(TOOL_LIST), ANYTHING, offered([]))
STARTS = (False, False, True, None)
LONG = 20_000
"""Characters of a text that is timed; quadratic readers need 10 s for so many."""
SECONDS = 2.0
"""CPU time that they may cost. Readers need 0.05 s; machines are slow at times, and atheris is."""

JSON = '{"name": "Write", "arguments": {"file_path": "a", "content": "b"}}'
QWEN = "<tool_call>\n<function=Write>\n<parameter=content>\nx\n</parameter>\n</function>\n</tool_call>"
WORDS = (
    *('"', "'", "\\", "\n", "{", "}", "[", "]", ",", ":", " ", "<", ">", "=", "```", "```json\n"),
    *('{"name": "', '", "arguments": {', '"arguments": ', '"parameters": ', '"content": "', '": ', "\\n"),
    *(
        "true",
        "None",
        "12",
        "-0.5e3",
        "null",
        '"""',
        "中",
        "🙂",
        "\\u4e2d",
        "\\ud83d",
        "\x00",
        "\ufeff",
        "\r\n",
    ),
    *(
        "Write",
        "get_weather",
        "ping",
        "city",
        "content",
        "file_path",
        "days",
        "tags",
        "where",
        "exact",
        "note",
    ),
    *("functions.", ":0", "<think>", "</think>", "<parameter=content>", "</parameter>", "<function=Write>"),
    *("</function>", "<arg_key>", "</arg_key>", "<arg_value>", "</arg_value>", 'name="', 'string="true"'),
    *("Write(", "content=", ")", JSON, QWEN, f"<tool_call>\n{JSON}\n</tool_call>", "</tool_call>"),
)
"""What texts are made of beside the format's own tags and single characters."""


def words_of(format: Format) -> tuple[str, ...]:
    thinking = [tag for pair in format.thinking for tag in (pair.opens, pair.closes)]
    own = [*format.openers, *format.leaks, *format.frames, *format.closers, *format.noise, *thinking]
    return (*own[:80], *WORDS)


VOCABULARY = {name: words_of(CATALOG.find(name)) for name in FORMATS}


class Input:
    """What bytes stand for: a head of six, then one for each word or character of the text."""

    def __init__(self, data: bytes) -> None:
        head, body = data[:6].ljust(6, b"\0"), data[6:]
        self.name = FORMATS[head[0] % len(FORMATS)]
        self.tools: Toolset = TOOLSETS[head[1] % len(TOOLSETS)]
        self.starts = STARTS[head[1] // 4 % len(STARTS)]
        self.cut = bool(head[1] & 64)
        self.long = head[2] < 8
        words = VOCABULARY[self.name]
        self.text = "".join(words[byte] if byte < len(words) else chr(32 + byte % 95) for byte in body)
        self.places = [head[3], head[4], head[5], head[4] * 3, head[5] * 5]


def one_input(data: bytes) -> None:
    """Hold the readers to their rules on one input. Raises AssertionError, or whatever a reader raises."""
    made = Input(data)
    format, text = CATALOG.find(made.name), made.text

    def comes_to(pieces: Sequence[str]) -> Any:
        return read(format, pieces, made.tools, made.starts, made.cut)

    whole = comes_to([text])
    assert comes_to(pieces_of(text, 1)) == whole, "by characters"
    assert comes_to(cut_at(text, made.places)) == whole, "cut in places"
    if made.long and text:
        cost = seconds(format, made, (text * (LONG // len(text) + 1))[:LONG])
        assert cost < SECONDS, f"{cost:.1f} s for {LONG} characters"


def seconds(format: Format, made: Input, text: str) -> float:
    """CPU time to read a text in pieces of four characters; of two tries the better."""
    costs = []
    for _try in range(2):
        parser = Parser(format, made.tools, made.starts)
        began = time.process_time()
        for piece in pieces_of(text, 4):
            parser.feed(piece)
        parser.close(made.cut)
        costs.append(time.process_time() - began)
        if costs[-1] < SECONDS:
            break
    return min(costs)


def seeds() -> list[bytes]:
    """Inputs to begin with: a call in each format's own tags."""
    found = []
    for number, name in enumerate(FORMATS):
        words = VOCABULARY[name]
        known = [words.index(word) for word in (JSON, QWEN)]
        found += [bytes((number, 0, 9, 3, 7, 11, *range(min(len(words), 6)), place)) for place in known]
    return found


def mutated(chance: random.Random, data: bytes) -> bytes:
    """The data with a few bytes changed, put in, taken out or repeated."""
    made = bytearray(data)
    for _change in range(chance.randint(1, 6)):
        at = chance.randrange(len(made) + 1)
        match chance.randrange(4):
            case 0:
                made[at:at] = bytes(chance.randrange(120) for _byte in range(chance.randint(1, 8)))
            case 1:
                del made[at : at + chance.randint(1, 8)]
            case 2:
                made[at : at + 1] = bytes([chance.randrange(256)])
            case _:
                made[at:at] = made[at : at + chance.randint(1, 12)]
    return bytes(made[:200])


def shown(data: bytes) -> None:
    """One input; one that breaks a rule is printed."""
    try:
        one_input(data)
    except BaseException:
        print(f"one_input({data!r})  # {Input(data).name}: {Input(data).text!r}", flush=True)
        raise


def by_chance(limit: float, seed: int) -> int:
    """Random inputs for so many seconds; returns how many there were."""
    chance = random.Random(seed)
    corpus, count, until = seeds(), 0, time.monotonic() + limit
    while time.monotonic() < until:
        data = corpus[count] if count < len(corpus) else mutated(chance, chance.choice(corpus))
        shown(data)
        if count % 8 == 0:
            corpus[chance.randrange(len(corpus))] = data
        count += 1
    return count


def led(limit: float, seed: int) -> None:
    """By atheris, which ends the process itself: with 0 where every input kept the rules."""
    folder = Path(tempfile.mkdtemp(prefix="fuzz-toolcalls-"))
    for number, data in enumerate(seeds()):
        (folder / str(number)).write_bytes(data)
    limits = [f"-max_total_time={max(1, round(limit))}", "-max_len=200", "-len_control=0"]
    limits += ["-timeout=60", "-rss_limit_mb=0"]
    where = [f"-artifact_prefix={folder}/", "-print_final_stats=1", f"-seed={seed + 1}", str(folder)]
    atheris.Setup([sys.argv[0], *limits, *where], shown)
    atheris.Fuzz()


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("--seconds", type=float, default=60)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--plain", action="store_true", help="by chance, even where atheris is installed")
    given = options.parse_args()
    if LED:
        led(given.seconds, given.seed)
    else:
        print(f"{by_chance(given.seconds, given.seed)} inputs by chance; all kept the rules")


if __name__ == "__main__":
    main()
