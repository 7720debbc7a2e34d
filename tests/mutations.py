"""One behaviour switched off for each row of docs/compatibility.md that can be switched off by a few words.

`tests/test_mutations.py` puts `new` in the place of `old`, which stands once in the file, and wants the tests
of the row to notice.
"""

from typing import NamedTuple


class Mutation(NamedTuple):
    row: str
    file: str
    """Below `src/dragoman`."""
    old: str
    new: str


BLOCKS, REQUEST, REPLY = (f"wire/anthropic/{name}.py" for name in ("blocks", "request", "reply"))
GATE, SANITIZE, EXCHANGE, ANSWERING = (
    "transport/gate.py",
    "turns/sanitize.py",
    "journey/exchange.py",
    "journey/answering.py",
)
FIT, ROUTE, CALLS, UPSTREAM = (
    "turns/fit.py",
    "turns/route.py",
    "wire/openai_chat/calls.py",
    "wire/openai_chat/upstream.py",
)

MUTATIONS = [
    Mutation("CC-01", GATE, 'if scope["method"] == "HEAD" and path not in PUBLIC:', "if False:"),
    Mutation("CC-02", GATE, 'start = path.rfind("/v1/")', "start = -1"),
    Mutation("CC-03", REPLY, "for part in reply.blocks for block in block_bodies(part)", "for block in ()"),
    Mutation("CC-04", "journey/counting.py", "if replica is None or not replica.tokenize:", "if True:"),
    Mutation("CC-05", "journey/pool.py", "{published(name): self.known[name] for name in names}", "{}"),
    Mutation("CC-06", "transport/keys.py", "for key in given if", "for key in given[:1] if"),
    Mutation("CC-07", GATE, 'raise Unauthorized("the key is wrong")', "pass"),
    Mutation("CC-10", REQUEST, "return USER.decode(user).session_id or user", "return user"),
    Mutation(
        "CC-10",
        "journey/pool.py",
        "        if not session:\n            return idlest",
        "        if True:\n            return idlest",
    ),
    Mutation(
        "CC-11",
        REQUEST,
        'except (MsgspecError, UnicodeDecodeError):\n        return ""',
        "except AssertionError:\n        raise",
    ),
    Mutation("CC-12", "journey/asking.py", "max_tokens=min(request.max_tokens, max(window - 1, 1))", ""),
    Mutation("CC-13", REQUEST, 'and thinking.type in ("enabled", "adaptive")', ""),
    Mutation("CC-14", UPSTREAM, '{"type": "json_schema", "json_schema": schema}', '{"type": "text"}'),
    Mutation("CC-15", SANITIZE, "if not text.text.startswith(ATTRIBUTION)", "if True"),
    Mutation(
        "CC-16",
        BLOCKS,
        'class TextBlock(Struct, tag_field="type", tag="text")',
        'class TextBlock(Struct, tag_field="type", tag="text", forbid_unknown_fields=True)',
    ),
    Mutation("CC-17", SANITIZE, 'if turn.role == "system" else turn', "if False else turn"),
    Mutation("CC-18", SANITIZE, "if merged and merged[-1].role == turn.role:", "if False:"),
    Mutation(
        "CC-20",
        "turns/results.py",
        "return [*filled(calls, results), *rest]",
        "return [*results.values(), *rest]",
    ),
    Mutation("CC-21", BLOCKS, "bool(block.is_error)", "False"),
    Mutation(
        "CC-22",
        SANITIZE,
        "return replace(block, arguments=as_object(arguments))",
        "return block",
    ),
    Mutation(
        "CC-23",
        SANITIZE,
        "case Thinking(text=text):\n            return block if text else None",
        "case Thinking():\n            return block",
    ),
    Mutation("CC-24", BLOCKS, "signature: str | None = None", "signature: str"),
    Mutation("CC-25", SANITIZE, "if not images or not (data or url):", "if not (data or url):"),
    Mutation(
        "CC-26", REQUEST, 'bytes(given) == b"null" else given', 'bytes(given) == b"null" else ANY_OBJECT'
    ),
    Mutation("CC-27", "turns/knowntools.py", "    return None\n", "    return tool\n"),
    Mutation(
        "CC-28", REQUEST, "class WireTool(Struct):", "class WireTool(Struct, forbid_unknown_fields=True):"
    ),
    Mutation(
        "CC-29", UPSTREAM, 'if request.tools:\n        body["tools"]', 'if True:\n        body["tools"]'
    ),
    Mutation(
        "CC-30",
        ROUTE,
        'return "" if name.removeprefix(PREFIX).startswith("claude-") else None',
        "return None",
    ),
    Mutation("CC-31", ROUTE, "return model if model.startswith(PREFIX) else PREFIX + model", "return model"),
    Mutation("CC-31", ROUTE, 'name.startswith("claude-") or ', ""),
    Mutation("CC-32", ROUTE, "if target is not None and default is not None:", "if default is not None:"),
    Mutation("CC-33", "pages.py", "/v1/models/{id:path}", "/v1/models/{id}"),
    Mutation(
        "CC-34",
        REPLY,
        'return b"event: %s\\ndata: %s\\n\\n" % (kind.encode(), encode(body))',
        'return b"data: %s\\n\\n" % encode(body)',
    ),
    Mutation("CC-35", REPLY, "closing = self._close_block()", 'closing = b""'),
    Mutation("CC-36", EXCHANGE, 'given.new_id("msg_")', '"msg_1"'),
    Mutation("CC-37", "journey/pipeline.py", 'CallStarted(self._new_id("toolu_"), name)', "event"),
    Mutation(
        "CC-38",
        REPLY,
        '{"type": kind, **EMPTY[kind]}',
        '{"type": kind, **EMPTY[kind], **({"text": text} if kind == "text" else {})}',
    ),
    Mutation("CC-39", REPLY, '(self._close_block() if self._closed else b"")', 'b""'),
    Mutation(
        "CC-40",
        "model/reply.py",
        'return "end" if stopped.reason == "tool" else stopped.reason',
        "return stopped.reason",
    ),
    Mutation("CC-41", REPLY, "if not text:", "if False:"),
    Mutation("CC-42", REPLY, "max(usage.input - usage.cached, 0)", "usage.input"),
    Mutation("CC-43", REPLY, 'if self._open == "thinking":', "if False:"),
    Mutation("CC-44", EXCHANGE, "return [Cancel(), *self._end()]", "return self._end()"),
    Mutation("CC-45", CALLS, "if cut:\n", "if False:\n"),
    Mutation("CC-49", "turns/repair.py", 'yield replace(block, arguments="{}")', "yield block"),
    Mutation("CC-50", CALLS, "call = self._latest.get(index)", "call = self._latest.get(0)"),
    Mutation(
        "CC-51",
        "wire/openai_chat/answer.py",
        "if text:\n                return text[:2000]",
        "if text:\n                return body.decode()",
    ),
    Mutation("CC-52", FIT, "if left < least:", "if False:"),
    Mutation("CC-53", FIT, "for wording in WORDINGS:", "for wording in WORDINGS[:0]:"),
    Mutation("CC-54", FIT, "min(max_tokens, left)", "max_tokens"),
    Mutation("CC-55", ANSWERING, "if error.retry_after is not None:", "if False:"),
    Mutation("CC-56", ANSWERING, "if error.hopeless:", "if False:"),
    Mutation("CC-57", REPLY, "error_body(Busy(error.message))", "error_body(error)"),
    Mutation("CC-58", ANSWERING, "if not self.stages.calls:", "if True:"),
    Mutation("CC-59", "journey/asking.py", "if learned(self.model, rejection):", "if False:"),
    Mutation(
        "CC-60", EXCHANGE, "if self._request.stream and now >= self._given.now + PATIENCE:", "if False:"
    ),
    Mutation("CC-61", ANSWERING, "if now - self._event_at >= PULSE:", "if False:"),
    Mutation("CC-61", ANSWERING, "if now - self._sent_at >= PING:", "if False:"),
    Mutation("CC-62", REPLY, "return self._message_delta(None, None)", "return self.close()"),
    Mutation("CC-63", EXCHANGE, "given.whole_timeout, given.whole_timeout)", "1e9, 1e9)"),
    Mutation("CC-64", EXCHANGE, 'if self._phase != "streaming" and now >=', "if now >="),
    Mutation(
        "CC-65",
        SANITIZE,
        "clean(turn, images, notes) for turn in request.turns",
        "clean(turn, images and turn is request.turns[-1], notes) for turn in request.turns",
    ),
    Mutation("CC-66", SANITIZE, 'ATTRIBUTION = "x-anthropic-billing-header:"', 'ATTRIBUTION = "nothing"'),
    Mutation("CC-68", EXCHANGE, 'given.new_id("msg_")', '"msg_1"'),
]
