"""Binding: a port is had at once or refused with a reason, and no other one is taken."""

import errno
import socket

import pytest

from dragoman.transport.listener import CannotListen, bind, cannot, listen, url_of


def test_port_zero_is_any_free_one() -> None:
    with bind("127.0.0.1", 0) as listener:
        listen(listener)
        port = listener.getsockname()[1]
        assert url_of(listener) == f"http://127.0.0.1:{port}"
        socket.create_connection(("127.0.0.1", port), 5).close()


def test_a_taken_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(
            CannotListen, match=f"port {port} on 127.0.0.1 is taken by another program; stop it"
        ):
            bind("127.0.0.1", port)


def test_a_port_that_was_taken_in_between_is_named_too() -> None:
    with bind("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with bind("127.0.0.1", port) as second:
            listen(first)
            with pytest.raises(CannotListen, match=f"port {port} on 127.0.0.1 is taken"):
                listen(second)


def test_a_port_can_be_had_again_at_once() -> None:
    with bind("127.0.0.1", 0) as listener:
        listen(listener)
        port = listener.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port), 5):
            accepted, _ = listener.accept()
            accepted.close()
    bind("127.0.0.1", port).close()


@pytest.mark.parametrize("host", ["192.0.2.1", "no host", "999.1.1.1"])
def test_an_address_of_another_machine_is_refused(host: str) -> None:
    with pytest.raises(CannotListen, match="is no address of this machine"):
        bind(host, 0)


REASONS = {
    errno.EACCES: "port 80 may not be used by this user; choose one above 1023 with --port",
    errno.ENOBUFS: "h port 80 cannot be listened on: no buffers",
}


@pytest.mark.parametrize("number", REASONS)
def test_other_reasons(number: int) -> None:
    assert str(cannot("h", 80, OSError(number, "no buffers"))) == REASONS[number]


@pytest.mark.parametrize(("host", "shown"), [("0.0.0.0", "127.0.0.1"), ("::1", "[::1]"), ("::", "[::1]")])
def test_the_url_is_one_that_clients_here_can_use(host: str, shown: str) -> None:
    if ":" in host and not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    try:
        listener = bind(host, 0)
    except CannotListen:
        pytest.skip(f"this machine has no {host}")
    with listener:
        assert url_of(listener).startswith(f"http://{shown}:")
