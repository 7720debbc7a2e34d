"""The gateway's own configuration, as the exports write it: engines by address, keys by variable."""

from collections.abc import Iterable

from dragoman.exports._parts import yaml
from dragoman.exports._parts.yaml import Noted

ENGINE_KEY, CLIENT_KEY = "VLLM_API_KEY", "DRAGOMAN_KEY"


def configuration(urls: Iterable[str]) -> str:
    """For engines that want a key; what clients must send comes from DRAGOMAN_KEY."""
    upstreams = [{"url": url, "key": f"os.environ/{ENGINE_KEY}"} for url in urls]
    return yaml.dump({"upstreams": Noted("Equal models are replicas: the least busy is asked.", upstreams)})
