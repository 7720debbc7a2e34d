"""Claude Code believes in another window than the model has."""

from dragoman.doctor.check import Check, Finding
from dragoman.doctor.claude import main_model
from dragoman.doctor.claude import window as believed
from dragoman.doctor.seen import Seen

TOLD = "CLAUDE_CODE_MAX_CONTEXT_TOKENS"
COMPACTS = "CLAUDE_CODE_AUTO_COMPACT_WINDOW"
PERCENT = "CLAUDE_AUTOCOMPACT_PCT_OVERRIDE"
SMALLEST = 100_000


def judge(seen: Seen) -> list[Finding]:
    client = seen.client
    window = seen.window(main_model(client)) if client else None
    if client is None or not window:
        return []
    told, belief = client.number(TOLD), believed(client)
    compacts = client.number(COMPACTS) or client.number("autoCompactWindow")
    found = []
    if belief > window:
        found.append(
            Finding(
                f"Claude Code believes in {belief:,} tokens, the window has {window:,}.",
                f"{client.place(TOLD)} is too large." if told else f"{TOLD} is not set.",
                f"Set {TOLD}={window}.",
                "It answers overlong prompts in the words on which Claude Code compacts.",
                place=client.place(TOLD),
            )
        )
    if not compacts:
        found.append(
            Finding(
                "Claude Code compacts only after a request was refused as too long.",
                f"{COMPACTS} is not set"
                + (
                    ", and CLAUDE_AUTOCOMPACT_PCT_OVERRIDE does nothing without it."
                    if client.value(PERCENT)
                    else "."
                ),
                f"Set {COMPACTS}={max(window, SMALLEST)}.",
                "It refuses in the words on which Claude Code compacts.",
                level="note",
                place=client.place(COMPACTS),
            )
        )
    return found


CHECK = Check("Claude Code believes in another window than the model has", judge)
