"""The keys that clients may send, and what is left of each one's limits. In memory, without I/O.

The gate asks it who comes, and counts each request in and out; times are in seconds of one clock.
"""

import hmac
import math
from collections import deque
from collections.abc import Sequence

from dragoman.model.errors import RateLimited
from dragoman.settings import Key

MINUTE = 60.0
USUAL = 5.0
"""Seconds that a request is believed to take before the first one has ended."""
LEARNING = 0.2
"""Weight of the newest request in the seconds that one is believed to take."""


class Limits:
    """What may begin within any minute, and what may be under way at once; None is no limit."""

    def __init__(self, per_minute: int | None, parallel: int | None) -> None:
        self._per_minute, self._parallel = per_minute, parallel
        self._begun: deque[float] = deque()
        self._under_way = 0
        self._usual = USUAL

    def enter(self, now: float) -> None:
        """A request comes. Raises RateLimited, which says when there will be room for one."""
        if self._parallel is not None and self._under_way >= self._parallel:
            wait = seconds(self._usual / self._parallel)
            raise RateLimited(f"this key may have {self._parallel} requests at once, and has them", wait)
        if self._per_minute is not None:
            self._forget(now)
            if len(self._begun) >= self._per_minute:
                wait = seconds(self._begun[0] + MINUTE - now)
                text = f"this key may send {self._per_minute} requests per minute; the next in {wait} s"
                raise RateLimited(text, wait)
            self._begun.append(now)
        self._under_way += 1

    def leave(self, began: float, now: float) -> None:
        """A request that had come in has ended."""
        self._under_way -= 1
        self._usual += LEARNING * (now - began - self._usual)

    def _forget(self, now: float) -> None:
        while self._begun and self._begun[0] <= now - MINUTE:
            self._begun.popleft()


class Holder:
    """Who holds a key. As with Anthropic, counting tokens has limits of its own, equal to those of replies:
    Claude Code counts many prompts at once, and they must not take the place of its requests."""

    def __init__(self, key: Key) -> None:
        self.name = key.name
        self.models = key.models
        self.replies = Limits(key.requests_per_minute, key.parallel)
        self.counts = Limits(key.requests_per_minute, key.parallel)


class Keyring:
    """All keys of a gateway; it is false without any."""

    def __init__(self, keys: Sequence[Key] = ()) -> None:
        self._holders = [(key.key.encode(), Holder(key)) for key in keys]

    def __bool__(self) -> bool:
        return bool(self._holders)

    def find(self, given: Sequence[bytes]) -> Holder | None:
        """Whose key is among those given. Each is compared with each, in constant time, so that how long it
        takes tells nothing of any key."""
        matches = [holder for own, holder in self._holders for key in given if hmac.compare_digest(own, key)]
        return matches[0] if matches else None


def seconds(wait: float) -> int:
    """For `retry-after`: Claude Code gives up where it is more than 60."""
    return min(max(math.ceil(wait), 1), 60)
