"""Why a checkpoint could not be read, in words for people, with what to do."""

from typing import Literal

from dragoman.model.errors import DragomanError

Kind = Literal["absent", "forbidden", "unreachable", "slow", "unusable"]


class CheckpointError(DragomanError):
    """`kind`: none of that name, not to be read, nobody answers, too late, or not what it should be."""

    def __init__(self, kind: Kind, message: str) -> None:
        super().__init__(message)
        self.kind = kind
