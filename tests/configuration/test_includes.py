"""LiteLLM's `include`: what is added to what, where it stands then, and which files are refused."""

from pathlib import Path

import pytest

from dragoman.configuration.includes import merge
from dragoman.configuration.written import Place, Written, read
from dragoman.settings import Remark, SettingsError


def write(folder: Path, **files: str) -> Path:
    """Files by their names, the first one is returned; `__` is a folder's slash."""
    paths = [folder / f"{name.replace('__', '/')}.yaml" for name in files]
    for path, text in zip(paths, files.values(), strict=True):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return paths[0]


def merged(file: Path, **variables: str) -> tuple[Written, list[Remark]]:
    return merge(read(file), file, variables)


def test_lists_are_extended_and_other_values_replaced(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        main="include: [more.yaml]\nmodel_list:\n  - a\ngeneral_settings: {x: 1, y: 2}\n",
        more="model_list:\n  - b\n  - c: 1\ngeneral_settings:\n  x: 3\n",
    )
    written, remarks = merged(file)
    assert written.given == {"model_list": ["a", "b", {"c": 1}], "general_settings": {"x": 3}}
    assert written.place("model_list[0]") == Place(file, 3)
    assert written.place("model_list[2].c") == Place(tmp_path / "more.yaml", 3)
    assert written.place("general_settings.x") == Place(tmp_path / "more.yaml", 5)
    assert "general_settings.y" not in written.places
    assert [remark.level for remark in remarks] == ["understood"]


def test_included_files_include_others_relative_to_themselves(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        main="include: deep/one.yaml\n",
        deep__one="include: [two.yaml]\nmodel_list: [1]\n",
        deep__two="model_list: [2]\n",
    )
    assert merged(file)[0].given == {"model_list": [1, 2]}


def test_a_variable_may_name_a_file(tmp_path: Path) -> None:
    file = write(tmp_path, main="include: [os.environ/MORE]\n", more="a: 1\n")
    assert merged(file, MORE="more.yaml")[0].given == {"a": 1}
    with pytest.raises(SettingsError, match=r"include\[0\]: the environment variable MORE is not set"):
        merged(file)


def test_a_file_that_lies_elsewhere_is_warned_of(tmp_path: Path) -> None:
    file = write(tmp_path, own__main="include: [../other.yaml]\n", other="a: 1\n")
    (warning,) = merged(file)[1]
    assert (warning.path, warning.level) == ("include[0]", "warning")
    assert str(tmp_path / "other.yaml") in warning.text


WRONG = {
    "itself": ("include: [main.yaml]", "a file that includes itself"),
    "a link to itself": ("include: [link.yaml]", "a file that includes itself"),
    "one that includes it": ("include: [back.yaml]", "a file that includes itself"),
    "one that is not there": ("include: [none.yaml]", "No such file"),
    "no name": ("include: [1]", r"include\[0\]: expected the name of a file"),
    "an impossible name": ('include: ["a\\0b"]', "this is no path"),
    "a folder": ("include: [.]", "Is a directory"),
    "far too many": ("include: [" + "empty.yaml," * 101 + "]", "more than 100 files"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_refused(name: str, tmp_path: Path) -> None:
    text, said = WRONG[name]
    file = write(tmp_path, main=text, back="include: [main.yaml]", empty="")
    (tmp_path / "link.yaml").symlink_to(file)
    with pytest.raises(SettingsError, match=said):
        merged(file)
