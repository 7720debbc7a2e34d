"""Writes the cases of `dragoman eval tools`: conversations of the generator, from a seed of their own.

python -m training.evaluation_cases > src/dragoman/evaluation/cases.jsonl
"""

import json
import sys
from collections.abc import Iterator
from random import Random
from typing import Any

from training.conversations import CALLS, MISSING, NO_FIT, PARALLEL, Conversation, Plan, conversation

SEED = 20_261
EACH = 20
KINDS = {
    "one tool": Plan(tools=1, kind=CALLS, turns=1, system_words=0, distraction_words=0),
    "four tools": Plan(tools=4, kind=CALLS, turns=1, system_words=0, distraction_words=0),
    "eight tools": Plan(tools=8, kind=CALLS, turns=1, system_words=0, distraction_words=0),
    "parallel": Plan(tools=3, kind=PARALLEL, turns=1, system_words=0, distraction_words=0),
    "no fitting tool": Plan(tools=3, kind=NO_FIT, turns=1, system_words=0, distraction_words=0),
    "missing argument": Plan(tools=3, kind=MISSING, turns=1, system_words=0, distraction_words=0),
    "long request": Plan(tools=4, kind=CALLS, turns=1, system_words=40, distraction_words=120),
}


def case(kind: str, number: int, made: Conversation) -> dict[str, Any] | None:
    """The request up to the answer, and the calls of that; None where the plan could not be kept."""
    request = made.request()
    at = next(n for n, message in enumerate(request["messages"]) if message["role"] == "assistant")
    calls = [call["function"] for call in request["messages"][at].get("tool_calls", ())]
    if bool(calls) == (kind in ("no fitting tool", "missing argument")):
        return None
    listed = [{"name": call["name"], "arguments": call["arguments"]} for call in calls]
    asked = {"messages": request["messages"][:at], "tools": request["tools"]}
    return {"id": f"{kind.replace(' ', '-')}-{number}", "kind": kind, **asked, "calls": listed}


def cases() -> Iterator[dict[str, Any]]:
    for kind, plan in KINDS.items():
        rng, number = Random(f"{SEED} {kind}"), 0
        while number < EACH:
            made = case(kind, number + 1, conversation(rng, plan))
            if made is not None:
                number += 1
                yield made


if __name__ == "__main__":
    for one in cases():
        sys.stdout.write(json.dumps(one, ensure_ascii=False, separators=(",", ":")) + "\n")
