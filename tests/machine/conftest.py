"""What the tests of hubs share: no proxy of the machine's, and no waiting between attempts."""

import pytest

from dragoman.machine import ranges


@pytest.fixture(autouse=True)
def direct(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(ranges, "PAUSE_S", 0.0)
