"""An engine's tool parser that does not fit the model: how it shows in a reply, and what to change."""

from dragoman.journey.pipeline import Stages
from dragoman.journey.pool import Model, Replica
from dragoman.model.engine import EngineFacts

EXACT = ("vllm", "sglang")
"""Engines that pass on all that they make, so that a token is a byte at least."""


def symptom(stages: Stages, facts: EngineFacts) -> str:
    """What shows that the parser took calls away or left them in the text; empty: nothing does."""
    if stages.lost(exact=facts.kind in EXACT):
        return f"of {stages.usage.output} tokens {stages.said} bytes of text came"
    return "it left a call in the text" if stages.leaked and facts.parses else ""


def advice(replica: Replica, model: Model, shown: str) -> str:
    """A sentence for the operator."""
    parser = model.profile.tool_parser
    flag = f"--tool-call-parser {parser}" if parser else "the --tool-call-parser of its family"
    return (
        f"the tool parser of the engine at {replica.upstream.root} does not fit {model.id}: {shown}. "
        f"Start the engine with {flag}; until then requests go round its parser"
    )
