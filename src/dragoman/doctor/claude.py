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
ASSUMED_WINDOW = 200_000
OUTPUT = 32_000
PATIENCE_MS = 600_000


def main_model(client: Client) -> str:
    """What it asks for as it starts."""
    own = client.value("ANTHROPIC_MODEL") or client.value("model")
    name = "" if own in WORDS else own.removesuffix("[1m]")
    return name or DEFAULT_MODELS["ANTHROPIC_MODEL"]


def models(client: Client) -> Iterator[str]:
    """All names that it may ask for."""
    yield main_model(client)
    for name in MODELS:
        value = client.value(name).removesuffix("[1m]")
        if value and value not in WORDS:
            yield value
    if not client.value("CLAUDE_CODE_SUBAGENT_MODEL"):
        for name, default in DEFAULT_MODELS.items():
            if not client.value(name) and name != "ANTHROPIC_MODEL":
                yield default


def output(client: Client) -> int:
    """The max_tokens that it asks for."""
    return client.number("CLAUDE_CODE_MAX_OUTPUT_TOKENS") or OUTPUT
