"""Claude Code: what it has to know of a gateway, as variables, settings and flags.

Its own settings files outrank the process environment, and `--settings` outranks those files: so the
variables go both ways, and nothing of the user's is touched. Counterpart: `cli.launch`, which runs it.
"""

import json
from collections.abc import Mapping, Sequence

from dragoman.launchers import PATIENCE_MS, PLACEHOLDER, Served, Start, Write, largest_output

PROGRAM = "claude"
INSTALL = "npm install -g @anthropic-ai/claude-code"
PUBLISHED = True

CLEARED = (
    "ANTHROPIC_API_KEY",
    "ANTHROPIC_SMALL_FAST_MODEL",
    "CLAUDE_CODE_USE_BEDROCK",
    "CLAUDE_CODE_USE_FOUNDRY",
    "CLAUDE_CODE_USE_VERTEX",
)
"""Variables that would lead requests, or the user's own key, somewhere else; empty counts as not set."""

FEW_TOOLS = "Bash,Read,Edit,Write"

# In tokens. The definitions of all tools have 19,000, without workflows 13,700, the four above 3,100.
FEW_TOOLS_UP_TO = 32 * 1024
NO_WORKFLOWS_UP_TO = 64 * 1024
# Claude Code raises a smaller number to this; it compares with the window itself, too.
SMALLEST_COMPACTION = 100_000
# It compacts this far before the window's end, output aside; below, every request would compact.
COMPACTION_MARGIN = 13_000
LEAST_CONVERSATION = 6_000

_FIXED = {
    "CLAUDE_CODE_ATTRIBUTION_HEADER": "0",
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    "API_FORCE_IDLE_TIMEOUT": "0",
    "API_TIMEOUT_MS": str(PATIENCE_MS),
    "CLAUDE_STREAM_IDLE_TIMEOUT_MS": "900000",
}


def prepare(served: Served, arguments: Sequence[str], write: Write) -> Start:
    """A key goes into a file of settings, since others can see a command line."""
    variables = environment(served.url, served.token, served.model, served.window, served.no_proxy)
    given = settings(variables)
    given = write(given) if served.token else given
    return Start(variables, argv(given, served.window, arguments), flags(served.window))


def environment(url: str, token: str, model: str, window: int | None, no_proxy: str = "") -> dict[str, str]:
    """The variables for a gateway at `url` that serves `model` with a window in tokens, None where unknown.

    `no_proxy` is what the user's NO_PROXY says; the gateway is added to it, since a proxy cannot reach it.
    """
    variables = {
        "ANTHROPIC_BASE_URL": url,
        "ANTHROPIC_AUTH_TOKEN": token or PLACEHOLDER,
        "ANTHROPIC_MODEL": model,
        "ANTHROPIC_DEFAULT_OPUS_MODEL": model,
        "ANTHROPIC_DEFAULT_SONNET_MODEL": model,
        "ANTHROPIC_DEFAULT_HAIKU_MODEL": model,
        "CLAUDE_CODE_SUBAGENT_MODEL": model,
        **_FIXED,
        **Served(url, model, no_proxy=no_proxy).direct(),
    }
    return variables | (fitting(window) if window else {})


def fitting(window: int) -> dict[str, str]:
    """The variables that follow from the window."""
    output = largest_output(window)
    variables = {
        "CLAUDE_CODE_MAX_CONTEXT_TOKENS": str(window),
        "CLAUDE_CODE_MAX_OUTPUT_TOKENS": str(output),
    }
    if window - min(output, 20_000) - COMPACTION_MARGIN >= LEAST_CONVERSATION:
        variables["CLAUDE_CODE_AUTO_COMPACT_WINDOW"] = str(max(window, SMALLEST_COMPACTION))
    if window <= NO_WORKFLOWS_UP_TO:
        variables["CLAUDE_CODE_DISABLE_WORKFLOWS"] = "1"
    return variables


def settings(variables: Mapping[str, str]) -> str:
    """The value of `--settings`, as JSON. A helper for keys would send its key besides the token."""
    return json.dumps({"env": dict.fromkeys(CLEARED, "") | dict(variables), "apiKeyHelper": ""})


def flags(window: int | None) -> tuple[str, ...]:
    """Flags that fit the window."""
    return ("--tools", FEW_TOOLS) if window and window <= FEW_TOOLS_UP_TO else ()


def argv(given_settings: str, window: int | None, arguments: Sequence[str] = ()) -> list[str]:
    """The command; `given_settings` is JSON or a file that holds it. A flag of the user's own wins."""
    own = {argument.partition("=")[0] for argument in arguments}
    tools = () if "--tools" in own else flags(window)
    # After --tools, which takes every word up to the next flag.
    given = () if "--settings" in own else ("--settings", given_settings)
    return [PROGRAM, *tools, *given, *arguments]
