"""Keys of LiteLLM's file that need nothing done, and those that are ignored, each with the reason.

A name that ends in `_` stands for all that begin with it.
"""

ALWAYS_DROPPED = "parameters that the engine does not know are always dropped"
_ONE_RETRY = "another replica is asked where an engine cannot be reached; nothing is repeated once it began"
_NO_LIMITS = "there are no limits per model or key yet"
_NO_PRICES = "nothing is billed"
_NO_OTHER_MODEL = "a request never goes to a model of another name; replicas stand in for each other"
LEAST_BUSY = "the replica with the fewest requests is chosen"
_NO_DATABASE = "there is no database"
_NO_PAGES = "there is no admin page"
_NO_CACHE = "replies are not kept; the engine's prefix cache does the work"
_NO_ALERTS = "there are no alerts; /metrics can be watched"
_NO_GUARDRAILS = "there are no guardrails"
_ENGINE_KNOWS = "the engine itself is asked what it can do"
_NEVER_OUT = "a replica that fails is asked last; the only one is never locked out"
_NOT_SERVED = "this is not served"

ENTRY_IGNORED = {
    "tpm": f"it belongs into litellm_params, and {_NO_LIMITS}",
    "rpm": f"it belongs into litellm_params, and {_NO_LIMITS}",
    "team_id": "there are no teams",
    "tier": "there are no tiers",
    "access_groups": "there are no access groups",
}

PARAMS_ALWAYS = {
    "use_chat_completions_api": "always so",
    "merge_reasoning_content_in_choices": "reasoning is passed on in the client's own protocol",
}
PARAMS_IGNORED = {
    "additional_drop_params": "fields that the client sends cannot be named for dropping yet",
    "allowed_openai_params": "what the engine knows is passed as it is",
    "max_retries": _ONE_RETRY,
    "num_retries": _ONE_RETRY,
    "cooldown_time": _NEVER_OUT,
    "rpm": _NO_LIMITS,
    "tpm": _NO_LIMITS,
    "max_parallel_requests": _NO_LIMITS,
    "weight": LEAST_BUSY,
    "order": LEAST_BUSY,
    "keepalive_seconds": "a silent stream is kept alive in any case",
    "tags": "there are no tags",
    "mock_response": "the engine answers",
    "auto_router_": "a model is chosen by its name alone",
    "input_cost_per_": _NO_PRICES,
    "output_cost_per_": _NO_PRICES,
    "cache_": _NO_PRICES,
    "max_budget": _NO_PRICES,
    "budget_duration": _NO_PRICES,
    "organization": "an engine of one's own knows no organizations",
    "api_version": "an engine of one's own has no such versions",
    "litellm_credential_name": "there are no stored credentials; write api_key",
    "use_in_pass_through": _NOT_SERVED,
}

INFO_IGNORED = {
    "id": "replicas need no ids",
    "mode": _ENGINE_KNOWS,
    "base_model": _NO_PRICES,
    "max_tokens": "the engine itself limits its replies",
    "max_output_tokens": "the engine itself limits its replies",
    "input_cost_per_": _NO_PRICES,
    "output_cost_per_": _NO_PRICES,
    "cache_": _NO_PRICES,
    "supports_": _ENGINE_KNOWS,
    "supported_endpoints": _ENGINE_KNOWS,
    "access_groups": "there are no access groups",
    "team_id": "there are no teams",
    "tier": "there are no tiers",
}

LITELLM_ALWAYS = {
    "drop_params": ALWAYS_DROPPED,
    "modify_params": "conversations are always made acceptable to the engine",
    "use_chat_completions_url_for_anthropic_messages": "always so",
    "turn_off_message_logging": "always so: what is said never reaches the log",
    "redact_user_api_key_info": "always so: keys never reach the log",
}
LITELLM_IGNORED = {
    "num_retries": _ONE_RETRY,
    "allowed_fails": _NEVER_OUT,
    "cooldown_time": _NEVER_OUT,
    "fallbacks": _NO_OTHER_MODEL,
    "default_fallbacks": _NO_OTHER_MODEL,
    "context_window_fallbacks": _NO_OTHER_MODEL,
    "content_policy_fallbacks": _NO_OTHER_MODEL,
    "json_logs": "log lines are sentences",
    "ssl_verify": "certificates are always verified",
    "force_ipv4": "the address of the engine decides",
    "cache": _NO_CACHE,
    "cache_params": _NO_CACHE,
    "guardrails": _NO_GUARDRAILS,
    "langfuse_": "traces are not sent anywhere",
    "service_callback": "traces are not sent anywhere",
    "default_internal_user_params": "there are no users yet",
    "max_internal_user_budget": _NO_PRICES,
    "internal_user_budget_duration": _NO_PRICES,
    "max_end_user_": _NO_PRICES,
    "max_budget": _NO_PRICES,
    "budget_duration": _NO_PRICES,
    "enable_preview_features": "there are none",
    "telemetry": "nothing is ever reported anywhere",
}

GENERAL_IGNORED = {
    "max_parallel_requests": _NO_LIMITS,
    "global_max_parallel_requests": _NO_LIMITS,
    "max_response_size_mb": "an engine's whole reply may have 64 MiB",
    "background_health_checks": "engines are always watched",
    "health_check_": "engines are always watched",
    "allowed_routes": "the key opens every route",
    "litellm_key_header_name": "a key is taken from x-api-key and Authorization: Bearer",
    "infer_model_from_keys": "the configuration names every model",
    "disable_spend_logs": _NO_PRICES,
    "database_": _NO_DATABASE,
    "store_model_in_db": _NO_DATABASE,
    "store_prompts_in_spend_logs": _NO_DATABASE,
    "proxy_batch_write_at": _NO_DATABASE,
    "use_redis_transaction_buffer": _NO_DATABASE,
    "allow_requests_on_db_unavailable": _NO_DATABASE,
    "ui_": _NO_PAGES,
    "custom_auth": "code is never taken from a configuration; keys are the only way in",
    "custom_": "code is never taken from a configuration",
    "enable_jwt_auth": "keys are the only way in",
    "litellm_jwtauth": "keys are the only way in",
    "enable_oauth2_auth": "keys are the only way in",
    "key_management_": "keys come from the file, a variable or a key file",
    "alerting": _NO_ALERTS,
    "alerting_": _NO_ALERTS,
    "alert_": _NO_ALERTS,
    "pass_through_endpoints": _NOT_SERVED,
    "enforce_user_param": "there are no users yet",
    "completion_model": "a model is chosen by its name alone",
}

ROUTER_IGNORED = {
    "routing_strategy_args": LEAST_BUSY,
    "num_retries": _ONE_RETRY,
    "max_retries": _ONE_RETRY,
    "retry_after": _ONE_RETRY,
    "retry_policy": _ONE_RETRY,
    "model_group_retry_policy": _ONE_RETRY,
    "allowed_fails": _NEVER_OUT,
    "allowed_fails_policy": _NEVER_OUT,
    "cooldown_time": _NEVER_OUT,
    "disable_cooldowns": _NEVER_OUT,
    "fallbacks": _NO_OTHER_MODEL,
    "default_fallbacks": _NO_OTHER_MODEL,
    "context_window_fallbacks": _NO_OTHER_MODEL,
    "content_policy_fallbacks": _NO_OTHER_MODEL,
    "max_fallbacks": _NO_OTHER_MODEL,
    "enable_pre_call_checks": "a prompt over the window is found in any case",
    "optional_pre_call_checks": "a prompt over the window is found in any case",
    "redis_": "one process serves; nothing is shared",
    "cache_responses": _NO_CACHE,
    "cache_kwargs": _NO_CACHE,
    "caching_groups": _NO_CACHE,
    "provider_budget_config": _NO_PRICES,
    "enable_tag_filtering": "there are no tags",
    "tag_filtering_match_any": "there are no tags",
}

TOP_IGNORED = {
    "guardrails": _NO_GUARDRAILS,
    "policies": _NO_GUARDRAILS,
    "mcp_servers": "clients bring their own MCP servers",
    "mcp_tools": "clients bring their own MCP servers",
    "callback_settings": "traces are not sent anywhere",
    "credential_list": "there are no stored credentials; write api_key",
    "vector_store_registry": _NOT_SERVED,
    "finetune_settings": _NOT_SERVED,
    "files_settings": _NOT_SERVED,
    "assistant_settings": _NOT_SERVED,
    "search_tools": "web search is configured in a file of our own form",
    "sandbox_tools": _NOT_SERVED,
    "prompts": _NOT_SERVED,
    "agents": _NOT_SERVED,
    "worker_registry": "one process serves",
}
