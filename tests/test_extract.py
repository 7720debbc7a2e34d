"""PDFs are read in a process of their own: good ones well, bad ones without harm, each one once."""

import asyncio
import base64
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from dragoman import extract
from dragoman.extract import PAGES, Extractor, read, read_apart
from dragoman.model.turn import Document
from tests import pdfs

pytestmark = pytest.mark.requirement("CC-25")


def data(pdf: bytes) -> str:
    return base64.b64encode(pdf).decode()


def apart(pdf: bytes) -> str:
    return asyncio.run(read_apart(data(pdf)))


def document(pdf: bytes) -> Document:
    return Document("x", "application/pdf", data(pdf))


def test_the_text_of_each_page_with_its_number() -> None:
    assert (
        apart(pdfs.made(["Hello (world)", "", "the end"])) == "[page 1]\nHello (world)\n\n[page 3]\nthe end"
    )


def test_base64_in_lines_is_base64() -> None:
    assert "Hello" in asyncio.run(read_apart(base64.encodebytes(pdfs.made(["Hello"])).decode()))


def test_a_hundred_pages_are_read_and_the_rest_is_said_to_be_left_out() -> None:
    text = read(pdfs.made([f"number {n}" for n in range(1, PAGES + 31)]))
    assert f"[page {PAGES}]\nnumber {PAGES}\n\n[30 more pages are left out]" in text
    assert f"number {PAGES + 1}" not in text
    assert "left out" not in read(pdfs.made(["x"] * PAGES))


def test_more_text_than_any_window_holds_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extract, "LONGEST", 100)
    text = read(pdfs.made(["x" * 40] * 9))
    assert len(text) < 160
    assert text.endswith("[6 more pages are left out]")


BAD: dict[str, bytes] = {
    "nothing": b"",
    "no PDF": b"<html>not found</html>",
    "only its beginning": pdfs.made(["Hello"])[:40],
    "cut in the middle": pdfs.made(["Hello"] * 3)[:-400],
    "no pages": pdfs.made([]),
    "pages without text": pdfs.made(["", ""]),
    "a lock": pdfs.encrypted(),
    "a tree of pages that contains itself": pdfs.circular(),
    "zeros": b"%PDF-1.7\n" + bytes(1000),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_read_has_no_text(name: str) -> None:
    text = apart(BAD[name])
    assert text == "" or (name == "cut in the middle" and "Hello" in text)


def test_nothing_in_the_working_directory_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A gateway may be started in any project; what lies there must not become a part of it."""
    for name in ("pypdf", "dragoman", "logging"):
        (tmp_path / f"{name}.py").write_text("open('ran', 'w')")
    monkeypatch.chdir(tmp_path)
    assert "Hello" in apart(pdfs.made(["Hello"]))
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("given", ["", "!!!", "QUJD=", "é"])
def test_what_is_no_base64_has_no_text(given: str) -> None:
    assert asyncio.run(read_apart(given)) == ""


def test_one_that_takes_too_long_is_given_up_and_its_process_ends(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(extract, "TIMEOUT", 1.0)
    before = children()
    began = time.monotonic()
    assert apart(pdfs.bomb(30_000_000)) == ""
    assert time.monotonic() - began < 5
    assert "could not be read within 1 s" in caplog.text
    assert children() == before


def children() -> set[str]:
    """Processes that this one started and that are not over."""
    listed = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    return {pid for file in listed for pid in file.read_text().split()}


def test_one_that_unfolds_into_more_than_there_is_room_for_has_no_text(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In the process itself, where the limit holds: the test's own must not get it."""
    program = "import sys; from dragoman import extract; extract.MEMORY = 150 << 20; sys.exit(extract.main())"
    done = subprocess.run(
        [sys.executable, "-c", program], input=pdfs.bomb(12_000_000), capture_output=True, check=False
    )
    assert done.returncode == 1
    assert done.stdout == b""
    assert done.stderr == b"MemoryError()\n"


class Counted:
    """Stands in for `read_apart` and counts."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.asked: list[str] = []
        self.at_once = self.most = 0
        self._seconds = seconds

    async def __call__(self, given: str) -> str:
        self.asked.append(given)
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        await asyncio.sleep(self._seconds)
        self.at_once -= 1
        return f"text of {given}"


def documents(names: Sequence[str]) -> list[Document]:
    return [Document(name, "application/pdf", name) for name in names]


def test_what_was_read_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    counted = Counted()
    monkeypatch.setattr(extract, "read_apart", counted)
    monkeypatch.setattr(extract, "REMEMBERED", 2)

    async def read_all() -> list[dict[str, str]]:
        extractor = Extractor()
        asked: list[Any] = [["a", "b", "a"], ["b"], ["c"], ["b"], ["a"]]
        return [await extractor.texts(documents(names)) for names in asked]

    first, *_rest, last = asyncio.run(read_all())
    assert first == {"a": "text of a", "b": "text of b"}
    assert last == {"a": "text of a"}
    assert counted.asked == ["a", "b", "c", "a"], "b was used last, so that a made room for c"


def test_few_are_read_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    counted = Counted(0.01)
    monkeypatch.setattr(extract, "read_apart", counted)

    async def read_all() -> None:
        extractor = Extractor()
        await asyncio.gather(*(extractor.texts(documents([f"{n}"])) for n in range(10)))

    asyncio.run(read_all())
    assert len(counted.asked) == 10
    assert counted.most == extract.AT_ONCE


def test_a_request_full_of_slow_files_does_not_wait_for_all(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(extract, "read_apart", Counted(0.2))
    monkeypatch.setattr(extract, "REQUEST_TIMEOUT", 0.3)
    texts = asyncio.run(Extractor().texts(documents(["a", "b", "c"])))
    assert texts == {"a": "text of a", "b": "", "c": ""}
    assert "could not be read in time" in caplog.text


def test_two_good_files_of_one_request() -> None:
    one, two = document(pdfs.made(["one"])), document(pdfs.made(["two"]))
    texts = asyncio.run(Extractor().texts([one, two]))
    assert texts == {one.data: "[page 1]\none", two.data: "[page 1]\ntwo"}
