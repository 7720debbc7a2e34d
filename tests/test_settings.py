"""Settings that would be unsafe or cannot work are refused by name, and told how to be mended."""

import pytest
from msgspec.structs import replace

from dragoman.settings import Key, Settings, SettingsError, Upstream, check, is_loopback

GOOD = Settings(upstreams=(Upstream("http://127.0.0.1:8000"),))

ACCEPTED: dict[str, Settings] = {
    "loopback without a key": GOOD,
    "loopback with a weak key": replace(GOOD, key="sk-1234"),
    "localhost by name": replace(GOOD, host="localhost"),
    "loopback of IPv6": replace(GOOD, host="::1"),
    "all addresses with a key": replace(GOOD, host="0.0.0.0", key="a-good-one"),
    "a weak key where it was said to be meant": replace(
        GOOD, host="0.0.0.0", key="sk-1234", allow_weak_key=True
    ),
    "all addresses with keys alone": replace(GOOD, host="0.0.0.0", keys=(Key("a-good-one"),)),
    "loopback with a weak key among others": replace(GOOD, key="a", keys=(Key("sk-1234", "b"),)),
    "a key with all that can be said": replace(GOOD, keys=(Key("k", "Ann B.", ("m", "claude-*"), 1, 1),)),
    "two keys of one name": replace(GOOD, keys=(Key("k", "a"), Key("l", "a"))),
    "any free port": replace(GOOD, port=0),
    "an engine of IPv6, over TLS": replace(GOOD, upstreams=(Upstream("https://[::1]:8000/v1"),)),
}


@pytest.mark.parametrize("settings", ACCEPTED.values(), ids=ACCEPTED)
def test_accepted(settings: Settings) -> None:
    check(settings)


REFUSED: dict[str, tuple[Settings, str]] = {
    "a port beyond the last": (replace(GOOD, port=65536), "port: 65536"),
    "a port below the first": (replace(GOOD, port=-1), "port: -1"),
    "no engine": (replace(GOOD, upstreams=()), "upstreams: name at least one engine"),
    "all addresses without a key": (replace(GOOD, host="0.0.0.0"), "key: 0.0.0.0 can be reached"),
    "all addresses of IPv6 without a key": (replace(GOOD, host="::"), "key: :: can be reached"),
    "a name of the machine without a key": (replace(GOOD, host="gpu-1"), "key: gpu-1 can be reached"),
    "a published key": (
        replace(GOOD, host="10.0.0.1", key="sk-1234"),
        "key: this key stands in published guides",
    ),
    "a published key among others": (
        replace(GOOD, host="10.0.0.1", key="a-good-one", keys=(Key("another"), Key("sk-1234"))),
        "keys[1].key: this key stands in published guides",
    ),
    "an empty key": (replace(GOOD, keys=(Key("k"), Key(""))), "keys[1].key: an empty key"),
    "a key that stands twice": (replace(GOOD, keys=(Key("k"), Key("k"))), "keys[1].key: it is the same as"),
    "the simple key once more": (
        replace(GOOD, key="k", keys=(Key("k", parallel=1),)),
        "keys[0].key: it is the same as that of key",
    ),
    "a name of two lines": (replace(GOOD, keys=(Key("k", "a\nb"),)), "keys[0].name: "),
    "a name that tells the key": (replace(GOOD, keys=(Key("s3cret", "key s3cret"),)), "keys[0].name: "),
    "a list of no models": (replace(GOOD, keys=(Key("k", models=()),)), "keys[0].models: name at least one"),
    "a model without a name": (replace(GOOD, keys=(Key("k", models=("a", "")),)), "keys[0].models: "),
    "no requests": (
        replace(GOOD, keys=(Key("k", requests_per_minute=0),)),
        "keys[0].requests_per_minute: 0 allows nothing",
    ),
    "fewer than none": (replace(GOOD, keys=(Key("k", parallel=-1),)), "keys[0].parallel: -1 allows nothing"),
}
URLS = [
    "",
    "127.0.0.1:8000",
    "localhost",
    "ftp://a",
    "http://",
    "http://[::1",
    "http://a:port",
    "http://a:99999",
]


@pytest.mark.parametrize(("settings", "message"), REFUSED.values(), ids=REFUSED)
def test_refused(settings: Settings, message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        check(settings)
    assert str(caught.value).startswith(message)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("url", URLS)
def test_an_engine_without_a_good_url(url: str) -> None:
    with pytest.raises(SettingsError) as caught:
        check(replace(GOOD, upstreams=(*GOOD.upstreams, Upstream(url))))
    assert str(caught.value).startswith("upstreams[1].url: ")


@pytest.mark.parametrize("url", ["http://a", "http://a/", "http://a/v1", "http://a/v1/"])
def test_the_root_of_an_engine(url: str) -> None:
    assert Upstream(url).root == "http://a"


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("a", False),
    ],
)
def test_loopback(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback
