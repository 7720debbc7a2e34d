"""A model as clients see it in a list."""

from msgspec import Struct


class ModelEntry(Struct, frozen=True):
    """`window` is in tokens, None where nobody knows it."""

    id: str
    display_name: str
    window: int | None = None
