"""Calls that no tag announces: JSON or Python's call syntax. Only tools on offer count."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from dragoman.toolcalls._parts.call import Calls
from dragoman.toolcalls._parts.envelope import read_calls
from dragoman.toolcalls._parts.pythonic import read_python
from dragoman.toolcalls._parts.source import NotACall, Reading
from dragoman.toolcalls._parts.values import Dialect


def read_start(calls: Calls, opener: str) -> Reading[None]:
    """From a bracket on that begins the answer, or stands in it where the family writes calls so."""
    source = calls.source
    if calls.refused:
        raise NotACall
    if opener == "[":
        char = yield from source.glance()
        if char not in ("{", "]", ""):
            yield from read_python(calls, listed=True, strict=True)
            return
    else:
        source.pos -= len(opener)
    try:
        yield from read_calls(calls, Dialect(), strict=True, listed=opener == "[")
    except NotACall:
        calls.refused = calls.current is not None and calls.current.tried
        raise


STARTS: Mapping[str, Callable[[Calls, str], Reading[None]]] = MappingProxyType(
    {"{": read_start, "[": read_start}
)
