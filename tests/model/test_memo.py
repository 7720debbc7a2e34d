"""What is remembered: by identity, by bytes, on the value itself."""

from collections.abc import Callable

from msgspec import Struct
from msgspec.json import encode

from dragoman.model.memo import ByBytes, ByIdentity, on_value


def test_a_value_is_made_something_of_once() -> None:
    made: list[list[int]] = []

    def make(value: list[int]) -> int:
        made.append(value)
        return sum(value)

    remembered = ByIdentity(make)
    value = [1, 2]
    assert [remembered(value), remembered(value)] == [3, 3]
    assert remembered([1, 2]) == 3
    assert len(made) == 2


def test_the_oldest_is_forgotten() -> None:
    made: list[int] = []
    values = [[n] for n in range(3)]
    remembered: ByIdentity[list[int], None] = ByIdentity(lambda value: made.append(value[0]), size=2)
    for value in (*values, values[2], values[0]):
        remembered(value)
    assert made == [0, 1, 2, 0]


class Noted:
    """What was asked to be made, in order."""

    def __init__(self) -> None:
        self.asked: list[bytes] = []

    def __call__(self, value: bytes) -> str:
        self.asked.append(value)
        return value.decode().upper()


def test_equal_bytes_are_made_something_of_once() -> None:
    make = Noted()
    remembered = ByBytes(make, budget=100)
    assert [remembered(b"abc"), remembered(bytes(bytearray(b"abc"))), remembered(b"abd")] == [
        "ABC",
        "ABC",
        "ABD",
    ]
    assert make.asked == [b"abc", b"abd"]


def test_bytes_that_differ_only_in_their_middle_are_told_apart() -> None:
    remembered = ByBytes(bytes.decode, budget=10_000)
    one, other = (b"x" * 200 + middle + b"y" * 200 for middle in (b"1", b"2"))
    assert [remembered(value) for value in (one, other, one)] == [one.decode(), other.decode(), one.decode()]


def test_no_more_bytes_are_kept_than_the_budget() -> None:
    make = Noted()
    remembered = ByBytes(make, budget=6)
    for value in (b"aaa", b"bbb", b"bbb", b"ccc", b"bbb", b"aaa", b"too long", b"too long", b"aaa"):
        remembered(value)
    assert make.asked == [b"aaa", b"bbb", b"ccc", b"aaa", b"too long", b"too long"]


class Kept(Struct, frozen=True, dict=True):
    name: str


def test_what_is_made_of_a_value_goes_with_it() -> None:
    asked: list[str] = []

    def measure(value: Kept) -> int:
        asked.append(value.name)
        return len(value.name)

    first = on_value(measure)
    second: Callable[[Kept], str] = on_value(lambda value: value.name * 2)
    value = Kept("abc")
    assert [first(value), first(value), second(value)] == [3, 3, "abcabc"]
    assert first(Kept("abc")) == 3
    assert asked == ["abc", "abc"]
    assert value == Kept("abc")
    assert encode(value) == b'{"name":"abc"}'
