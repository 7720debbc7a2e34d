"""Environments made for real by venv and pip, of tiny wheels in a local directory; no index is asked."""

import os
import signal
import subprocess
import sys
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from dragoman.engines import vllm
from dragoman.engines.vllm import Installation
from dragoman.progress import Progress, silent
from dragoman.runtime import environment
from dragoman.runtime.packages import Pip, SetupFailed

PLAN = Installation(
    name="stub-cpu",
    version="1.0",
    device="cpu",
    packages=("stub-torch==2.0+cpu", "stub-engine==1.0"),
    check="import stub_engine; from importlib.metadata import version; print(version('stub'))",
    fallback_for="stub-torch==2.0+cpu",
    removed=("stub-vision", "stub-audio"),
    aliases=(("stub", "1.0+cpu"),),
)

# Loads only without the package that is to be removed.
ENGINE = """
import importlib.util
assert importlib.util.find_spec("stub_vision") is None, "built for another torch"
"""


def wheel(folder: Path, name: str, version: str, code: str = "", requires: str = "") -> None:
    module = name.replace("-", "_")
    meta = f"{module}-{version}.dist-info"
    needs = f"Requires-Dist: {requires}\n" if requires else ""
    files = {
        f"{module}.py": code,
        f"{meta}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}",
        f"{meta}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    with zipfile.ZipFile(folder / f"{module}-{version}-py3-none-any.whl", "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
        archive.writestr(f"{meta}/RECORD", "".join(f"{path},,\n" for path in [*files, f"{meta}/RECORD"]))


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory of wheels, the only source that pip has, and an empty data directory."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    wheel(folder, "stub-torch", "2.0+cpu")
    wheel(folder, "stub-vision", "3.0")
    wheel(folder, "stub-engine", "1.0", ENGINE, "stub-vision")
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("DRAGOMAN_DATA_DIR", str(tmp_path / "data"))
    return folder


def install(plan: str) -> subprocess.Popen[str]:
    """Another process that makes the environment and prints its steps."""
    program = (
        "from dataclasses import replace\nfrom dragoman.runtime import environment\n"
        "import test_environment as tests\n"
        f"environment.ensure(lambda progress: print(progress.step, flush=True), {plan})"
    )
    variables = os.environ | {"PYTHONPATH": str(Path(__file__).parent)}
    return subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, env=variables)


def test_an_environment_is_made_mended_found_again_and_removed(wheels: Path) -> None:
    steps: list[Progress] = []
    assert environment.status(PLAN).state == "absent"
    made = environment.ensure(steps.append, PLAN)
    assert (made.version, made.device) == ("1.0+cpu", "cpu")
    assert [step.step for step in steps if step.step not in ("resolve", "download")] == [
        *("environment", "pip", "install", "mend", "check", "done")
    ]
    assert Progress("install", "3 packages") in steps
    listed = subprocess.check_output([made.python, "-m", "pip", "list", "--format=freeze"], text=True)
    assert "stub-torch==2.0+cpu" in listed
    assert "stub-vision" not in listed

    found = environment.status(PLAN)
    assert found.state == "ready"
    assert found.environment == made
    environment.mend(PLAN, made.python, Pip(made.python, silent))
    again: list[Progress] = []
    assert environment.ensure(again.append, PLAN) == made
    assert again == []

    assert environment.remove(PLAN)
    assert not found.path.exists()
    assert not environment.remove(PLAN)


def test_other_versions_or_a_python_that_is_gone_make_it_outdated(wheels: Path) -> None:
    environment.ensure(plan=PLAN)
    wheel(wheels, "stub-engine", "2.0", ENGINE)
    newer = replace(PLAN, version="2.0", packages=("stub-engine==2.0",), aliases=(("stub", "2.0+cpu"),))
    assert environment.status(newer).state == "outdated"
    made = environment.ensure(plan=newer)
    assert made.version == "2.0+cpu"
    assert not list(made.python.parent.parent.rglob("stub_torch.py"))
    made.python.unlink()
    made.python.symlink_to("/nowhere/python")
    assert environment.status(newer).state == "outdated"


def test_an_install_that_was_killed_is_not_trusted_and_made_anew(wheels: Path) -> None:
    with install("replace(tests.PLAN, check='import time; time.sleep(600)')") as run:
        assert run.stdout is not None
        for line in run.stdout:
            if line == "check\n":
                break
        run.send_signal(signal.SIGKILL)
    assert environment.status(PLAN).state == "incomplete"
    begun = time.monotonic()
    # It gets the lock only once all that the killed one had started is gone, which is at once.
    made = environment.ensure(plan=PLAN)
    assert time.monotonic() - begun < 60
    assert environment.status(PLAN).environment == made


def test_two_at_once_make_one(wheels: Path) -> None:
    both = [install("tests.PLAN") for _ in range(2)]
    said = sorted(run.communicate(timeout=120)[0].split() for run in both)
    assert [run.returncode for run in both] == [0, 0]
    made = [steps for steps in said if "environment" in steps]
    waited = [steps for steps in said if "environment" not in steps]
    assert len(made) == 1
    assert waited in ([["wait"]], [[]])


def test_a_missing_package_fails_with_pip_s_words_and_leaves_nothing_that_counts(wheels: Path) -> None:
    with pytest.raises(SetupFailed, match="no build") as caught:
        environment.ensure(plan=replace(PLAN, packages=("stub-none==9",)))
    assert any("stub-none==9" in line for line in caught.value.tail)
    assert "Traceback" not in caught.value.message
    assert environment.status(PLAN).state == "incomplete"


def test_a_build_found_nowhere_else_comes_from_its_own_index(
    wheels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for index in ("public", "torch"):
        (tmp_path / index / "stub-torch").mkdir(parents=True)
        (tmp_path / index / "stub-torch" / "index.html").write_text("")
    built = wheels / "stub_torch-2.0+cpu-py3-none-any.whl"
    built.rename(tmp_path / "torch" / "stub-torch" / built.name)
    (tmp_path / "torch" / "stub-torch" / "index.html").write_text(f'<a href="{built.name}">{built.name}</a>')
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_INDEX_URL", (tmp_path / "public").as_uri())
    steps: list[Progress] = []
    own_index = (tmp_path / "torch").as_uri()
    environment.ensure(steps.append, replace(PLAN, fallback_index=own_index))
    assert Progress("resolve", f"stub-torch==2.0+cpu from {own_index}") in steps


def test_what_does_not_load_is_not_kept_as_made(wheels: Path) -> None:
    with pytest.raises(SetupFailed, match=r"stub-cpu 1\.0 is installed but does not load") as caught:
        environment.ensure(plan=replace(PLAN, removed=()))
    assert "built for another torch" in caught.value.tail[-1]
    assert environment.status(PLAN).state == "incomplete"


def test_a_disk_too_small_is_said_before_anything_is_fetched(wheels: Path) -> None:
    steps: list[Progress] = []
    with pytest.raises(SetupFailed, match="The disk is full"):
        environment.ensure(steps.append, replace(PLAN, needs_bytes=10**18))
    assert steps == []


def test_a_data_directory_that_cannot_be_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("DRAGOMAN_DATA_DIR", str(tmp_path / "file" / "data"))
    with pytest.raises(SetupFailed, match="cannot be used"):
        environment.ensure(plan=PLAN)


def test_a_python_out_of_range_is_said(wheels: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SetupFailed, match=r"stub-cpu needs Python 4\.0 to 4\.2"):
        environment.ensure(plan=replace(PLAN, python=((4, 0), (4, 2))))


def test_the_plan_for_this_machine_is_one_of_two() -> None:
    device = environment.find_device()
    assert environment.planned() == vllm.installation(device)
    assert environment.planned(PLAN) is PLAN
