"""Text out of PDFs, in a process of its own: a file from outside may take for ever or break the reader.

Clients send the same file with each request of a conversation, so what was read is remembered.
Run as a program it reads a PDF from standard input and writes its text to standard output.
"""

import asyncio
import base64
import binascii
import hashlib
import io
import logging
import sys
from collections import OrderedDict
from collections.abc import Sequence

from dragoman.model.turn import Document

PAGES = 100
"""Pages that are read; the text says where more are left out."""
TIMEOUT = 20.0
"""Seconds per file."""
REMEMBERED = 64
"""Files whose text is kept."""

log = logging.getLogger("dragoman")


class Extractor:
    """Reads documents; a file that cannot be read has an empty text."""

    def __init__(self) -> None:
        self._texts: OrderedDict[bytes, str] = OrderedDict()

    async def texts(self, documents: Sequence[Document]) -> dict[str, str]:
        """The text of each document, by its base64 data."""
        return {document.data: await self._text(document.data) for document in documents}

    async def _text(self, data: str) -> str:
        digest = hashlib.sha256(data.encode()).digest()
        if digest not in self._texts:
            self._texts[digest] = await read_apart(data)
            while len(self._texts) > REMEMBERED:
                self._texts.popitem(last=False)
        self._texts.move_to_end(digest)
        return self._texts[digest]


async def read_apart(data: str) -> str:
    """The text of a base64 PDF, read by a process that is killed where it takes too long."""
    try:
        pdf = base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        return ""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "dragoman.extract",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(TIMEOUT):
            text, _ = await process.communicate(pdf)
    except TimeoutError:
        log.warning("A PDF of %d bytes could not be read within %g s.", len(pdf), TIMEOUT)
        return ""
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return text.decode(errors="replace") if process.returncode == 0 else ""


def read(pdf: bytes) -> str:
    """The text of a PDF, page after page. Raises whatever a broken file makes the reader raise."""
    from pypdf import PdfReader

    pages = PdfReader(io.BytesIO(pdf)).pages
    texts = [page.extract_text().strip() for page in pages[:PAGES]]
    parts = [f"[page {number}]\n{text}" for number, text in enumerate(texts, 1) if text]
    if len(pages) > PAGES:
        parts.append(f"[{len(pages) - PAGES} more pages are left out]")
    return "\n\n".join(parts) if any(texts) else ""


def main() -> int:
    """Standard input to standard output."""
    try:
        sys.stdout.buffer.write(read(sys.stdin.buffer.read()).encode("utf-8", "replace"))
    except Exception as error:
        sys.stderr.write(f"{error!r}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
