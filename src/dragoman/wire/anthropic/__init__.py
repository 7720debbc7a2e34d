"""Anthropic's Messages protocol, as clients speak it to us."""

from dragoman.wire.anthropic.errors import encode_error, error_status
from dragoman.wire.anthropic.models import encode_model, encode_models
from dragoman.wire.anthropic.reply import StreamEncoder, encode_count, encode_reply
from dragoman.wire.anthropic.request import decode_request

__all__ = [
    "StreamEncoder",
    "decode_request",
    "encode_count",
    "encode_error",
    "encode_model",
    "encode_models",
    "encode_reply",
    "error_status",
]
