"""A proxy stands between Claude Code and a server that it cannot reach."""

from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

from dragoman.doctor.check import Check, Finding
from dragoman.doctor.seen import Seen, authority


def judge(seen: Seen) -> list[Finding]:
    client = seen.client
    url = client.value("ANTHROPIC_BASE_URL") if client else ""
    host = authority(url)[0]
    if client is None or not host or not near(host):
        return []
    scheme = "https_proxy" if url.startswith("https:") else "http_proxy"
    wanted = (scheme, scheme.upper(), "all_proxy", "ALL_PROXY")
    name = next((name for name in wanted if client.value(name)), "")
    excepted = f"{client.value('NO_PROXY')},{client.value('no_proxy')}"
    if not name or spared(urlsplit(url).hostname or host, excepted):
        return []
    return [
        Finding(
            f"Claude Code asks a proxy for {host}.",
            f"{client.place(name)} is set; a proxy elsewhere cannot reach this machine or this network, and "
            "may "
            "break streams.",
            f"Add {urlsplit(url).hostname} to NO_PROXY and no_proxy, where Claude Code starts or in its "
            "settings.",
            place=client.place(name),
        )
    ]


def near(host: str) -> bool:
    """Whether it is this machine, or one of this network."""
    try:
        address = ip_address(host)
    except ValueError:
        return "." not in host or host.endswith((".local", ".lan", ".internal", ".localdomain"))
    return address.is_private or address.is_loopback


def spared(host: str, listed: str) -> bool:
    """Whether NO_PROXY names a host."""
    for entry in listed.replace(" ", ",").split(","):
        bare = entry.rpartition(":")[0] if entry.count(":") == 1 else entry
        if entry == "*" or (bare and (host == bare or host.endswith(f".{bare.lstrip('*').lstrip('.')}"))):
            return True
        if "/" in bare and within(host, bare):
            return True
    return False


def within(host: str, network: str) -> bool:
    try:
        return ip_address(host) in ip_network(network, strict=False)
    except ValueError:
        return False


CHECK = Check("a proxy that cannot reach the server", judge)
