"""What the gateway counts, in Prometheus' form at `/metrics`. Described in docs/metrics.md."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from dragoman.model.effects import Outcome

SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600)


class Metrics:
    """One gateway's counters, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        labels = ["model", "wire"]
        self._requests = Counter(
            "dragoman_requests",
            "Requests for a reply, by how they ended",
            [*labels, "status", "ending"],
            registry=self.registry,
        )
        self._tokens = Counter(
            "dragoman_tokens",
            "Tokens by kind: input, cached, output",
            ["model", "kind"],
            registry=self.registry,
        )
        self._calls = Counter(
            "dragoman_tool_calls", "Tool calls delivered", ["model"], registry=self.registry
        )
        self._duration = Histogram(
            "dragoman_request_seconds",
            "From the request to the end of its answer",
            labels,
            buckets=SECONDS,
            registry=self.registry,
        )
        self._first = Histogram(
            "dragoman_first_token_seconds",
            "From the request to the first event of the reply",
            labels,
            buckets=SECONDS,
            registry=self.registry,
        )
        self.in_flight = Gauge("dragoman_in_flight", "Requests being answered", registry=self.registry)

    def count(self, wire: str, outcome: Outcome, began: float, ended: float) -> None:
        """Take one request's outcome; times are in seconds of one clock."""
        model, usage = outcome.model or "none", outcome.usage
        self._requests.labels(model, wire, str(outcome.status), outcome.ending).inc()
        self._duration.labels(model, wire).observe(ended - began)
        if outcome.first_token is not None:
            self._first.labels(model, wire).observe(outcome.first_token - began)
        if usage.input:
            self._tokens.labels(model, "input").inc(usage.input)
            self._tokens.labels(model, "output").inc(usage.output)
        if usage.cached:
            self._tokens.labels(model, "cached").inc(usage.cached)
        if outcome.calls:
            self._calls.labels(model).inc(outcome.calls)

    def page(self) -> bytes:
        return generate_latest(self.registry)
