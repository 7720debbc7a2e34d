"""Settings from files, the environment and options: what wins, and how each mistake is said."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from dragoman.files import Flags, load, remarks
from dragoman.settings import PORT, Settings, SettingsError, Upstream

FULL = """
upstreams:
  - url: http://one:8000/v1
    key: os.environ/ENGINE_KEY
    model: qwen
host: 0.0.0.0
port: 4100
key: from-the-file
aliases:
  coder: ""
"""
VARIABLES = {"ENGINE_KEY": "inner"}


def read(tmp_path: Path, text: str, flags: Flags = Flags(), **variables: str) -> Settings:  # noqa: B008
    file = tmp_path / "dragoman.yaml"
    file.write_text(text, encoding="utf-8")
    return load(file, flags, VARIABLES | variables)


def test_without_anything_there_are_the_defaults() -> None:
    assert load(None, Flags(), {}) == Settings()


def test_a_file_may_say_everything(tmp_path: Path) -> None:
    assert read(tmp_path, FULL) == Settings(
        upstreams=(Upstream("http://one:8000/v1", "inner", "qwen"),),
        host="0.0.0.0",
        port=4100,
        key="from-the-file",
        aliases={"coder": ""},
    )


def test_an_empty_file_says_nothing(tmp_path: Path) -> None:
    assert read(tmp_path, "# nothing yet\n") == Settings()


KEYS: dict[str, tuple[str, Flags, dict[str, str], str]] = {
    "a file's key": (FULL, Flags(), {}, "from-the-file"),
    "a variable wins over the file": (FULL, Flags(), {"DRAGOMAN_KEY": "variable"}, "variable"),
    "an empty variable is none": (FULL, Flags(), {"DRAGOMAN_KEY": ""}, "from-the-file"),
    "an option wins over both": (FULL, Flags(key="option"), {"DRAGOMAN_KEY": "variable"}, "option"),
    "an option may name a variable": ("", Flags(key="os.environ/MINE"), {"MINE": "secret"}, "secret"),
}


@pytest.mark.parametrize("name", KEYS)
def test_which_key_wins(name: str, tmp_path: Path) -> None:
    text, flags, variables, wanted = KEYS[name]
    assert read(tmp_path, text, flags, **variables).key == wanted


def test_a_key_file_wins_over_the_variable(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("  from-a-file-of-its-own\n")
    given = read(tmp_path, FULL, Flags(key_file=tmp_path / "key"), DRAGOMAN_KEY="variable")
    assert given.key == "from-a-file-of-its-own"


def test_options_win_over_the_file(tmp_path: Path) -> None:
    flags = Flags("http://two:1", "outer", host="127.0.0.1", port=0, alias=["fast=qwen", " slow "])
    given = read(tmp_path, FULL, flags)
    assert given.upstreams == (Upstream("http://two:1", "outer"),)
    assert (given.host, given.port) == ("127.0.0.1", 0)
    assert given.aliases == {"coder": "", "fast": "qwen", "slow": ""}
    assert read(tmp_path, "").port == PORT


def test_a_variable_may_stand_for_a_number(tmp_path: Path) -> None:
    assert read(tmp_path, "port: os.environ/P", P="4444").port == 4444


WRONG: dict[str, tuple[str, Flags, str]] = {
    "an unknown setting and the one that was meant": (
        "prot: 1",
        Flags(),
        "prot: there is no such setting; did",
    ),
    "an unknown setting far from all": (
        "zzz: 1",
        Flags(),
        "zzz: there is no such setting; there are upstreams",
    ),
    "an unknown setting of an upstream": (
        "upstreams: [{url: http://a:1}, {url: http://a:1, ky: x}]",
        Flags(),
        "upstreams[1].ky: there is no such setting; did you mean key?",
    ),
    "a number where text is wanted": (
        "key: 1234",
        Flags(),
        "key: expected text, got a number; put it in quotes",
    ),
    "text where a number is wanted": ("port: many", Flags(), "port: Expected `int`, got `str`"),
    "an upstream without a URL": ("upstreams: [{key: a}]", Flags(), "upstreams[0]: Object missing required"),
    "a list of settings": ("- port: 1", Flags(), "settings are names with values"),
    "no YAML": ("port: [1", Flags(), "this is no YAML in line 1"),
    "a tag that would run code": ("key: !!python/object:os.system {}", Flags(), "this is no YAML in line 1"),
    "a variable that is not set": ("key: os.environ/NOT_SET", Flags(), "variable NOT_SET is not set"),
    "a nested variable that is not set": (
        "upstreams: [{url: http://a:1, key: os.environ/NOT_SET}]",
        Flags(),
        "upstreams[0]: key: the environment variable NOT_SET is not set",
    ),
    "a variable of an option that is not set": (
        "",
        Flags(key="os.environ/NOT_SET"),
        "--key: the environment",
    ),
    "two keys": ("", Flags(key="a", key_file=Path("b")), "--key and --key-file are both given"),
    "a key file that is not there": ("", Flags(key_file=Path("/no/such/key")), "/no/such/key: No such file"),
    "a key for no upstream": ("", Flags(upstream_key="a"), "--upstream-key belongs to --upstream"),
    "an alias without a name": ("", Flags(alias=["=qwen"]), "write NAME or NAME=MODEL"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_mistake_is_said_with_its_place(name: str, tmp_path: Path) -> None:
    text, flags, wanted = WRONG[name]
    with pytest.raises(SettingsError) as raised:
        read(tmp_path, text, flags)
    assert wanted in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("content", [b"", b"one\ntwo", b" \n"])
def test_a_key_file_holds_one_line(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(content)
    with pytest.raises(SettingsError, match="on one line"):
        load(None, Flags(key_file=tmp_path / "key"), {})


FILES: Mapping[str, bytes | None] = {"No such file": None, "no text in UTF-8": b"key: \xff\xfe"}


@pytest.mark.parametrize("said", FILES)
def test_a_file_that_cannot_be_read_is_named(said: str, tmp_path: Path) -> None:
    file = tmp_path / "settings.yaml"
    if content := FILES[said]:
        file.write_bytes(content)
    with pytest.raises(SettingsError, match=f"settings.yaml: .*{said}"):
        load(file, Flags(), {})


@pytest.mark.parametrize("alias", ["claude-opus-4-8", "my-sonnet", "haiku"])
def test_a_name_whose_window_claude_code_ignores_is_remarked_on(alias: str) -> None:
    assert "does not believe its context window" in remarks(Settings(aliases={alias: "", "coder": ""}))[0].text
    assert not remarks(Settings(aliases={"anthropic/coder": ""}))
