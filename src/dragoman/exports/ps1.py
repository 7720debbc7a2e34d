"""A start script for PowerShell on Windows: vLLM runs on Linux only, so it starts both within WSL2.

The Bash script of `sh` stands in it as a literal, in ASCII, which Windows PowerShell 5.1 reads without a byte
order mark. It goes to Bash as base64: nothing on the way would quote it the same in all versions.
"""

from collections.abc import Mapping
from dataclasses import replace

from dragoman.exports import CannotExport, File, Options
from dragoman.exports._parts import engine
from dragoman.exports._parts.script import Script
from dragoman.model.deployment import Deployment

SUMMARY = "a start script for PowerShell, which runs vLLM in WSL2"

# Without it vLLM does not pin memory under WSL.
_WSL = {"VLLM_WSL2_ENABLE_PIN_MEMORY": "1"}

_START = r"""
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
{script}'@

# Keys that are set on Windows are handed on; WSL takes the variables that WSLENV names.
$names = @('DRAGOMAN_KEY', 'VLLM_API_KEY', 'HF_TOKEN'{secrets}) | Where-Object { Test-Path "Env:$_" }
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
"""


def render(deployment: Deployment, options: Options) -> Mapping[str, File]:
    options = engine.checked(deployment, options)
    if deployment.nodes > 1:
        raise CannotExport("Several machines under WSL2 do not reach each other; export sh for Linux.")
    if options.device == "cuda":
        deployment = replace(deployment, environment=_WSL | dict(deployment.environment))
    script = Script(deployment, options, ascii_only=True)
    secrets = "".join(f", '{name}'" for name in engine.secrets(deployment) if name != "HF_TOKEN")
    text = _START.replace("{secrets}", secrets).replace("{script}", script.text())
    head = "\n".join(_head(deployment, options, script))
    return {f"start-{options.name}.ps1": File(head + text)}


def _head(deployment: Deployment, options: Options, script: Script) -> list[str]:
    return [
        f"# {engine.title(deployment, options, ascii_only=True)}, and Dragoman's gateway before it, in WSL2.",
        "# Made by `dragoman export ps1`. Ctrl-C ends all that it started.",
        "#",
        f"#     powershell -ExecutionPolicy Bypass -File start-{options.name}.ps1",
        "#",
        f"# Needs, within WSL2: {script.needs()}.",
        f"# Windows reaches the gateway at http://127.0.0.1:{options.gateway_port}. A large model needs",
        "# more memory than the half of the machine's that WSL2 takes: see memory= in .wslconfig.",
    ]
