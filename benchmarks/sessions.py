"""What the real Claude Code sends in two sessions of one project, recorded for benchmarks that replay it.

The first session has two prompts, parallel calls, thinking, an edit and two subagents; the second begins with
another prompt in the same project. A scripted engine behind a gateway answers. Claude Code's own prompts are
proprietary: a recording stays below the cache folder, never in the repository. Paths in it are neutral.
"""

import hashlib
import json
import os
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

from dragoman.journey.exchange import Exchange
from dragoman.model.effects import Effect
from tests import claude_code
from tests.claude_code import ROOT, ClaudeCode
from tests.gateway import gateway_before
from tests.scripted_engine import Answer, Asked, ScriptedEngine, says

WINDOW = 131072
NEUTRAL = "/home/dev/shop"
"""Stands in a recording for the folder in which it was made."""
AREAS = ("orders", "prices", "stock", "mail", "taxes", "users")
SUBAGENT = "cc_is_subagent=true"

Script = Callable[[Asked], Answer]


class Recorded(NamedTuple):
    """One request: `session` counts from 1, `agent` is 0 for the main conversation."""

    session: int
    agent: int
    body: dict[str, Any]

    @property
    def conversation(self) -> str:
        return f"session {self.session}" + (f", subagent {self.agent}" if self.agent else "")


def kept() -> Path:
    """Where the recording lies, one for each version of Claude Code and of this script."""
    made_by = (claude_code.PINNED / "package-lock.json").read_bytes() + Path(__file__).read_bytes()
    folder = Path(os.environ.get("DRAGOMAN_TEST_CACHE") or ROOT / ".cache")
    return folder / f"sessions-{hashlib.sha256(made_by).hexdigest()[:12]}.json"


def load() -> list[Recorded]:
    """The recording, made now where there is none."""
    if not kept().exists():
        record()
    return [Recorded(**row) for row in json.loads(kept().read_text("utf-8"))]


def record() -> None:
    """Run Claude Code through both sessions; fetches it where it is missing."""
    executable = claude_code.program()
    folder = Path(tempfile.mkdtemp(prefix="dragoman-")).resolve()
    try:
        rows = rows_of(bodies(executable, folder), folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    check(rows)
    part = kept().with_suffix(".part")
    part.parent.mkdir(parents=True, exist_ok=True)
    part.write_text(json.dumps([row._asdict() for row in rows], ensure_ascii=False), "utf-8")
    part.replace(kept())


def bodies(executable: Path, folder: Path) -> list[bytes]:
    """The body of every request for a reply, in the order in which they came."""
    taken: list[bytes] = []
    begin = Exchange.begin

    def taking(exchange: Exchange, body: bytes) -> list[Effect]:
        taken.append(bytes(body))
        return begin(exchange, body)

    with (
        ScriptedEngine({"scripted": WINDOW}, tokens=20000) as engine,
        gateway_before(engine.url) as gateway,
        mock.patch.object(Exchange, "begin", taking),
    ):
        user = ClaudeCode(executable, folder, gateway.url, "any", "anthropic/scripted", WINDOW)
        # Left out, it is what users have who follow Anthropic's own instructions.
        del user.variables["CLAUDE_CODE_ATTRIBUTION_HEADER"]
        write_project(user.cwd)
        engine.always(by_plan(plans(user.cwd)))
        for prompt, flags in (
            ("@build Add a discount for regular customers, with tests.", ()),
            ("@extend Now write down in a page what was changed.", ("-c",)),
            ("@review Look for mistakes in how stock is counted.", ()),
        ):
            # An empty or failed answer would be a plan that came to its end too early.
            assert user.run(prompt, *flags).text.startswith("Finished")
    return taken


def check(rows: list[Recorded]) -> None:
    """Another version of Claude Code may do it in another way: then the figures would mean something else."""
    turns = Counter((row.session, row.agent) for row in rows)
    if set(turns) != {(1, 0), (1, 1), (1, 2), (2, 0)} or turns[1, 0] < 12:
        raise SystemExit(f"Claude Code sent other sessions than were planned: {dict(turns)}")


def rows_of(taken: list[bytes], folder: Path) -> list[Recorded]:
    rows: list[Recorded] = []
    dashed, neutral = (re.sub(r"[^A-Za-z0-9]", "-", path) for path in (str(folder), NEUTRAL))
    sessions: dict[str, int] = {}
    agents: dict[tuple[int, str], int] = {}
    for raw in taken:
        body = json.loads(raw.decode().replace(str(folder), NEUTRAL).replace(dashed, neutral))
        id = json.loads(body.pop("metadata")["user_id"])["session_id"]
        session = sessions.setdefault(id, len(sessions) + 1)
        agent = 0
        if SUBAGENT in body["system"][0]["text"]:
            first = json.dumps(body["messages"][0]["content"][-1]["text"])
            agent = agents.setdefault((session, first), 1 + sum(known == session for known, _ in agents))
        rows.append(Recorded(session, agent, body))
    return rows


def by_plan(planned: dict[str, list[Script]]) -> Script:
    """The last marker that a user wrote chooses the plan; the replies after it, the step."""

    def answer(asked: Asked) -> Answer:
        messages = asked.body["messages"]
        said = [
            (place, marker)
            for place, message in enumerate(messages)
            for marker in planned
            if message["role"] == "user" and marker in str(message["content"])
        ]
        place, marker = said[-1]
        step: int = sum(message["role"] == "assistant" for message in messages[place:])
        return planned[marker][step](asked)

    return answer


def plans(project: Path) -> dict[str, list[Script]]:
    """What the model does, by the marker in the prompt."""

    def read(*areas: str) -> Script:
        calls = [("Read", {"file_path": str(project / f"{area}.py")}) for area in areas]
        return does(f"Looking at {' and '.join(areas)}.", *calls)

    def run(*commands: str, thinks: str = "") -> Script:
        calls = [("Bash", {"command": command, "description": "Look"}) for command in commands]
        return does("Trying it.", *calls, thinks=thinks)

    def scout(name: str, about: str) -> tuple[str, dict[str, Any]]:
        prompt = f"@{name} Find out how {about} is worked out, and say it in a few words."
        return "Agent", {"description": about, "prompt": prompt, "subagent_type": "general-purpose"}

    edit = {
        "file_path": str(project / "prices.py"),
        "old_string": "def prices_0(",
        "new_string": "def discount(",
    }
    written = {"file_path": str(project / "test_prices.py"), "content": source("test_prices")}
    page = {"file_path": str(project / "CHANGES.md"), "content": "# Changes\n\nRegular customers pay less.\n"}
    return {
        "@build": [
            run("ls", thinks="First I want to see what is there."),
            read("orders", "prices"),
            does("Two of them can look at once.", scout("one", "a price"), scout("two", "a tax")),
            run("sleep 1; wc -l prices.py", "grep -c def orders.py"),
            does("Now the change.", ("Edit", edit), thinks="The first function is the one to change."),
            does("And its test.", ("Write", written)),
            run("python3 -m py_compile test_prices.py && echo compiled"),
            read("users"),
            run("head -c 3000 mail.py", "exit 3"),
            says("Finished: regular customers get a discount."),
        ],
        "@one": [read("prices"), run("grep -n return prices.py"), says("A price is a sum.")],
        "@two": [read("taxes"), run("grep -n return taxes.py"), says("A tax is a share.")],
        "@extend": [
            read("mail"),
            does("Writing.", ("Write", page)),
            run("cat CHANGES.md"),
            says("Finished: it is written down."),
        ],
        "@review": [
            run("ls"),
            read("stock"),
            run("grep -n def stock.py", thinks="Every function has to be looked at."),
            says("Finished: no mistake found."),
        ],
    }


def does(text: str, *calls: tuple[str, dict[str, Any]], thinks: str = "") -> Script:
    return says(text, thinks=thinks, calls=[(name, json.dumps(arguments)) for name, arguments in calls])


def write_project(folder: Path) -> None:
    for area in AREAS:
        (folder / f"{area}.py").write_text(source(area), "utf-8")


def source(name: str) -> str:
    """A module of some 60 functions, the same each time."""
    parts = [f'"""All about {name}."""\n']
    for n in range(60):
        parts.append(f"def {name}_{n}(amount: int, rate: float = {n / 100}) -> float:")
        parts.append(f"    return amount * (1 + rate) + {n * n}\n")
    return "\n".join(parts)
