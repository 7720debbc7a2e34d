"""Why a checkpoint could not be read is one of our own errors, so that no command shows a traceback."""

from dragoman.machine.refusal import CheckpointError
from dragoman.model.errors import DragomanError


def test_a_refusal_is_an_error_with_a_message_and_a_kind() -> None:
    error = CheckpointError("forbidden", "acme/M is gated.")
    assert isinstance(error, DragomanError)
    assert (error.message, error.kind) == ("acme/M is gated.", "forbidden")
