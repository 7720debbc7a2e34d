"""ModelScope (MODELSCOPE_ENDPOINT; MODELSCOPE_DOMAIN as it was before).

Addresses as its own client library has them: `/api/v1/models/ID/repo/files` lists, `/api/v1/models/ID/repo?
FilePath=` reads. Refusals may come with status 200 and a `Code` of their own. Counterpart: `huggingface`.
"""

from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

import msgspec

from dragoman.machine import hubs
from dragoman.machine.ranges import Answer, Reader
from dragoman.machine.refusal import CheckpointError

TITLE = "ModelScope"
DOMAIN = "www.modelscope.cn"


class _File(msgspec.Struct, rename="pascal"):
    path: str
    type: str = "blob"
    size: int = 0


class _Files(msgspec.Struct, rename="pascal"):
    files: list[_File] | None = None


class _Listing(msgspec.Struct, rename="pascal"):
    code: int = 200
    data: _Files | None = None
    message: str = ""


class Repository:
    """A model's repository at a revision."""

    first = hubs.FIRST

    def __init__(self, name: str, revision: str, reader: Reader, has_token: bool) -> None:
        self.id = name
        self._revision = revision or "master"
        self._reader = reader
        self._has_token = has_token
        self._root = f"{reader.server}/api/v1/models/{hubs.path(name)}/repo"

    @property
    def where(self) -> str:
        named = "" if self._revision == "master" else f" at {self._revision}"
        return f"{self.id} on {self._hub}{named}"

    @property
    def _hub(self) -> str:
        domain = urlsplit(self._reader.server).netloc
        return TITLE if domain.removeprefix("www.") == DOMAIN.removeprefix("www.") else domain

    def files(self) -> Mapping[str, int]:
        query = urlencode({"Revision": self._revision, "Recursive": "false"})
        answer = self._ok(self._reader.get(f"{self._root}/files?{query}"), "the list of files")
        try:
            listing = msgspec.json.decode(answer.body, type=_Listing)
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
            raise CheckpointError(
                "unusable",
                f"{self._reader.server} answers, but not as ModelScope does: a sign-in page on the way, "
                "or a wrong MODELSCOPE_ENDPOINT.",
            ) from None
        if listing.code != 200 or listing.data is None:
            raise CheckpointError("absent", self._absent())
        found = listing.data.files or []
        return {each.path: each.size for each in found if each.type != "tree" and "/" not in each.path}

    def read(self, name: str, start: int, length: int) -> bytes:
        if length <= 0:
            return b""
        query = urlencode({"Revision": self._revision, "FilePath": name})
        answer = self._ok(self._reader.get(f"{self._root}?{query}", start, length), name)
        return hubs.part(answer, self._hub, name)

    def _ok(self, answer: Answer, what: str) -> Answer:
        if answer.status in (200, 206, 416):
            return answer
        if answer.status in (401, 403):
            raise CheckpointError("forbidden", self._forbidden())
        if answer.status == 404:
            raise CheckpointError("absent", self._absent())
        raise hubs.said(answer, self._hub, what)

    def _absent(self) -> str:
        revision = "" if self._revision == "master" else f" with a revision {self._revision}"
        private = "or not for this token" if self._has_token else "or it is private: set MODELSCOPE_API_TOKEN"
        return f"There is no model {self.id}{revision} on {self._hub}, {private}."

    def _forbidden(self) -> str:
        page = f"{self._reader.server}/models/{self.id}"
        if self._has_token:
            return f"This token may not read {self.id}. Ask for access at {page}"
        return f"{self.id} is not for everybody. Ask for access at {page}, then set MODELSCOPE_API_TOKEN."


def repository(name: str, revision: str, environment: Mapping[str, str]) -> Repository:
    """A model by its id. Raises CheckpointError where MODELSCOPE_ENDPOINT is no address."""
    endpoint = environment.get("MODELSCOPE_ENDPOINT") or environment.get("MODELSCOPE_DOMAIN") or DOMAIN
    endpoint = endpoint if "://" in endpoint else f"https://{endpoint}"
    secret = "".join(
        char for char in environment.get("MODELSCOPE_API_TOKEN", "") if char.isalnum() or char in "-_."
    )
    # Its older interface, the one that reads files, knows the token by this cookie.
    headers = {"Cookie": f"m_session_id={secret}"} if secret else {}
    return Repository(name, revision, Reader(endpoint, headers), bool(secret))
