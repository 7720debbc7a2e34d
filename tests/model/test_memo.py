"""What is remembered by identity."""

from dragoman.model.memo import ByIdentity


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
