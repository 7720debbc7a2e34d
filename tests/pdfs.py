"""PDFs made by hand: small, good, and bad in every way that clients send them."""

import zlib
from collections.abc import Sequence


def made(pages: Sequence[str], *, extra: bytes = b"", trailer: bytes = b"") -> bytes:
    """A PDF of these pages, one line of ASCII text each; an empty one is a page without text."""
    kids = b" ".join(b"%d 0 R" % (4 + 2 * number) for number in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, len(pages)),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for number, text in enumerate(pages):
        shown = text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)").encode("latin-1")
        content = b"BT /F1 12 Tf 72 720 Td (%s) Tj ET" % shown if text else b""
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents %d 0 R"
            b" /Resources << /Font << /F1 3 0 R >> >> >>" % (5 + 2 * number)
        )
        objects.append(stream(content))
    if extra:
        objects.append(extra)
    return assembled(objects, trailer)


def stream(content: bytes, compressed: bool = False) -> bytes:
    data = zlib.compress(content, 9) if compressed else content
    kind = b" /Filter /FlateDecode" if compressed else b""
    return b"<< /Length %d%s >>\nstream\n%s\nendstream" % (len(data), kind, data)


def assembled(objects: Sequence[bytes], trailer: bytes = b"") -> bytes:
    """Objects numbered from 1, with the table that says where they stand."""
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        trailer,
        table,
    )
    return bytes(out)


def bomb(unfolded: int) -> bytes:
    """A page whose content is small in the file and has so many bytes unfolded."""
    content = b"BT /F1 12 Tf 72 720 Td " + b"(x) Tj " * (unfolded // 7) + b"ET"
    font = b"/Resources << /Font << /F1 3 0 R >> >>"
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 5 0 R %s >>" % font
    return assembled(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [4 0 R] /Count 1 >>",
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
            page,
            stream(content, compressed=True),
        ]
    )


def encrypted() -> bytes:
    """One that opens with a password only."""
    keys = b"/O <%s> /U <%s>" % (b"00" * 32, b"11" * 32)
    lock = b"<< /Filter /Standard /V 1 /R 2 /P -4 %s >>" % keys
    made_id = b"/Encrypt 6 0 R /ID [<00><00>]"
    return made(["secret"], extra=lock, trailer=made_id)


def circular() -> bytes:
    """Its tree of pages contains itself."""
    return assembled(
        [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [2 0 R] /Count 1 /Parent 2 0 R >>"]
    )
