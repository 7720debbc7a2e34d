"""Parts of files over HTTP: what is asked, what is read of it, and where a key goes."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.error import URLError

import pytest

from dragoman.machine import ranges
from dragoman.machine.ranges import Reader
from dragoman.machine.refusal import CheckpointError
from tests.machine.hub import MODEL, Hub

SECRET = {"Authorization": "Bearer hf_secret"}
WEIGHTS = f"{MODEL}/resolve/main/model-00001-of-00002.safetensors"


@contextmanager
def scripted(*answers: bytes) -> Iterator[str]:
    """A server that sends these bytes, one piece per connection, whatever it is asked."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            for answer in answers:
                connection, _ = server.accept()
                with connection:
                    connection.recv(65536)
                    connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        thread.join()


def test_a_part_of_a_file_through_a_redirect() -> None:
    with Hub() as hub:
        content = hub.files["model-00001-of-00002.safetensors"]
        answer = Reader(hub.url).get(f"{hub.url}/{WEIGHTS}", 8, 40)
    assert (answer.status, answer.body) == (206, content[8:48])
    assert [each.path.partition("/")[0] for each in hub.seen] == ["hub", "weights"]
    assert [each.headers["Range"] for each in hub.seen] == ["bytes=8-47"] * 2


def test_a_key_goes_to_its_own_server_alone() -> None:
    with Hub() as hub:
        Reader(hub.url, SECRET).get(f"{hub.url}/{WEIGHTS}", 0, 8)
    first, second = hub.seen
    assert first.headers["Authorization"] == "Bearer hf_secret"
    assert second.headers["Authorization"] is None
    assert all(each.headers["User-Agent"].startswith("dragoman/") for each in hub.seen)


@pytest.mark.parametrize("start", [0, 100])
def test_a_server_without_ranges_is_read_no_further_than_asked(start: int) -> None:
    with Hub(ranges=False) as hub:
        name = "model-00001-of-00002.safetensors"
        hub.files[name] += bytes(50_000_000)
        answer = Reader(hub.url).get(f"{hub.url}/{WEIGHTS}", start, 64)
        assert answer.body == hub.files[name][start : start + 64]


def test_a_busy_server_is_asked_again() -> None:
    with Hub(fail=2) as hub:
        assert Reader(hub.url).get(f"{hub.url}/{MODEL}/resolve/main/config.json").status == 200
        assert len(hub.seen) == 3


def test_one_that_stays_busy_is_not_asked_without_end() -> None:
    with Hub(fail=99) as hub:
        assert Reader(hub.url).get(f"{hub.url}/x").status == 503
        assert len(hub.seen) == ranges.TRIES


def test_a_silent_server_is_given_up_at_once() -> None:
    with Hub(stall=True) as hub:
        with pytest.raises(CheckpointError, match="does not answer in time") as caught:
            Reader(hub.url, silence=0.1).get(f"{hub.url}/x")
        assert caught.value.kind == "slow"
        assert len(hub.seen) == 1


def test_one_that_sends_drop_by_drop_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranges, "WHOLE_S", -1.0)
    with Hub() as hub, pytest.raises(CheckpointError) as caught:
        Reader(hub.url).get(f"{hub.url}/{MODEL}/resolve/main/config.json")
    assert caught.value.kind == "slow"


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(CheckpointError, match=r"refused.*HTTPS_PROXY") as caught:
        Reader(f"http://127.0.0.1:{port}").get(f"http://127.0.0.1:{port}/x")
    assert caught.value.kind == "unreachable"


REASONS: dict[str, tuple[Exception | str, str, str]] = {
    "a name that nobody knows": (socket.gaierror(-2, "unknown"), "unreachable", "its name is not known here"),
    "a certificate of somebody else's": (ssl.SSLError(1, "bad"), "unusable", "SSL_CERT_FILE"),
    "no way there": (OSError(101, "Network is unreachable"), "unreachable", "Network is unreachable"),
    "a connection that takes too long": (TimeoutError(), "slow", "in time"),
    "something else": ("odd", "unreachable", "the connection breaks"),
}


@pytest.mark.parametrize("case", REASONS)
def test_why_nobody_answers(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    reason, kind, said = REASONS[case]
    reader = Reader("https://hub.example")

    def fail(*_: object, **__: object) -> None:
        raise URLError(reason)

    monkeypatch.setattr(reader._opener, "open", fail)
    with pytest.raises(CheckpointError, match=said) as caught:
        reader.get("https://hub.example/x")
    assert caught.value.kind == kind


BROKEN: dict[str, bytes] = {
    "no HTTP": b"SSH-2.0-OpenSSH_9.6\r\n",
    "nothing": b"",
    "a header without end": b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000,
    "a length that is none": b"HTTP/1.1 302 Found\r\nLocation: http://[::bad\r\n\r\n",
}


@pytest.mark.parametrize("case", BROKEN)
def test_answers_that_are_none(case: str) -> None:
    with scripted(*[BROKEN[case]] * ranges.TRIES) as url, pytest.raises(CheckpointError) as caught:
        Reader(url).get(f"{url}/x")
    assert caught.value.kind == "unreachable"


def test_redirects_in_circles_end() -> None:
    with Hub() as hub:
        hub.redirect = f"{hub.url}/{WEIGHTS}"
        with pytest.raises(CheckpointError, match="in circles"):
            Reader(hub.url).get(f"{hub.url}/{WEIGHTS}", 0, 8)


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/x", "data:,x", "gopher://x"])
def test_a_redirect_leads_to_no_file(target: str) -> None:
    with Hub(redirect=target) as hub, pytest.raises(CheckpointError, match="not safe"):
        Reader(hub.url).get(f"{hub.url}/{WEIGHTS}", 0, 8)


@pytest.mark.parametrize("address", ["", "huggingface.co", "file:///etc", "ftp://x"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(CheckpointError, match="begins with https://"):
        Reader(address)


def test_passwords_in_an_address_are_not_repeated() -> None:
    with pytest.raises(CheckpointError) as caught:
        Reader("http://me:secret@127.0.0.1:1").get("http://me:secret@127.0.0.1:1/x")
    assert "secret" not in caught.value.message
