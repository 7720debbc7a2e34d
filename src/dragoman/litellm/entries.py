"""One entry of `model_list`: the engine that it names, or why the entry is not served.

An entry that cannot be served takes nothing from the others.
"""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from dragoman.litellm import keys
from dragoman.litellm.block import (
    Block,
    ExpectedError,
    count,
    flag,
    headers,
    json,
    line,
    mapping,
    number,
    text,
)
from dragoman.settings import SettingsError, Upstream, check_url

# All of them mean an engine that speaks OpenAI's protocol at api_base.
LOCAL = (
    "openai/", "hosted_vllm/", "vllm/", "custom_openai/", "openai_like/", "litellm_proxy/",
    "text-completion-openai/", "ollama_chat/", "ollama/", "lm_studio/", "llamafile/",
)  # fmt: skip
PUBLIC = ("azure/", "azure_ai/", "bedrock/", "sagemaker/", "sagemaker_chat/", "vertex_ai/", "vertex_ai_beta/")
PUBLIC_KEYS = ("aws_", "vertex_", "azure_")

DEFAULTS: dict[str, Callable[[Any], Any]] = {
    "temperature": json,
    "top_p": json,
    "top_k": json,
    "min_p": json,
    "max_tokens": count,
    "stop": json,
    "seed": json,
    "reasoning_effort": text,
    "presence_penalty": json,
    "frequency_penalty": json,
    "repetition_penalty": json,
    "chat_template_kwargs": mapping,
}
"""Fields of a chat completion that apply where the client says nothing."""

NO_HOST = "api_base is missing; no public service is ever called by default"


class Given(Struct, frozen=True):
    """What the rest of the configuration says of every entry."""

    params: Mapping[Any, Any] = {}
    api_base: str = ""


class Entry(Struct, frozen=True):
    """`pattern` is set where the configured name stands for many; the upstream then has its model's name."""

    upstream: Upstream
    pattern: str = ""

    @property
    def name(self) -> str:
        """As it stands in the configuration."""
        return self.pattern or self.upstream.name


class NotServedError(Exception):
    """`str(error)` says why this entry is not."""


def engine_id(model: str) -> str:
    """Without the one leading prefix that says how LiteLLM would call it."""
    return next((model.removeprefix(prefix) for prefix in LOCAL if model.startswith(prefix)), model)


def read_entry(block: Block, given: Given) -> Entry | None:
    """Raises SettingsError for a variable that is not set."""
    try:
        return _read(block, given)
    except NotServedError as error:
        block.say("", "error", f"{error}; this entry is not served")
        block.warn_of_unset()
        return None


def _read(block: Block, given: Given) -> Entry:
    params = block.block("litellm_params", given.params)
    info = block.block("model_info", params.block("model_info").given)
    refuse_public(params)
    name, model = named(block, "model_name", text), named(params, "model", text)
    if name is None or model is None:
        raise NotServedError(f"{'model_name' if name is None else 'litellm_params.model'} is missing")
    pattern, own = ("*" in name), engine_id(model)
    upstream = Upstream(
        url=address(params, given),
        key=named(params, "api_key", line) or "",
        model="" if "*" in own else own,
        name="" if "*" in own else own if pattern else name,
        window=info.take("max_input_tokens", count, "the window in tokens"),
        headers=headers_of(params),
        defaults=defaults_of(params),
        extra_body=params.take("extra_body", mapping, "sent with each request, over what the client says")
        or {},
        timeout=timeout_of(params),
    )
    say_names(block, params, upstream, name, own)
    close(block, params, info)
    return Entry(upstream, name if pattern else "")


def named(block: Block, name: str, kind: Callable[[Any], str]) -> str | None:
    """What an entry cannot do without. Raises NotServedError with its name."""
    try:
        return block.value(name, kind) or None
    except ExpectedError as error:
        raise NotServedError(f"{name}: expected {error}") from None


def refuse_public(params: Block) -> None:
    """Raises NotServedError for services that are no engine of one's own."""
    keys_found = [name for name in params.given if str(name).startswith(PUBLIC_KEYS)]
    model = str(params.given.get("model", ""))
    provider = str(params.given.get("custom_llm_provider", ""))
    if keys_found or model.startswith(PUBLIC) or f"{provider}/" in PUBLIC:
        found = keys_found[0] if keys_found else provider or model.partition("/")[0]
        raise NotServedError(f"{found} belongs to a public service, which is not called")
    params.take("custom_llm_provider", text, "every engine is called by OpenAI's protocol")


def address(params: Block, given: Given) -> str:
    api_base, base_url = named(params, "api_base", text), named(params, "base_url", text)
    url = api_base or base_url or given.api_base
    if not url:
        raise NotServedError(NO_HOST)
    try:
        check_url("api_base", url)
    except SettingsError as error:
        raise NotServedError(str(error)) from None
    if api_base and base_url:
        params.say("base_url", "ignored", "api_base says the same and is used")
    name = "api_base" if api_base or not base_url else "base_url"
    meaning = "the engine's address" if api_base or base_url else "taken from the variable OPENAI_API_BASE"
    params.say(name, "understood", meaning)
    return url


def headers_of(params: Block) -> dict[str, str]:
    meaning = "sent to the engine with each request"
    found = params.take("headers", headers, meaning) or {}
    return found | (params.take("extra_headers", headers, meaning) or {})


def defaults_of(params: Block) -> dict[str, Any]:
    meaning = "applies where the client says nothing"
    found = {name: params.take(name, kind, meaning) for name, kind in DEFAULTS.items()}
    limit = params.take("max_completion_tokens", count, meaning)
    found["max_tokens"] = found["max_tokens"] or limit
    thinking = params.take("thinking", mapping, f"{meaning}, as chat_template_kwargs.enable_thinking")
    if thinking:
        template = {"enable_thinking": thinking.get("type") != "disabled"}
        found["chat_template_kwargs"] = template | (found["chat_template_kwargs"] or {})
    return {name: value for name, value in found.items() if value is not None}


def timeout_of(params: Block) -> float | None:
    """There is one for both kinds of requests."""
    whole = params.take("timeout", number, "seconds until the engine must have begun to answer")
    if whole is not None and "stream_timeout" in params:
        params.value("stream_timeout", lambda given: given)
        params.say("stream_timeout", "ignored", "an engine has one time-out, and timeout is used")
    stream = (
        params.take("stream_timeout", number, "seconds, for whole replies too") if whole is None else None
    )
    return whole or stream


def say_names(block: Block, params: Block, upstream: Upstream, name: str, own: str) -> None:
    engine = upstream.root.rpartition("@")[2].rpartition("//")[2]
    if "*" in own:
        block.say("model_name", "understood", f"every model of {engine}, by the engine's own names")
    elif "*" in name:
        block.say("model_name", "understood", f"every name of this form stands for {own}")
    else:
        block.say("model_name", "understood", f"stands for {own} at {engine}")
    params.say("model", "understood", "all that the engine lists" if "*" in own else f"the engine's {own}")
    if upstream.key:
        params.say("api_key", "understood", "the key that the engine gets")


def close(block: Block, params: Block, info: Block) -> None:
    if params.take("drop_params", flag, keys.ALWAYS_DROPPED) is False:
        params.say("drop_params", "warning", f"it is off, and yet {keys.ALWAYS_DROPPED}")
    params.close(keys.PARAMS_ALWAYS, keys.PARAMS_IGNORED)
    info.close({}, keys.INFO_IGNORED)
    block.close({}, keys.ENTRY_IGNORED)
