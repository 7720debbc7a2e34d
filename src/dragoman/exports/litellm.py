"""A configuration for LiteLLM's proxy before vLLM, for those who must keep it.

Written for LiteLLM 1.106: the provider `hosted_vllm` keeps requests on Chat Completions, where `openai` sends
Anthropic's to `/v1/responses`; retries and cooldowns are off, since one engine's 401 or 429 would lock
everybody out. Dragoman reads the same file (`dragoman serve --config`).
"""

from collections.abc import Mapping

from dragoman.exports import CannotExport, File, Options
from dragoman.exports._parts import engine, yaml
from dragoman.exports._parts.yaml import Noted
from dragoman.model.deployment import Deployment

SUMMARY = "a litellm_config.yaml for LiteLLM's proxy"

KEY, ENGINE_KEY = "LITELLM_MASTER_KEY", "VLLM_API_KEY"
TIMEOUT_S = 1800
CLAUDE = "claude-*"


def render(deployment: Deployment, options: Options) -> Mapping[str, File]:
    options = engine.checked(deployment, options)
    name = deployment.served_name
    if "*" in name or name.startswith("os.environ/") or not name.strip():
        raise CannotExport(
            f"{name!r} as a model's name means something else to LiteLLM; serve it as another."
        )
    hosts = engine.addresses(deployment, options)[:: deployment.nodes]
    ports = [options.engine_port + (0 if hosts else k) for k in range(deployment.replicas)]
    urls = [f"http://{hosts[k] if hosts else '127.0.0.1'}:{port}/v1" for k, port in enumerate(ports)]
    entries = [
        *(_entry(deployment, name, url) for url in urls),
        *(_entry(deployment, CLAUDE, url) for url in urls),
    ]
    given = {
        "model_list": Noted(
            "Equal names are replicas. Claude Code asks for names of its own, which the pattern answers.",
            entries,
        ),
        "litellm_settings": {
            "drop_params": Noted("Here it counts; under general_settings it does nothing.", True),
            "num_retries": 0,
            "request_timeout": TIMEOUT_S,
        },
        "router_settings": {"disable_cooldowns": True, "num_retries": 0},
        "general_settings": {
            "master_key": f"os.environ/{KEY}",
            "cancel_on_disconnect": Noted("Else the engine works on for clients that are gone.", True),
        },
    }
    return {"litellm_config.yaml": File(yaml.dump(given, _note(deployment, options)))}


def _entry(deployment: Deployment, name: str, url: str) -> dict[str, object]:
    length = deployment.max_model_len
    window = {"max_input_tokens": length} if length and length > 0 else {}
    return {
        "model_name": name,
        "litellm_params": {
            "model": f"hosted_vllm/{deployment.served_name}",
            "api_base": url,
            "api_key": f"os.environ/{ENGINE_KEY}",
            "timeout": TIMEOUT_S,
        },
        **({"model_info": window} if window else {}),
    }


def _note(deployment: Deployment, options: Options) -> str:
    return (
        f"{engine.title(deployment, options)}, behind LiteLLM's proxy.\n"
        "Made by `dragoman export litellm`.\n"
        "\n"
        f"    litellm --config litellm_config.yaml --host 127.0.0.1 --port {options.gateway_port}\n"
        "\n"
        f"{KEY} is what clients must send; LiteLLM does not start without it, nor with one such as sk-1234.\n"
        f"{ENGINE_KEY} is what the engine wants; any word will do where it wants none.\n"
        "In /v1/messages LiteLLM loses more than Dragoman does; `dragoman serve` takes this file unchanged."
    )
