"""What the gateway counts, in Prometheus' form at `/metrics`. Described in docs/metrics.md."""

import re
from collections.abc import Callable
from functools import cache

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from dragoman.model.effects import Outcome

TOOLS = 100
"""So many tools of a model are counted by name, the first that are called; all others together."""
OTHER = "other"
TOOL_NAME = re.compile(r"[0-9A-Za-z_.:-]{1,80}")

SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600)


class Metrics:
    """One gateway's counters, in a registry of their own. `in_flight` says how many it answers now."""

    def __init__(self, in_flight: Callable[[], int] = lambda: 0) -> None:
        self.registry = CollectorRegistry()
        labels = ["model", "wire"]
        self._requests = self._counter(
            "requests", "Requests for a reply, by how they ended", [*labels, "status", "ending"]
        )
        self._tokens = self._counter("tokens", "Tokens by kind: input, cached, output", ["model", "kind"])
        self._calls = self._counter("tool_calls", "Tool calls delivered", ["model", "tool"])
        self._repairs = self._counter("tool_call_repairs", "Repairs of tool calls", ["model", "tool", "kind"])
        self._tools: dict[str, set[str]] = {}
        self._changes = self._counter("changes", "Changes made to requests on their way, by kind", ["kind"])
        self._swallowed = self._counter(
            "swallowed_replies", "Replies of which a parser that does not fit left nothing", ["model"]
        )
        self._duration = self._histogram(
            "request_seconds", "From the request to the end of its answer", labels
        )
        self._first = self._histogram(
            "first_token_seconds", "From the request to the first event of its reply", labels
        )
        answering = Gauge("dragoman_in_flight", "Requests being answered", registry=self.registry)
        answering.set_function(in_flight)

    def count(self, wire: str, outcome: Outcome, began: float, ended: float) -> None:
        """Take one request's outcome; times are in seconds of one clock."""
        model, usage = outcome.model or "none", outcome.usage
        self._requests(model, wire, str(outcome.status), outcome.ending).inc()
        self._duration(model, wire).observe(ended - began)
        if outcome.first_token is not None:
            self._first(model, wire).observe(outcome.first_token - began)
        for kind, tokens in (("input", usage.input), ("cached", usage.cached), ("output", usage.output)):
            if tokens:
                self._tokens(model, kind).inc(tokens)
        for name, use in outcome.tools.items():
            tool = self._label(model, name)
            if use.calls:
                self._calls(model, tool).inc(use.calls)
            for kind, count in use.repairs.items():
                self._repairs(model, tool, kind).inc(count)
        for kind, count in outcome.notes.items():
            self._changes(kind).inc(count)
        if outcome.advice:
            self._swallowed(model).inc()

    def _label(self, model: str, tool: str) -> str:
        """A tool's name as a label: clients choose names, so that only so many are told apart."""
        known = self._tools.setdefault(model, set())
        if tool not in known:
            if len(known) >= TOOLS or not TOOL_NAME.fullmatch(tool):
                return OTHER
            known.add(tool)
        return tool

    def repairs(self) -> dict[str, int]:
        """Repairs of tool calls so far, by kind."""
        counts: dict[str, int] = {}
        for metric in self.registry.collect():
            for sample in metric.samples:
                if sample.name == "dragoman_tool_call_repairs_total":
                    kind = sample.labels["kind"]
                    counts[kind] = counts.get(kind, 0) + int(sample.value)
        return counts

    def page(self) -> bytes:
        return generate_latest(self.registry)

    def _counter(self, name: str, says: str, labels: list[str]) -> Callable[..., Counter]:
        """A counter by its labels' values. The children are kept: finding one anew costs microseconds."""
        return cache(Counter(f"dragoman_{name}", says, labels, registry=self.registry).labels)

    def _histogram(self, name: str, says: str, labels: list[str]) -> Callable[..., Histogram]:
        histogram = Histogram(f"dragoman_{name}", says, labels, buckets=SECONDS, registry=self.registry)
        return cache(histogram.labels)
