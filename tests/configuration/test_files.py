"""Settings from files, the environment and options: what wins, and how each mistake is said."""

from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dragoman.configuration.files import LITELLM, OWN, Flags, load, load_remarked, remarks
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
    "an unknown setting of a key": (
        "keys: [{key: k, model: [x]}]",
        Flags(),
        "keys[0].model: there is no such setting; did you mean models?",
    ),
    "an unknown setting of the search": (
        "search: {uri: 'http://a'}",
        Flags(),
        "search.uri: there is no such setting; did you mean url?",
    ),
    "a key without the key": ("keys: [{name: a}]", Flags(), "keys[0]: Object missing required"),
    "models as one text": ("keys: [{key: k, models: m}]", Flags(), "keys[0].models: Expected `array"),
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


@pytest.mark.requirement("CC-31")
@pytest.mark.parametrize("alias", ["claude-opus-4-8", "my-sonnet", "haiku"])
def test_a_name_whose_window_claude_code_ignores_is_remarked_on(alias: str) -> None:
    assert (
        "does not believe its context window" in remarks(Settings(aliases={alias: "", "coder": ""}))[0].text
    )
    assert not remarks(Settings(aliases={"anthropic/coder": ""}))


GUIDE = """
model_list:
  - model_name: claude-3-5-sonnet-20240620
    litellm_params:
      model: openai/Qwen/Qwen3
      api_base: http://127.0.0.1:8000/v1
general_settings:
  master_key: sk-1234
  drop_params: true
"""


def test_a_file_of_litellms_is_recognised(tmp_path: Path) -> None:
    assert read(tmp_path, GUIDE) == Settings(
        (Upstream("http://127.0.0.1:8000/v1", "", "Qwen/Qwen3", "claude-3-5-sonnet-20240620"),), key="sk-1234"
    )


FORMS = {
    "model_list: []": LITELLM,
    "litellm_settings: {}": LITELLM,
    "general_settings: {}": LITELLM,
    "router_settings:": LITELLM,
    "environment_variables: {A: b}": LITELLM,
    "port: 1": OWN,
    "": OWN,
}


@pytest.mark.parametrize("text", FORMS)
def test_the_form_of_a_file(text: str, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(text)
    assert load_remarked(tmp_path / "a.yaml", Flags(), {}).form == FORMS[text]


def test_remarks_have_their_lines(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(GUIDE)
    found = load_remarked(file, Flags(), {})
    (mended,) = [remark for remark in found.remarks if remark.level == "mended"]
    place = found.place(mended.path)
    assert place is not None
    assert (place.file, place.line) == (file, 9)


BY_VARIABLE = """
model_list:
  - model_name: m
    litellm_params: {model: m, api_base: os.environ/ENGINE, api_key: os.environ/KEY_OF_ENGINE}
environment_variables: {ENGINE: "http://a:1", KEY_OF_ENGINE: os.environ/OUTER, LITELLM_MASTER_KEY: inner}
"""


def test_variables_of_the_file_itself_count_from_the_start(tmp_path: Path) -> None:
    found = read(tmp_path, BY_VARIABLE, OUTER="o")
    assert (found.upstreams[0].url, found.upstreams[0].key, found.key) == ("http://a:1", "o", "inner")


def test_a_variable_of_the_file_that_hangs_on_another_is_refused_without_it(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as raised:
        read(tmp_path, BY_VARIABLE)
    said = "a.yaml: model_list[0].litellm_params.api_key: the environment variable KEY_OF_ENGINE is not set"
    assert str(raised.value).endswith(said.replace("a.yaml", "dragoman.yaml"))


LITELLM_KEYS: dict[str, tuple[dict[str, str], Flags, str]] = {
    "the file's": ({"LITELLM_MASTER_KEY": "theirs"}, Flags(), "sk-1234"),
    "our variable wins": ({"DRAGOMAN_KEY": "ours"}, Flags(), "ours"),
    "an option wins": ({"DRAGOMAN_KEY": "ours"}, Flags(key="option"), "option"),
}


@pytest.mark.parametrize("name", LITELLM_KEYS)
def test_which_key_wins_with_a_file_of_litellms(name: str, tmp_path: Path) -> None:
    variables, flags, wanted = LITELLM_KEYS[name]
    assert read(tmp_path, GUIDE, flags, **variables).key == wanted


def test_litellms_variables_count_for_litellm_alone(tmp_path: Path) -> None:
    variables = {"PORT": "81", "HOST": "127.0.0.2", "LITELLM_MASTER_KEY": "k", "REQUEST_TIMEOUT": "5"}
    assert load(None, Flags(), variables) == Settings()
    assert read(tmp_path, "port: 82", Flags(), **variables) == Settings(port=82)
    wanted = ("127.0.0.2", 81, "k", 5.0)
    for found in (
        read(tmp_path, GUIDE.replace("master_key: sk-1234", "x: 1"), Flags(), **variables),
        load(None, Flags(litellm=True), variables),
    ):
        assert (found.host, found.port, found.key, found.timeout) == wanted


def test_litellms_options(tmp_path: Path) -> None:
    flags = Flags("http://a:1", model="openai/m", headers={"x": "1"}, defaults={"top_p": 0.5}, timeout=9.0)
    found = load(None, flags, {})
    assert found.upstreams == (
        Upstream("http://a:1", model="m", headers={"x": "1"}, defaults={"top_p": 0.5}),
    )
    assert (found.timeout, found.whole_timeout) == (9.0, 9.0)
    given = read(tmp_path, GUIDE, Flags(headers={"x": "1"}))
    assert given.upstreams[0].headers == {"x": "1"}


def test_a_model_without_an_engine_is_refused() -> None:
    with pytest.raises(SettingsError, match="no public service is called"):
        load(None, Flags(model="gpt-4o"), {"OPENAI_API_KEY": "sk-real"})
    found = load(None, Flags(model="gpt-4o"), {"OPENAI_API_BASE": "http://a:1", "OPENAI_API_KEY": "sk-real"})
    assert found.upstreams == (Upstream("http://a:1", model="gpt-4o"),)


def test_remarks_on_our_own_form_show_no_secret(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(
        "key: s3cret\nupstreams: [{url: 'http://a:1', key: s3cret, headers: {x: s3cret}}]\nport: 80\n"
        "keys: [{key: s3cret2, name: alice}]\n"
    )
    said = {remark.path: remark.text for remark in load_remarked(file, Flags(), {}).remarks}
    assert said["port"] == "80"
    assert "s3cret" not in " ".join(said.values())


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=6)
    | st.dates()
    | st.binary(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5) | st.integers(), inner, max_size=3)
    ),
    max_leaves=15,
)
NAMES = st.sampled_from(
    [
        "upstreams",
        "port",
        "key",
        "aliases",
        "model_list",
        "general_settings",
        "litellm_settings",
        "include",
        "x",
    ]
)


@given(st.dictionaries(NAMES, VALUES) | VALUES)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_yaml_whatever_raises_anything_but_a_settings_error(tmp_path: Path, values: object) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(yaml.safe_dump(values, allow_unicode=True), encoding="utf-8", errors="surrogatepass")
    try:
        found = load_remarked(file, Flags(), {})
    except SettingsError as error:
        assert str(error).isprintable()
        return
    assert all(remark.text for remark in found.remarks)
