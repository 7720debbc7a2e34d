"""A checkpoint of which only the configuration is known claims no size."""

from dragoman.model.checkpoint import Checkpoint


def test_headers_that_were_not_read_are_no_tensors() -> None:
    checkpoint = Checkpoint("m", {"model_type": "qwen3"})
    assert checkpoint.size is None
    assert not checkpoint.tensors
