# Qwen/Qwen3-235B-A22B-Instruct-2507-FP8 on vLLM 0.32.0, 2 replicas of 4 GPUs (TP4), and Dragoman's gateway before it, in WSL2.
# Made by `dragoman export ps1`. Ctrl-C ends all that it started.
#
#     powershell -ExecutionPolicy Bypass -File start-qwen3-235b.ps1
#
# Needs, within WSL2: Bash 4.4, curl, Dragoman, and vLLM in an environment of its own (pip install 'vllm==0.32.0').
# Windows reaches the gateway at http://127.0.0.1:4000. A large model needs
# more memory than the half of the machine's that WSL2 takes: see memory= in .wslconfig.
[CmdletBinding()]
param(
    # A distribution of `wsl --list`; without, the default one.
    [string]$Distribution = '',
    # Variables that the script within WSL2 knows, such as @{ GATEWAY_PORT = '4001' }.
    [hashtable]$Set = @{}
)
$ErrorActionPreference = 'Stop'

if (-not (Get-Command wsl.exe -ErrorAction SilentlyContinue)) {
    throw 'WSL2 is not there: run "wsl --install" as an administrator, and restart.'
}

# What runs within WSL2, word for word.
$script = @'
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

export DO_NOT_TRACK=1
export HF_HUB_DISABLE_TELEMETRY=1
export PYTHONUNBUFFERED=1
export VLLM_ENGINE_READY_TIMEOUT_S=3600
export VLLM_NO_USAGE_STATS=1
export VLLM_WSL2_ENABLE_PIN_MEMORY=1
export PYTHONPATH=

engine=(
    "$VLLM" serve
    Qwen/Qwen3-235B-A22B-Instruct-2507-FP8
    --served-model-name qwen3-235b
    --tensor-parallel-size 4
    --enable-auto-tool-choice
    --tool-call-parser hermes
    --disable-access-log-for-endpoints '/health,/metrics'
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

gpus=('0,1,2,3' '4,5,6,7')
for k in 0 1; do
    export CUDA_VISIBLE_DEVICES=${gpus[k]}
    serve "qwen3-235b-engine-$k" 127.0.0.1 $((ENGINE_PORT + k))
    urls+=("http://127.0.0.1:$((ENGINE_PORT + k))")
done
[[ -z $DRAGOMAN ]] || gateway
for k in 0 1; do
    ready "qwen3-235b-engine-$k" $((ENGINE_PORT + k))
done

while true; do
    wait -n || true
    check
done
'@

# Keys that are set on Windows are handed on; WSL takes the variables that WSLENV names.
$names = @('DRAGOMAN_KEY', 'VLLM_API_KEY', 'HF_TOKEN') | Where-Object { Test-Path "Env:$_" }
foreach ($name in $Set.Keys) {
    Set-Item "Env:$name" $Set[$name]
    $names = @($names) + $name
}
$env:WSLENV = (@($env:WSLENV) + @($names) | Where-Object { $_ }) -join ':'

$bytes = [System.Text.Encoding]::ASCII.GetBytes($script.Replace("`r`n", "`n"))
$encoded = [System.Convert]::ToBase64String($bytes)
$where = @()
if ($Distribution) { $where = @('--distribution', $Distribution) }
& wsl.exe @where --exec bash -c 'exec bash <(echo $0 | base64 -d)' $encoded
exit $LASTEXITCODE
