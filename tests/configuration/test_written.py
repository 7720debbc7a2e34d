"""YAML as it is written: values, lines, and every mistake as one sentence."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dragoman.configuration.written import Place, read
from dragoman.settings import SettingsError

TEXT = """# a comment
model_list:
  - model_name: a
    litellm_params: {model: x,
      api_base: y}
  -
    model_name: b
general_settings:
  master_key: k
"""
LINES = {
    "model_list": 2,
    "model_list[0]": 3,
    "model_list[0].model_name": 3,
    "model_list[0].litellm_params.api_base": 5,
    "model_list[1]": 7,
    "general_settings.master_key": 9,
}


def write(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "a.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_every_path_has_its_line(tmp_path: Path) -> None:
    file = write(tmp_path, TEXT)
    written = read(file)
    assert written.given["model_list"][1] == {"model_name": "b"}
    assert {path: written.places[path].line for path in LINES} == LINES


def test_what_has_no_line_has_that_of_what_it_is_part_of(tmp_path: Path) -> None:
    file = write(tmp_path, TEXT)
    written = read(file)
    assert written.place("model_list[0].litellm_params.not.there[3]") == Place(file, 4)
    assert written.place("nowhere") is None


def test_an_alias_may_be_used_and_merged(tmp_path: Path) -> None:
    assert read(write(tmp_path, "a: &a {b: 1}\nc: {<<: *a, d: 2}\n")).given["c"] == {"b": 1, "d": 2}


WRONG = {
    "nothing that ends": ("a: [1", "this is no YAML in line 1"),
    "two documents": ("a: 1\n---\nb: 2\n", "this is no YAML in line 2"),
    "a tag that would run code": ("a: !!python/object:os.system {}", "this is no YAML in line 1"),
    "a character that YAML has not": ("a: \0", "this is no YAML"),
    "a list": ("- a", "settings are names with values"),
    "text": ("a", "settings are names with values"),
    "a list as a name": ("? [a]\n: b\n", "this is no YAML in line 1"),
    "an alias within itself": ("a: &a [*a]", "nested too deep"),
    "deep nesting": ("a: " + "[" * 60 + "]" * 60, "nested too deep"),
    "deeper nesting": ("a: " + "[" * 5000, "nested too deep"),
    "a date in the 13th month": ("a: 2026-13-01", "a value in it is not what"),
    "a number that is none": ("a: !!int ''", "a value in it is not what"),
    "a time that is none": ("a: !!timestamp x", "a value in it is not what"),
    "aliases that grow without end": (
        "a: &a [1,1,1,1,1,1,1,1,1,1]\n"
        + "".join(
            f"{b}: &{b} [{', '.join([f'*{a}'] * 10)}]\n" for a, b in zip("abcdef", "bcdefg", strict=True)
        ),
        "holds more than 100000 values",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_read_is_one_sentence_with_the_file(name: str, tmp_path: Path) -> None:
    text, said = WRONG[name]
    file = write(tmp_path, text)
    with pytest.raises(SettingsError) as raised:
        read(file)
    assert str(raised.value).startswith(f"{file}: ")
    assert said in str(raised.value)
    assert str(raised.value).isprintable()


@given(st.text() | st.text(alphabet="abc:-[]{}&*!<>|'\"\\#%@? \n\t0123.~=,"))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_text_whatever_raises_anything_else(tmp_path: Path, text: str) -> None:
    file = tmp_path / "a.yaml"
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        assert isinstance(read(file).given, dict)
    except SettingsError as error:
        assert str(error).startswith(f"{file}: ")
