"""OpenAI's Chat Completions protocol: as clients speak it to us, and as we speak it to engines."""

from dragoman.wire.openai_chat.errors import encode_error, error_status
from dragoman.wire.openai_chat.models import encode_model, encode_models
from dragoman.wire.openai_chat.reply import StreamEncoder, encode_count, encode_reply
from dragoman.wire.openai_chat.request import decode_request

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
