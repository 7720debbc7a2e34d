"""Decoding with paths: a JSON object's known fields, each typed, and the rest as it came.

    fields = Fields(body)
    model = fields.take("model", STRING)
    extra = fields.rest()

Every error is a BadRequest that names the JSON path.
"""

import re
from collections.abc import Collection, Mapping
from typing import TypeVar

import msgspec
from msgspec import Raw
from msgspec.json import Decoder

from dragoman.model.errors import BadRequest

T = TypeVar("T")

OBJECT = Decoder(dict[str, Raw])
STRING = Decoder(str)
BOOL: Decoder[bool] = Decoder(bool)
NUMBER = Decoder(int | float)
COUNT = Decoder(int)
NULL = Raw(b"null")
ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?P<lone>u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)


class Fields:
    """The fields of one JSON object. A field that is null counts as absent."""

    def __init__(self, body: bytes | Raw) -> None:
        try:
            check_utf8(body)
            self._fields = decode(OBJECT, body)
        except msgspec.ValidationError as error:
            raise BadRequest(at("$", error)) from None
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise BadRequest(f"the body is not valid JSON: {error}") from None
        except RecursionError:
            raise BadRequest("the body is not valid JSON: it is nested too deeply") from None

    def take(self, name: str, decoder: Decoder[T]) -> T | None:
        """The value of a field, taken out of the rest; None where it is absent or null."""
        raw = self._fields.pop(name, NULL)
        if raw == NULL:
            return None
        try:
            return decode(decoder, raw)
        except msgspec.ValidationError as error:
            raise BadRequest(at(f"$.{name}", error)) from None
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise BadRequest(f"$.{name}: not valid JSON: {error}") from None

    def need(self, name: str, decoder: Decoder[T]) -> T:
        """Like take, but the field must be there."""
        value = self.take(name, decoder)
        if value is None:
            raise BadRequest(f"$.{name}: field required")
        return value

    def positive(self, name: str) -> int | None:
        """A whole number of at least 1."""
        value = self.take(name, COUNT)
        if value is not None and value < 1:
            raise BadRequest(f"$.{name}: expected a whole number of at least 1, got {value}")
        return value

    def peek(self, name: str) -> Raw:
        """The JSON of a field, `null` where it is absent."""
        return self._fields.get(name, NULL)

    def raw(self, name: str) -> Raw | None:
        """The JSON of a field, taken out of the rest; None where it is absent or null."""
        raw = self._fields.pop(name, NULL)
        return None if raw == NULL else raw

    def __contains__(self, name: str) -> bool:
        """Whether the field is there and not null."""
        return self.peek(name) != NULL

    def rest(self, but: Collection[str] = ()) -> Mapping[str, Raw]:
        """What nobody took, without the fields named."""
        return {name: raw.copy() for name, raw in self._fields.items() if name not in but}


def check_utf8(body: bytes | Raw) -> None:
    """Raises UnicodeDecodeError: JSON that only travels through would pass unchecked."""
    if not bytes(body).isascii():
        bytes(body).decode()


def decode(decoder: Decoder[T], raw: bytes | Raw) -> T:
    """What the decoder makes of the JSON, lone surrogates mended where it stumbles over them."""
    try:
        return decoder.decode(raw)
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError:
        mended = well_formed(bytes(raw))
        if mended == bytes(raw):
            raise
        return decoder.decode(mended)


def well_formed(body: bytes) -> bytes:
    """JSON with each lone surrogate replaced by U+FFFD, as JavaScript's `toWellFormed` does.

    Agents cut text between the halves of a character; a whole session must not end on it.
    """
    if b"\\ud" not in body and b"\\uD" not in body:
        return body
    return ESCAPE.sub(lambda found: rb"\ufffd" if found["lone"] else found[0], body)


def at(path: str, error: msgspec.ValidationError) -> str:
    """msgspec's text with the path in front: `$.messages[0].role: Expected str, got int`."""
    text, _, inner = str(error).partition(" - at `$")
    return f"{path}{inner.removesuffix('`')}: {text.replace('`', '')}"
