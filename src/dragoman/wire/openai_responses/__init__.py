"""OpenAI's Responses protocol, as clients speak it to us; Codex speaks nothing else.

Nothing is stored between requests, so whatever refers to a stored response is refused. Errors are
those of Chat Completions; once a stream is open, they are `response.failed`.
"""

from dragoman.wire.openai_chat.errors import encode_error, error_status
from dragoman.wire.openai_chat.models import encode_model, encode_models
from dragoman.wire.openai_chat.reply import encode_count
from dragoman.wire.openai_responses.reply import StreamEncoder, encode_reply
from dragoman.wire.openai_responses.request import decode_request

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
