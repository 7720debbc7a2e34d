"""A vLLM as the doctor sees it, well or with a fault planted: `Posing(parser="")` was started without one."""

from typing import Any

from tests.scripted_engine import Answer, Asked, ScriptedEngine, refuses, whole

INSTRUCT = "qwen3-30b-a3b-instruct-2507"
NO_AUTO = '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set'
WELL = (
    'vllm:num_requests_running{engine="0"} 1.0',
    'vllm:num_requests_waiting{engine="0"} 0.0',
    'vllm:kv_cache_usage_perc{engine="0"} 0.4',
    'vllm:prefix_cache_queries_total{engine="0"} 900000.0',
    'vllm:prefix_cache_hits_total{engine="0"} 800000.0',
    'vllm:cache_config_info{block_size="16",enable_prefix_caching="True",engine="0"} 1.0',
)
FAMILIES = {"qwen3_coder": "<function=", "hermes": '{"name"'}
"""A parser, and what it knows a call by."""


class Posing(ScriptedEngine):
    """`parser` empty: none was set; `auto`: --enable-auto-tool-choice; `leaves`: what its parser cannot read
    stays in the text; `template`: what the chat template does."""

    def __init__(self, **planted: Any) -> None:
        model = planted.pop("model", INSTRUCT)
        super().__init__({model: planted.pop("window", 262144)})
        self.model = model
        self.parser = planted.pop("parser", "hermes")
        self.auto = planted.pop("auto", True)
        self.leaves = planted.pop("leaves", False)
        self.reasons = planted.pop("reasons", False)
        self.excludes = planted.pop("excludes", False)
        self.renders = planted.pop("renders", True)
        self.late_system = planted.pop("late_system", True)
        self.key = planted.pop("key", "")
        self.health = planted.pop("health", 200)
        self.meters = planted.pop("meters", ())
        self.names = planted.pop("names", ())
        self.messages = planted.pop("messages", True)
        assert not planted

    def _answer_to(self, asked: Asked) -> Answer:
        guarded = asked.path.startswith("/v1/") and self.key
        if guarded and asked.headers.get("authorization") != f"Bearer {self.key}":
            return whole({"error": "Unauthorized"}, 401)
        match asked.method, asked.path:
            case "GET", "/health":
                return Answer(status=self.health)
            case "GET", "/metrics":
                return Answer((self._page().encode(),), headers={"content-type": "text/plain"})
            case "POST", "/tokenize":
                return self._tokenize(asked.body)
            case "POST", "/v1/messages/count_tokens" if self.messages:
                return self._count(asked)
            case "POST", "/v1/chat/completions":
                return self._chat(asked.body)
            case "GET", "/v1/models" | "/version":
                return self._usual(asked)
        return whole({"detail": "Not Found"}, 404)

    def _page(self) -> str:
        """Planted lines stand in the place of those of the same metric."""
        own = {line.partition("{")[0] for line in self.meters}
        lines = [*self.meters, *(line for line in WELL if line.partition("{")[0] not in own)]
        counter = ["vllm:tool_call_parser_invocations_total 0.0"] if self.parser else []
        return "\n".join([*lines, *counter, ""])

    def _size(self, body: Any, hidden: bool = False) -> int:
        said = len(str(body["messages"])) // 4
        return said + (100 if body.get("tools") and self.renders and not hidden else 0)

    def _tokenize(self, body: Any) -> Answer:
        roles = [message["role"] for message in body["messages"]]
        if not self.late_system and "system" in roles[1:]:
            return refuses(400, "System message must be at the beginning.")
        size = self._size(body)
        return whole({"count": size, "max_model_len": 262144, "tokens": [1] * size})

    def _parses(self, body: Any) -> bool:
        """Whether a request with tools is taken."""
        chosen = body.get("tool_choice", "auto")
        return not body.get("tools") or chosen == "none" or bool(self.parser and self.auto)

    def _count(self, asked: Asked) -> Answer:
        body = asked.body
        if body["model"] not in (self.model, *self.names):
            return refuses(404, f"The model `{body['model']}` does not exist.", kind="NotFoundError")
        if not self._parses(body):
            return refuses(400, NO_AUTO)
        if any("image" in str(message) for message in body["messages"]):
            return refuses(400, f"{self.model} is not a multimodal model")
        return whole({"input_tokens": len(asked.raw) // 4})

    def _chat(self, body: Any) -> Answer:
        if "thinking_token_budget" in body and not self.reasons:
            return refuses(400, "thinking_token_budget is set but reasoning_config is not configured.")
        if not self._parses(body):
            return refuses(400, NO_AUTO)
        text = body.get("structured_outputs", {}).get("choice", ["Hello."])[0]
        message: dict[str, Any] = {"role": "assistant", "content": text}
        if body.get("tools") and body.get("tool_choice") == "auto" and "look_up" in text:
            if FAMILIES.get(self.parser, "\0") in text:
                call = {"id": "c", "type": "function", "function": {"name": "look_up", "arguments": "{}"}}
                message = {"role": "assistant", "content": None, "tool_calls": [call]}
            elif not self.leaves:
                message = {"role": "assistant", "content": None, "tool_calls": []}
        hidden = self.excludes and body.get("tool_choice") == "none"
        usage = {"prompt_tokens": self._size(body, hidden), "completion_tokens": 30}
        return whole({"choices": [{"message": message, "finish_reason": "stop"}], "usage": usage})
