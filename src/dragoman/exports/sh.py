"""A start script for Bash: engines and gateway on this machine, or this machine's part of several."""

from collections.abc import Mapping

from dragoman.exports import File, Options
from dragoman.exports._parts import engine
from dragoman.exports._parts.script import Script
from dragoman.model.deployment import Deployment

SUMMARY = "a start script for Bash"


def render(deployment: Deployment, options: Options) -> Mapping[str, File]:
    options = engine.checked(deployment, options)
    script = Script(deployment, options)
    head = "\n".join(_head(deployment, options, script))
    return {f"start-{options.name}.sh": File(f"#!/usr/bin/env bash\n{head}\n{script.text()}", True)}


def _head(deployment: Deployment, options: Options, script: Script) -> list[str]:
    """What the reader has to know."""
    lines = [
        f"# {engine.title(deployment, options)}, and Dragoman's gateway before it.",
        "# Made by `dragoman export sh`. Ctrl-C ends all that it started.",
        "#",
        f"# Needs {script.needs()}.",
        "# Keys come from variables: DRAGOMAN_KEY is what clients must send (wanted where GATEWAY_HOST is no",
        "# loopback address), VLLM_API_KEY what the engine wants; HF_TOKEN opens gated models.",
    ]
    if deployment.nodes > 1:
        last = engine.machines(deployment) - 1
        lines += [
            "#",
            f"# Run it on each machine with its number, 0 to {last}, and the addresses of all:",
            f"#     HOSTS='10.0.0.1 10.0.0.2 ...' ./start-{options.name}.sh 0",
            "# A machine that stops does not stop the others: end them, then start all anew. Where a machine",
            "# has several networks, set NCCL_SOCKET_IFNAME and GLOO_SOCKET_IFNAME.",
        ]
    return lines
