"""A batch job of Slurm: engines and gateway on one machine, or one model over several with `srun`.

Each task of the job runs the start script of `sh` with its number.
"""

from collections.abc import Mapping

from dragoman.exports import File, Options
from dragoman.exports._parts import engine
from dragoman.exports._parts.script import Script
from dragoman.model.deployment import Deployment

SUMMARY = "a batch job of Slurm"

END = "END-OF-START-SCRIPT"

_SEVERAL = f"""\
HOSTS=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | tr '\\n' ' ')
export HOSTS

# What each machine runs; its number is SLURM_PROCID. A task that ends, ends all of them.
script=$(
    cat <<'{END}'
{{script}}{END}
)
exec srun --ntasks-per-node=1 --kill-on-bad-exit=1 bash -c "$script"
"""


def render(deployment: Deployment, options: Options) -> Mapping[str, File]:
    options = engine.checked(deployment, options)
    # From the login node people reach the machines of a job, not what listens on loopback there.
    script = Script(deployment, options, host="0.0.0.0")  # noqa: S104
    several = deployment.nodes > 1
    body = _SEVERAL.replace("{script}", script.text()) if several else script.text()
    start = "set -euo pipefail\n" if several else ""
    head = "\n".join(_head(deployment, options, script))
    return {f"{options.name}.sbatch": File(f"#!/usr/bin/env bash\n{head}\n{start}{_KEYS}{body}", True)}


_KEYS = """
: "${DRAGOMAN_KEY:?set DRAGOMAN_KEY to what clients must send; the gateway is open to the network}"
export DRAGOMAN_KEY
echo "The gateway will be at http://$(hostname):${GATEWAY_PORT:-4000}"

"""


def _head(deployment: Deployment, options: Options, script: Script) -> list[str]:
    gpus = engine.gpus_each(deployment, options) * (1 if deployment.nodes > 1 else deployment.replicas)
    settings = [
        f"#SBATCH --job-name={options.name}",
        f"#SBATCH --nodes={engine.machines(deployment)}",
        "#SBATCH --ntasks-per-node=1",
        *([f"#SBATCH --gpus-per-node={gpus}"] if gpus else []),
        "#SBATCH --exclusive",
        f"#SBATCH --output={options.name}-%j.log",
        "# A minute before the time limit, so that all ends in order.",
        "#SBATCH --signal=B:TERM@60",
    ]
    return [
        *settings,
        "#",
        f"# {engine.title(deployment, options)}, and Dragoman's gateway on the first machine.",
        "# Made by `dragoman export slurm`. A site may want --partition, --account and --time as well.",
        "#",
        f"# Needs, on each machine: {script.needs()}.",
        "# Keys come from the environment of `sbatch`: DRAGOMAN_KEY is what clients must send, VLLM_API_KEY",
        "# what the engine wants; HF_TOKEN opens gated models.",
    ]
