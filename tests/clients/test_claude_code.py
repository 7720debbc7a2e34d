"""The real Claude Code does its work through the gateway on a real vLLM, whose words the tests choose."""

import json
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from tests import claude_code
from tests.claude_code import ClaudeCode
from tests.fixtures import KEY
from tests.gateway import RunningGateway, until, value
from tests.real_engine import RealEngine
from tests.scripts import call

pytestmark = [pytest.mark.engine, pytest.mark.client]

# What a model must be able to write into a file without any of it being taken for something else. Blanks at
# the end of a line and `\u00e9` are left to test_anthropic: Claude Code itself changes them.
AWKWARD = (
    'He said "hi" and \'bye\' \\ \\n \\" `x` $HOME %s {}\n'
    "\ttabs\tand  blanks\n"
    "<b>bold</b> <tool> </tool_calls> &amp; <!-- -->\n"
    '{"name": "Write", "arguments": {"x": [1, null, "\\n"]}}\n'
    "你好，世界。\u3000全角 é ü 🙂\n"
    "\n\n"
    "no newline at the end"
)


@pytest.fixture(scope="session")
def executable() -> Path:
    return claude_code.program()


@pytest.fixture
def user(executable: Path, served: RunningGateway, real_engine: RealEngine, tmp_path: Path) -> ClaudeCode:
    model = f"anthropic/{real_engine.model}"
    return ClaudeCode(executable, tmp_path, served.url, KEY, model, real_engine.max_model_len)


@pytest.fixture
def answers(real_engine: RealEngine) -> Iterator[Callable[..., None]]:
    """`answers("@marker", first, second)`: what the model says after the prompt that holds the marker."""
    scripts: dict[str, tuple[str, ...]] = {}

    def choose(marker: str, *texts: str) -> None:
        scripts[marker] = texts
        real_engine.scripts.write_text(json.dumps(scripts))

    yield choose
    real_engine.scripts.write_text("{}")


@pytest.fixture
def requests(served: RunningGateway) -> Iterator[Callable[[], dict[tuple[str, str], int]]]:
    """Requests since the test began, by (status, ending)."""

    def count() -> dict[tuple[str, str], int]:
        # A request is counted when the engine has ended its answer, a moment after the client has all of it.
        until(lambda: value(served.gateway.metrics.page().decode(), "dragoman_in_flight") == 0)
        found: dict[tuple[str, str], int] = {}
        for metric in served.gateway.metrics.registry.collect():
            for sample in metric.samples:
                if sample.name == "dragoman_requests_total":
                    key = (sample.labels["status"], sample.labels["ending"])
                    found[key] = found.get(key, 0) + int(sample.value)
        return found

    before = count()
    yield lambda: {key: n - before.get(key, 0) for key, n in count().items() if n != before.get(key, 0)}


Requests = Callable[[], dict[tuple[str, str], int]]
Answers = Callable[..., None]


def good(number: int) -> Any:
    """Only so many requests, and each of them answered: no retry, no fallback."""
    return {("200", "complete"): number}


@pytest.mark.requirement("CC-69")
def test_a_plain_answer(user: ClaudeCode, answers: Answers, requests: Requests) -> None:
    answers("@plain", "It is 42, 是的.")
    assert user.run("@plain What is it?").text == "It is 42, 是的."
    assert requests() == good(1)


@pytest.mark.requirement("CC-69")
def test_a_command_its_result_and_the_last_words(
    user: ClaudeCode, answers: Answers, requests: Requests
) -> None:
    command = "printf 'from \"Claude\" 中文\\n' > made.txt && echo done"
    answers("@bash", "I will.\n" + call("Bash", command=command, description="Make it"), "It is made.")
    ran = user.run("@bash Make the file.")
    assert ran.text == "It is made."
    assert ran.said["num_turns"] == 2
    assert requests() == good(2)
    assert (user.cwd / "made.txt").read_text() == 'from "Claude" 中文\n'


@pytest.mark.requirement("CC-50")
@pytest.mark.requirement("CC-69")
def test_two_calls_at_once(user: ClaudeCode, answers: Answers, requests: Requests) -> None:
    both = [call("Bash", command=f"echo {n} > {n}.txt", description=n) for n in ("one", "two")]
    answers("@both", "\n".join(both), "Both are done.")
    assert user.run("@both Do both.").text == "Both are done."
    assert requests() == good(2)
    assert {path.name: path.read_text() for path in user.cwd.iterdir()} == {
        "one.txt": "one\n",
        "two.txt": "two\n",
    }


@pytest.mark.requirement("CC-69")
def test_a_file_written_and_read_back_is_the_same_byte_for_byte(
    user: ClaudeCode, answers: Answers, requests: Requests
) -> None:
    path = user.cwd / "awkward.txt"
    answers(
        "@write",
        call("Write", file_path=str(path), content=AWKWARD),
        call("Read", file_path=str(path)),
        call("Bash", command=f"cp {shlex.quote(str(path))} copy.txt", description="Copy"),
        "Written, read and copied.",
    )
    assert user.run("@write Write it, read it.").text == "Written, read and copied."
    assert requests() == good(4)
    assert path.read_bytes() == AWKWARD.encode()
    assert (user.cwd / "copy.txt").read_bytes() == AWKWARD.encode()


@pytest.mark.requirement("CC-65")
@pytest.mark.requirement("CC-69")
def test_a_conversation_goes_on(user: ClaudeCode, answers: Answers, requests: Requests) -> None:
    answers("@first", call("Bash", command="echo 1 >> log.txt", description="Log"), "The first is done.")
    answers("@second", call("Bash", command="echo 2 >> log.txt", description="Log"), "So is the second.")
    first = user.run("@first Do the first.")
    assert first.text == "The first is done."
    second = user.run("@second Do the second.", "-c")
    assert second.text == "So is the second."
    assert second.said["session_id"] == first.said["session_id"]
    assert requests() == good(4)
    assert (user.cwd / "log.txt").read_text() == "1\n2\n"
    # The conversation before is the beginning of this one, so the engine has most of it in its cache.
    usage = second.said["usage"]
    assert usage["cache_read_input_tokens"] > 0.8 * (usage["cache_read_input_tokens"] + usage["input_tokens"])


@pytest.fixture
def unconstrained(served: RunningGateway) -> Iterator[None]:
    """Without the engine's grammar, under which no call can be wrong."""
    replica = served.gateway.pool.replicas[0]
    usual, replica.upstream = replica.upstream, replace(replica.upstream, constrain="off")
    yield
    replica.upstream = usual


def test_a_wrong_tool_call_comes_back_to_the_model(
    user: ClaudeCode, answers: Answers, requests: Requests, unconstrained: None
) -> None:
    answers(
        "@wrong", call("Bash"), call("Bash", command="echo ok > ok.txt", description="x"), "Then it worked."
    )
    assert user.run("@wrong Try.").text == "Then it worked."
    assert requests() == good(3)
    assert (user.cwd / "ok.txt").read_text() == "ok\n"


@pytest.mark.requirement("CC-40")
def test_an_answer_that_is_cut_is_resumed(user: ClaudeCode, answers: Answers, requests: Requests) -> None:
    """Claude Code says "resume directly" as a user; the model's second turn ends it."""
    user.variables["CLAUDE_CODE_MAX_OUTPUT_TOKENS"] = "200"
    answers("@cut", "word " * 250, "and that is all.")
    assert user.run("@cut Say much.").text.endswith("and that is all.")
    assert requests() == good(2)
