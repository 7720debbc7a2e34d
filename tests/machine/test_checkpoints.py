"""A model by what people call it: folders, ids, hubs, caches, and texts that are none of these."""

import json
from pathlib import Path

import pytest

from dragoman.machine.checkpoints import CheckpointError, Where, find
from tests.machine.hub import COMMIT, MODEL, Hub, checkpoint


def written(folder: Path, files: dict[str, bytes] | None = None) -> Path:
    folder.mkdir(parents=True)
    for name, content in (files or checkpoint()).items():
        (folder / name).write_bytes(content)
    return folder


def cached(home: Path, files: dict[str, bytes] | None = None) -> dict[str, str]:
    repository = home / "hub" / "models--acme--Model-1B"
    written(repository / "snapshots" / COMMIT, files)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(COMMIT)
    return {"HF_HOME": str(home)}


def nowhere(home: Path) -> dict[str, str]:
    """An environment in which nothing is found and nobody answers."""
    return {"HF_HOME": str(home), "HF_ENDPOINT": "http://127.0.0.1:9", "XDG_CACHE_HOME": str(home)}


def test_a_folder_as_people_name_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = written(tmp_path / "models" / "mine")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in (str(folder), "models/mine", "./models/mine", "~/models/mine", f"{folder}/config.json"):
        got = find(name, environment=nowhere(tmp_path / "none"))
        assert got.size == 6 * 4096
        assert "2 safetensors headers" in got.source


@pytest.mark.parametrize("name", ["/no/such/folder", "./none", "~/none-such", "../none"])
def test_a_folder_that_is_not_there_is_not_looked_for_on_a_hub(name: str, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="There is no") as caught:
        find(name, environment=nowhere(tmp_path))
    assert caught.value.kind == "absent"


@pytest.mark.parametrize(
    "name",
    ["", " ", "a/b/c", "a b", "http://x/y", "a/../b", "-x/y", "\0", "x\x1b[31m", "名/字", "a/" + "b" * 200],
)
def test_a_text_that_is_no_model(name: str, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="is no model: name a folder, or a hub's id") as caught:
        find(name, environment=nowhere(tmp_path))
    assert "\x1b" not in caught.value.message


def test_a_hub_by_option_and_by_environment(tmp_path: Path) -> None:
    with Hub() as hub:
        both = {"HF_ENDPOINT": hub.url, "MODELSCOPE_ENDPOINT": hub.url, "HF_HOME": str(tmp_path)}
        for where, more in (
            (Where(), {}),
            (Where(hub="huggingface"), {"VLLM_USE_MODELSCOPE": "True"}),
            (Where(), {"VLLM_USE_MODELSCOPE": "0"}),
        ):
            hub.seen.clear()
            assert find(MODEL, where, environment=both | more).id == MODEL
            assert any("/resolve/main/" in each.path for each in hub.seen)
        for where, more in ((Where(hub="modelscope"), {}), (Where(), {"VLLM_USE_MODELSCOPE": "true"})):
            hub.seen.clear()
            assert find(MODEL, where, environment=both | more).size == 6 * 4096
            assert all(each.path.startswith("hub/api/v1/models/") for each in hub.seen)


def test_a_hub_that_there_is_not(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"no hub 'elsewhere'; there are huggingface, modelscope\."):
        find(MODEL, Where(hub="elsewhere"), environment=nowhere(tmp_path))


def test_a_config_alone_is_all_that_is_read(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"hidden_size": 1}))
    got = find(MODEL, Where(config=path), environment=nowhere(tmp_path))
    assert (got.id, got.config, got.size) == (MODEL, {"hidden_size": 1}, None)


def test_without_headers_no_weight_file_is_touched(tmp_path: Path) -> None:
    with Hub() as hub:
        got = find(
            MODEL, Where(headers=False), environment={"HF_ENDPOINT": hub.url, "HF_HOME": str(tmp_path)}
        )
        assert got.size == sum(len(hub.files[name]) for name in hub.files if name.endswith(".safetensors"))
        assert not any(".safetensors" in each.path.replace(".safetensors.index", "") for each in hub.seen)


def test_what_was_downloaded_serves_where_nobody_answers(tmp_path: Path) -> None:
    got = find(MODEL, environment=nowhere(tmp_path) | cached(tmp_path))
    assert (got.id, got.size) == (MODEL, 6 * 4096)
    assert got.source.startswith("the folder ")


def test_offline_asks_nobody(tmp_path: Path) -> None:
    with Hub() as hub:
        asked = {"HF_ENDPOINT": hub.url, **cached(tmp_path)}
        assert find(MODEL, Where(offline=True), environment=asked).size == 6 * 4096
        for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
            assert find(MODEL, environment=asked | {name: "1"}).size == 6 * 4096
            with pytest.raises(CheckpointError, match="not on this machine"):
                find("acme/Other", environment=asked | {name: "1"})
        assert hub.seen == []


def test_a_cache_of_the_config_alone_gives_the_config(tmp_path: Path) -> None:
    kept = {name: body for name, body in checkpoint().items() if "of" not in name}
    got = find(MODEL, Where(offline=True), environment=cached(tmp_path, kept))
    assert got.config["hidden_size"] == 64
    assert (got.size, got.tensors) == (None, {})
    assert got.source.endswith("its weights are not all there")


def test_nobody_answers_and_nothing_is_kept(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="cannot be reached") as caught:
        find(MODEL, environment=nowhere(tmp_path))
    assert caught.value.kind == "unreachable"
