"""The socket that the gateway listens on, bound before anything slow begins: a taken port is said at once."""

import errno
import socket

from dragoman.model.errors import DragomanError


class CannotListen(DragomanError):
    """The address or port cannot be had; no other one is tried."""


def bind(host: str, port: int) -> socket.socket:
    """A bound socket that does not listen yet; port 0 is any free one. Raises CannotListen."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError as error:
        raise CannotListen(f"{host} is no address of this machine ({error.strerror}); see --host") from None
    listener = socket.socket(family, kind, protocol)
    try:
        # On Windows this would let two programs share a port; elsewhere it lets a restart have it at once.
        if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        listener.close()
        raise cannot(host, port, error) from None
    return listener


def listen(listener: socket.socket, backlog: int = 2048) -> None:
    """Begin to listen. Raises CannotListen where another program was faster."""
    try:
        listener.listen(backlog)
    except OSError as error:
        host, port = listener.getsockname()[:2]
        raise cannot(host, port, error) from None


def cannot(host: str, port: int, error: OSError) -> CannotListen:
    """What a failure to bind or listen means."""
    if error.errno == errno.EADDRINUSE:
        return CannotListen(
            f"port {port} on {host} is taken by another program; stop it, or choose another with --port"
        )
    if error.errno == errno.EACCES:
        return CannotListen(f"port {port} may not be used by this user; choose one above 1023 with --port")
    if error.errno == errno.EADDRNOTAVAIL:
        return CannotListen(f"{host} is no address of this machine; see --host")
    return CannotListen(f"{host} port {port} cannot be listened on: {error.strerror}")


def url_of(listener: socket.socket) -> str:
    """How a client on this machine reaches it."""
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
