#!/usr/bin/env bash
# /models/it's "odd" $HOME `id` %n 通义 on vLLM 0.32.0, 2 replicas of 2 GPUs (TP2) over 2 machines, and Dragoman's gateway before it.
# Made by `dragoman export sh`. Ctrl-C ends all that it started.
#
# Needs Bash 4.4, curl, Dragoman, and vLLM in an environment of its own (pip install 'vllm==0.32.0').
# Keys come from variables: DRAGOMAN_KEY is what clients must send (wanted where GATEWAY_HOST is no
# loopback address), VLLM_API_KEY what the engine wants; HF_TOKEN opens gated models.
#
# Run it on each machine with its number, 0 to 3, and the addresses of all:
#     HOSTS='10.0.0.1 10.0.0.2 ...' ./start-reboot-name-x-1-x.sh 0
# A machine that stops does not stop the others: end them, then start all anew. Where a machine
# has several networks, set NCCL_SOCKET_IFNAME and GLOO_SOCKET_IFNAME.
set -euo pipefail
fail() {
    echo "$*" >&2
    exit 1
}

# Each of these can be set from outside; with DRAGOMAN empty there is no gateway.
VLLM=${VLLM:-vllm}
DRAGOMAN=${DRAGOMAN-dragoman}
ENGINE_PORT=${ENGINE_PORT:-8000}
GATEWAY_HOST=${GATEWAY_HOST:-127.0.0.1}
GATEWAY_PORT=${GATEWAY_PORT:-4000}
START_S=${START_S:-3600}
LOGS=${LOGS:-.}
HOSTS=${HOSTS:-}

export A=$'1 \'two\' "three" $four %five\x0a{{six}}'
export DO_NOT_TRACK=1
export HF_HUB_DISABLE_TELEMETRY=1
export PYTHONUNBUFFERED=1
export VLLM_ENGINE_READY_TIMEOUT_S=3600
export VLLM_NO_USAGE_STATS=1
export PYTHONPATH=

# Machine 2 * K and those after it hold replica K; the gateway is on machine 0.
machine=${1:-${SLURM_PROCID:-}}
read -ra hosts <<<"$HOSTS"
if ! [[ $machine =~ ^(0|[1-9][0-9]{0,4})$ ]] || ((machine >= 4)); then
    fail "Say which machine this is, from 0 to 3."
fi
((${#hosts[@]} == 4)) || fail "HOSTS must hold 4 addresses, machine 0 first."
rank=$((machine % 2))
master=${hosts[machine - rank]}
own=${hosts[machine]}
if ! [[ $own =~ ^[0-9.]+$ ]]; then
    own=$(getent ahostsv4 "$own" | awk '$1 !~ /^127[.]/ { print $1; exit }' || true)
fi
[[ -z $own ]] || export VLLM_HOST_IP=$own

# Engines of other machines are reached over the network, and so want a key.
: "${VLLM_API_KEY:?set VLLM_API_KEY to a word of your own, the same on all machines}"
export VLLM_API_KEY

engine=(
    "$VLLM" serve
    '/models/it'"'"'s "odd" $HOME `id` %n 通义'
    --served-model-name $'$(reboot) {{ .Name }} ${X} #1\x0a- \'x\': \\'
    --tensor-parallel-size 2
    --chat-template '/srv/a b.jinja'
    --enable-auto-tool-choice
    --tool-call-parser hermes
    --disable-access-log-for-endpoints '/health,/metrics'
    --nnodes 2 --node-rank "$rank"
    --master-addr "$master" --master-port 29501
    --override-generation-config '{"a": {"top_p": 0.8}}'
    '--x=;&|<>*?[~!' ''
)

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

if ((rank == 0)); then
    serve "reboot-name-x-1-x-engine-$machine" 0.0.0.0 "$ENGINE_PORT"
else
    engine+=(--headless)
    serve "reboot-name-x-1-x-engine-$machine" 127.0.0.1 "$ENGINE_PORT"
fi
if ((machine == 0)) && [[ -n $DRAGOMAN ]]; then
    for ((k = 0; k < 4; k += 2)); do
        host=${hosts[k]}
        ((k > 0)) || host=127.0.0.1
        urls+=("http://$host:$ENGINE_PORT")
    done
    gateway
fi
((rank > 0)) || ready "reboot-name-x-1-x-engine-$machine" "$ENGINE_PORT"

while true; do
    wait -n || true
    check
done
