"""What Claude Code 2.1.197 does where a setting says nothing; the doctor's checks compare with it."""

from collections.abc import Iterator

from dragoman.doctor.seen import Client

URL = "ANTHROPIC_BASE_URL"
DEFAULT_MODELS = {
    "ANTHROPIC_MODEL": "claude-opus-4-8",
    "ANTHROPIC_DEFAULT_OPUS_MODEL": "claude-opus-4-8",
    "ANTHROPIC_DEFAULT_SONNET_MODEL": "claude-sonnet-5",
    "ANTHROPIC_DEFAULT_HAIKU_MODEL": "claude-haiku-4-5-20251001",
}
MODELS = (*DEFAULT_MODELS, "ANTHROPIC_SMALL_FAST_MODEL", "CLAUDE_CODE_SUBAGENT_MODEL", "model")
WORDS = frozenset({"default", "opus", "sonnet", "haiku", "opusplan", "inherit"})
"""What may stand for a model and is one of the variables above."""
ASSUMED_WINDOW, LONG_WINDOW = 200_000, 1_000_000
LONG = "[1m]"
"""What at a name's end makes it believe in the longer one; it is not sent."""
OUTPUT = 32_000
PATIENCE_MS = 600_000


def main_model(client: Client) -> str:
    """What it asks for as it starts."""
    own = client.value("ANTHROPIC_MODEL") or client.value("model")
    name = "" if own in WORDS else own.removesuffix(LONG)
    return name or DEFAULT_MODELS["ANTHROPIC_MODEL"]


def models(client: Client) -> Iterator[str]:
    """All names that it may ask for."""
    yield main_model(client)
    for name in MODELS:
        value = client.value(name).removesuffix(LONG)
        if value and value not in WORDS:
            yield value
    if not client.value("CLAUDE_CODE_SUBAGENT_MODEL"):
        for name, default in DEFAULT_MODELS.items():
            if not client.value(name) and name != "ANTHROPIC_MODEL":
                yield default


def window(client: Client) -> int:
    """The window that it believes in, in tokens."""
    own = client.value("ANTHROPIC_MODEL") or client.value("model")
    assumed = LONG_WINDOW if own.endswith(LONG) else ASSUMED_WINDOW
    return client.number("CLAUDE_CODE_MAX_CONTEXT_TOKENS") or assumed


def output(client: Client) -> int:
    """The max_tokens that it asks for."""
    return client.number("CLAUDE_CODE_MAX_OUTPUT_TOKENS") or OUTPUT
