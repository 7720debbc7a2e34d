"""Hugging Face, and mirrors of the same shape (HF_ENDPOINT).

Addresses and error codes as huggingface_hub has them: `/api/models/ID/tree/REVISION` lists, `/ID/resolve/
REVISION/FILE` reads, X-Error-Code says why not. Counterpart: `modelscope`.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import msgspec

from dragoman.machine import hubs
from dragoman.machine.ranges import Answer, Reader
from dragoman.machine.refusal import CheckpointError

TITLE = "Hugging Face"
ENDPOINT = "https://huggingface.co"
MOST_PAGES = 20

_NEXT = re.compile(r'<([^>]+)>\s*;\s*rel="next"')


class _File(msgspec.Struct):
    type: str
    path: str
    size: int = 0


class Repository:
    """A model's repository at a revision."""

    first = hubs.FIRST

    def __init__(self, name: str, revision: str, reader: Reader, has_token: bool) -> None:
        self.id = name
        self._revision = revision or "main"
        self._reader = reader
        self._has_token = has_token
        self._commit = ""

    @property
    def where(self) -> str:
        named = "" if self._revision == "main" else f" at {self._revision}"
        commit = f" ({self._commit[:8]})" if self._commit and self._commit != self._revision else ""
        return f"{self.id} on {self._hub}{named}{commit}"

    @property
    def _hub(self) -> str:
        return TITLE if self._reader.server == ENDPOINT else urlsplit(self._reader.server).netloc

    def files(self) -> Mapping[str, int]:
        server = self._reader.server
        url = f"{server}/api/models/{hubs.path(self.id)}/tree/{_revision(self._revision)}"
        found: dict[str, int] = {}
        for _ in range(MOST_PAGES):
            answer = self._ok(self._reader.get(url), "the list of files")
            try:
                listed = msgspec.json.decode(answer.body, type=list[_File])
            except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
                raise CheckpointError(
                    "unusable",
                    f"{server} answers, but not as Hugging Face does: a sign-in page on the way, "
                    "or a wrong HF_ENDPOINT.",
                ) from None
            found |= {each.path: each.size for each in listed if each.type == "file" and "/" not in each.path}
            following = _NEXT.search(answer.headers.get("Link", ""))
            if not following:
                break
            url = urljoin(url, following[1])
        return found

    def read(self, name: str, start: int, length: int) -> bytes:
        if length <= 0:
            return b""
        server, revision = self._reader.server, _revision(self._revision)
        url = f"{server}/{hubs.path(self.id)}/resolve/{revision}/{hubs.path(name)}"
        answer = self._ok(self._reader.get(url, start, length), name)
        self._commit = self._commit or re.sub(r"[^0-9a-f]", "", answer.headers.get("X-Repo-Commit", ""))
        return hubs.part(answer, self._hub, name)

    def _ok(self, answer: Answer, what: str) -> Answer:
        if answer.status in (200, 206, 416):
            return answer
        code = answer.headers.get("X-Error-Code", "")
        message = answer.headers.get("X-Error-Message", "")
        if code == "RevisionNotFound":
            raise CheckpointError("absent", f"{self.id} on {self._hub} has no revision {self._revision}.")
        if code == "GatedRepo" or (answer.status == 403 and "gated" in message.lower()):
            raise CheckpointError("forbidden", self._gated())
        if message == "Access to this resource is disabled.":
            raise CheckpointError("forbidden", f"{self._hub} has disabled access to {self.id}.")
        if answer.status == 401 and message == "Invalid credentials in Authorization header":
            raise CheckpointError("forbidden", f"{self._hub} does not accept the token. {self._tokens()}")
        if code == "RepoNotFound" or answer.status in (401, 404):
            raise CheckpointError("absent", self._absent())
        if answer.status == 403:
            raise CheckpointError("forbidden", f"The token may not read {self.id}. {self._tokens()}")
        raise hubs.said(answer, self._hub, what)

    def _absent(self) -> str:
        private = (
            "or it is private and not for this token" if self._has_token else "or it is private: set HF_TOKEN"
        )
        return f"There is no model {self.id} on {self._hub}, {private}. A local folder is named by its path."

    def _gated(self) -> str:
        page = f"{self._reader.server}/{self.id}"
        if self._has_token:
            return f"{self.id} is gated, and this token's owner has no access yet. Ask for it at {page}"
        return f"{self.id} is gated. Ask for access at {page}, then set HF_TOKEN. {self._tokens()}"

    def _tokens(self) -> str:
        return f"Tokens are made at {self._reader.server}/settings/tokens"


def repository(name: str, revision: str, environment: Mapping[str, str]) -> Repository:
    """A model by its id. Raises CheckpointError where HF_ENDPOINT is no address."""
    secret = _token(environment)
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    reader = Reader(environment.get("HF_ENDPOINT") or ENDPOINT, headers)
    return Repository(name, revision, reader, bool(secret))


def _revision(revision: str) -> str:
    return hubs.path(revision).replace("/", "%2F")


def _token(environment: Mapping[str, str]) -> str:
    """The user's token, from where the hub's own program looks for it."""
    given = environment.get("HF_TOKEN") or environment.get("HUGGING_FACE_HUB_TOKEN") or ""
    if not given and not environment.get("HF_HUB_DISABLE_IMPLICIT_TOKEN"):
        home = (
            environment.get("HF_HOME")
            or Path(environment.get("XDG_CACHE_HOME") or "~/.cache") / "huggingface"
        )
        path = Path(environment.get("HF_TOKEN_PATH") or Path(home) / "token").expanduser()
        try:
            given = path.read_text("utf-8")
        except (OSError, ValueError):
            given = ""
    return "".join(char for char in given if "!" <= char <= "~")
