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
from contextlib import suppress

from dragoman.model.turn import Document

PAGES = 100
"""Pages that are read; the text says where more are left out."""
TIMEOUT = 20.0
"""Seconds per file."""
REQUEST_TIMEOUT = 60.0
"""Seconds for all files of one request; those that were not reached have no text this time."""
AT_ONCE = 2
"""Files that are read at the same time, for all requests together."""
MEMORY = 2 * 1024 * 1024 * 1024
"""Bytes that the process may take: a small file can unfold into a huge one."""
LONGEST = 4_000_000
"""Characters that are kept, far beyond any window."""
REMEMBERED = 64
"""Files whose text is kept."""

log = logging.getLogger("dragoman")


class Extractor:
    """Reads documents; a file that cannot be read has an empty text."""

    def __init__(self) -> None:
        self._texts: OrderedDict[bytes, str] = OrderedDict()
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def texts(self, documents: Sequence[Document]) -> dict[str, str]:
        """The text of each document, by its base64 data."""
        texts = dict.fromkeys((document.data for document in documents), "")
        try:
            async with asyncio.timeout(REQUEST_TIMEOUT):
                for data in texts:
                    texts[data] = await self._text(data)
        except TimeoutError:
            log.warning("The %d PDFs of a request could not be read in time.", len(texts))
        return texts

    async def _text(self, data: str) -> str:
        digest = hashlib.sha256(data.encode()).digest()
        if digest not in self._texts:
            async with self._turns:
                text = await read_apart(data)
            self._texts[digest] = text
            while len(self._texts) > REMEMBERED:
                self._texts.popitem(last=False)
        self._texts.move_to_end(digest)
        return self._texts[digest]


async def read_apart(data: str) -> str:
    """The text of a base64 PDF, read by a process that is killed where it takes too long."""
    try:
        pdf = base64.b64decode("".join(data.split()), validate=True)
    except (binascii.Error, ValueError):
        return ""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",  # nothing in the working directory may take the place of a module
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
    parts: list[str] = []
    number = room = 0
    for number, page in enumerate(pages[:PAGES], 1):
        if text := page.extract_text().strip():
            room = LONGEST - sum(map(len, parts))
            parts.append(f"[page {number}]\n{text}"[:room])
            if len(text) > room:
                break
    if parts and len(pages) > number:
        parts.append(f"[{len(pages) - number} more pages are left out]")
    return "\n\n".join(parts)


def limit_oneself() -> None:
    """Memory and time of this process, where the system knows such limits."""
    with suppress(ImportError):
        import resource

        seconds = round(TIMEOUT) + 5
        for kind, most in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CPU, seconds)):
            with suppress(ValueError, OSError):
                resource.setrlimit(kind, (most, most))


def main() -> int:
    """Standard input to standard output."""
    limit_oneself()
    try:
        sys.stdout.buffer.write(read(sys.stdin.buffer.read()).encode("utf-8", "replace"))
    except Exception as error:
        sys.stderr.write(f"{error!r}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
