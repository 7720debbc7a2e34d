"""What the engine's own metrics say, where they can be reached: of a gateway of ours its engines', else the
endpoint's."""

from urllib.parse import urlsplit

from dragoman.verify.endpoint import Endpoint
from dragoman.verify.outcome import Failed

RUNNING = ("vllm:num_requests_running", "vllm:num_requests_waiting", "sglang:num_running_reqs")
HITS = ("vllm:prefix_cache_hits_total", "vllm:prefix_cache_hits")
QUERIES = ("vllm:prefix_cache_queries_total", "vllm:prefix_cache_queries")


async def pages(endpoint: Endpoint) -> list[str]:
    """Where metrics may be."""
    if not endpoint.kind.startswith("Dragoman"):
        return [f"{endpoint.url}/metrics"]
    key = endpoint.target.key
    answer = await endpoint.fetch("GET", "/status", {"x-api-key": key} if key else {})
    match answer.json() if answer.status == 200 else {}:
        case {"engines": [*engines]}:
            urls = [str(engine.get("url")) for engine in engines if isinstance(engine, dict)]
        case _:
            return []
    return [f"{url.rstrip('/')}/metrics" for url in urls if urlsplit(url).scheme in ("http", "https")]


async def read(endpoint: Endpoint, names: tuple[str, ...]) -> float | None:
    """The sum of these metrics over all engines, None where there are none of them."""
    key = endpoint.target.key
    own = {"authorization": f"Bearer {key}"} if key and not endpoint.kind.startswith("Dragoman") else {}
    total: float | None = None
    for page in await pages(endpoint):
        try:
            answer = await endpoint.fetch("GET", page, own)
        except Failed:
            continue
        for line in answer.text.splitlines() if answer.status == 200 else ():
            name, _, value = line.rpartition(" ")
            if name.partition("{")[0] in names:
                total = (total or 0.0) + number(value)
    return total


def number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
