"""LiteLLM's file as our settings: what is honoured, mended, ignored, and what is refused."""

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from dragoman.journey.pool import Pool
from dragoman.litellm import translate
from dragoman.litellm.block import Unset
from dragoman.settings import Remark, Settings, SettingsError, Upstream, check

BEGINNER = """
model_list:
  - model_name: claude-3-5-sonnet-20240620
    litellm_params:
      model: openai/Qwen/Qwen3-235B-A22B-Instruct
      api_base: http://localhost:8000/v1
      api_key: sk-empty
      timeout: 600
general_settings:
  master_key: sk-1234
  drop_params: true
  detailed_debug: true
"""
PRACTITIONER = """
model_list:
  - model_name: claude-3-5-sonnet-20240620
    litellm_params:
      model: openai/Qwen/Qwen3-235B-A22B-Instruct
      api_base: http://localhost:8000/v1
      api_key: sk-empty
      drop_params: true
general_settings:
  master_key: sk-1234
  drop_params: true
"""
ENGINE = Upstream(
    "http://localhost:8000/v1",
    "sk-empty",
    "Qwen/Qwen3-235B-A22B-Instruct",
    "claude-3-5-sonnet-20240620",
)
GUIDES: dict[str, tuple[str, Settings]] = {
    "the one for beginners": (
        BEGINNER,
        Settings((Upstream(ENGINE.url, ENGINE.key, ENGINE.model, ENGINE.name, timeout=600),), verbose=True),
    ),
    "the one for practitioners": (PRACTITIONER, Settings((ENGINE,))),
}


def read(text: str, **variables: str) -> tuple[Settings, list[Remark]]:
    return translate(yaml.safe_load(text), variables)


def entry(**params: Any) -> dict[str, Any]:
    own = {"model": "openai/qwen", "api_base": "http://a:1"}
    return {"model_name": "m", "litellm_params": {**own, **params}}


def upstream(**params: Any) -> Upstream:
    """The only one that an entry with these parameters makes."""
    settings, _ = translate({"model_list": [entry(**params)]})
    (found,) = settings.upstreams
    return found


def levels(remarks: list[Remark], path: str) -> set[str]:
    return {remark.level for remark in remarks if remark.path == path}


@pytest.mark.parametrize("name", GUIDES)
def test_the_guides_files(name: str) -> None:
    text, wanted = GUIDES[name]
    settings, remarks = read(text)
    assert settings == Settings(wanted.upstreams, key="sk-1234", verbose=wanted.verbose)
    check(settings)
    assert levels(remarks, "general_settings.drop_params") == {"mended"}
    assert levels(remarks, "model_list[0].model_name") == {"understood", "warning"}
    assert not [remark for remark in remarks if remark.level in ("error", "ignored")]


def test_the_guides_names_all_lead_to_the_engine_that_lists_another_id() -> None:
    settings, _ = read(PRACTITIONER)
    pool = Pool(settings.upstreams, settings.aliases)
    assert "its only model" in str(pool.listed(pool.replicas[0], {"Qwen/Qwen3-235B-FP8": 32768}))
    for name in (
        "claude-3-5-sonnet-20240620",
        "claude-opus-4-8",
        "anthropic/claude-haiku-4-5",
        "Qwen/Qwen3-235B-A22B-Instruct",
        "Qwen/Qwen3-235B-FP8",
        "anthropic/Qwen/Qwen3-235B-FP8",
    ):
        model = pool.find(name)
        replica = pool.choose(model)
        assert replica is not None
        assert replica.serves[model.id] == "Qwen/Qwen3-235B-FP8"


MODELS = {
    "openai/Qwen/Qwen3": "Qwen/Qwen3",
    "hosted_vllm/openai/gpt-oss-120b": "openai/gpt-oss-120b",
    "vllm/a": "a",
    "custom_openai/a": "a",
    "openai_like/a": "a",
    "litellm_proxy/a": "a",
    "text-completion-openai/a": "a",
    "ollama_chat/a:7b": "a:7b",
    "a/b/c": "a/b/c",
    "openai/*": "",
}


@pytest.mark.parametrize("model", MODELS)
def test_one_prefix_is_stripped(model: str) -> None:
    assert upstream(model=model).model == MODELS[model]


PARAMS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "an address by its other name": ({"api_base": None, "base_url": "http://b:2"}, {"url": "http://b:2"}),
    "a time-out for streams alone": ({"stream_timeout": "30"}, {"timeout": 30.0}),
    "of two time-outs the one for all": ({"timeout": 9, "stream_timeout": 30}, {"timeout": 9.0}),
    "fields for each request": ({"extra_body": {"min_p": 0.1}}, {"extra_body": {"min_p": 0.1}}),
    "headers": (
        {"headers": {"X-A": "1", "x-b": 2}, "extra_headers": {"x-a": "3"}},
        {"headers": {"x-a": "3", "x-b": "2"}},
    ),
    "sampling": (
        {"temperature": 0.2, "top_p": 0.9, "top_k": 20, "seed": 7, "stop": ["x"], "reasoning_effort": "low"},
        {
            "defaults": {
                "temperature": 0.2,
                "top_p": 0.9,
                "top_k": 20,
                "seed": 7,
                "stop": ["x"],
                "reasoning_effort": "low",
            }
        },
    ),
    "a limit of the reply": ({"max_completion_tokens": 5}, {"defaults": {"max_tokens": 5}}),
    "thinking": (
        {"thinking": {"type": "disabled"}},
        {"defaults": {"chat_template_kwargs": {"enable_thinking": False}}},
    ),
    "a window within": ({"model_info": {"max_input_tokens": 4096}}, {"window": 4096}),
}


@pytest.mark.parametrize("name", PARAMS)
def test_what_an_entry_says_of_its_engine(name: str) -> None:
    params, wanted = PARAMS[name]
    found = upstream(**params)
    assert {key: getattr(found, key) for key in wanted} == wanted


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no address": (entry(api_base=None), "api_base is missing"),
    "no URL": (entry(api_base="localhost:8000"), "is no URL"),
    "no model": (entry(model=None), "litellm_params.model is missing"),
    "a model that is no text": (entry(model=["a"]), "model: expected text"),
    "a key that breaks a header": (entry(api_key="a\nb"), "api_key: expected one line of ASCII"),
    "no name": ({"litellm_params": entry()["litellm_params"]}, "model_name is missing"),
    "no mapping": ({}, "model_name is missing"),
    "AWS": (entry(aws_region_name="x"), "aws_region_name belongs to a public service"),
    "Vertex": (entry(vertex_project="x"), "vertex_project belongs to a public service"),
    "Azure": (entry(model="azure/gpt"), "azure belongs to a public service"),
    "Bedrock by its own key": (entry(custom_llm_provider="bedrock"), "bedrock belongs to a public service"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_an_entry_that_cannot_be_served_takes_nothing_from_the_others(name: str) -> None:
    wrong, said = REFUSED[name]
    settings, remarks = translate({"model_list": [wrong, entry()]})
    assert [each.name for each in settings.upstreams] == ["m"]
    (error,) = [remark for remark in remarks if remark.level == "error"]
    assert error.path == "model_list[0]"
    assert said in error.text


def test_equal_names_are_replicas() -> None:
    settings, remarks = translate({"model_list": [entry(), entry(api_base="http://b:2")]})
    assert [(each.name, each.url) for each in settings.upstreams] == [
        ("m", "http://a:1"),
        ("m", "http://b:2"),
    ]
    assert [remark.text for remark in remarks if remark.path == "model_list[1]"] == ["another replica of m"]


def test_wildcards_lead_to_the_model_of_their_first_entry() -> None:
    pattern = {**entry(), "model_name": "claude-*"}
    other = {**entry(model="openai/other"), "model_name": "claude-*"}
    settings, _ = translate({"model_list": [pattern, other]})
    assert settings.aliases == {"claude-*": "qwen"}
    assert [(each.name, each.model) for each in settings.upstreams] == [("qwen", "qwen"), ("qwen", "other")]


def test_a_wildcard_for_a_wildcard_is_all_that_the_engine_lists() -> None:
    settings, _ = translate({"model_list": [{**entry(model="openai/*"), "model_name": "*"}]})
    assert settings == Settings((Upstream("http://a:1"),))


def test_the_longest_wildcard_wins_and_an_exact_name_goes_before() -> None:
    listed = [
        {**entry(model="small"), "model_name": "claude-*"},
        {**entry(model="large"), "model_name": "claude-opus-*"},
        {**entry(model="one"), "model_name": "claude-opus-4"},
    ]
    settings, _ = translate({"model_list": listed})
    pool = Pool(settings.upstreams, settings.aliases)
    found = {name: pool.find(name).id for name in ("claude-x", "claude-opus-x", "claude-opus-4")}
    assert found == {"claude-x": "small", "claude-opus-x": "large", "claude-opus-4": "claude-opus-4"}


def test_aliases_of_both_kinds() -> None:
    given = {
        "model_list": [entry()],
        "litellm_settings": {"model_alias_map": {"gpt-4": "openai/qwen", "lost": "nowhere"}},
        "router_settings": {"model_group_alias": {"gpt-5": {"model": "m", "hidden": True}, "x": 1}},
    }
    settings, remarks = translate(given)
    assert settings.aliases == {"gpt-4": "qwen", "lost": "nowhere", "gpt-5": "m"}
    assert levels(remarks, "litellm_settings.model_alias_map.lost") == {"warning"}
    assert levels(remarks, "router_settings.model_group_alias.gpt-5.hidden") == {"ignored"}
    assert levels(remarks, "router_settings.model_group_alias.x") == {"warning"}


WAYS: dict[str, tuple[dict[str, Any], dict[str, str], dict[str, Any]]] = {
    "a key in the wrong block": ({"litellm_settings": {"master_key": "k"}}, {}, {"key": "k"}),
    "a key from the variable": ({}, {"LITELLM_MASTER_KEY": "v"}, {"key": "v"}),
    "a file's key wins": (
        {"general_settings": {"master_key": "k"}},
        {"LITELLM_MASTER_KEY": "v"},
        {"key": "k"},
    ),
    "an empty key is none": ({"general_settings": {"master_key": ""}}, {}, {"key": ""}),
    "a key of digits": ({"general_settings": {"master_key": 1234}}, {}, {"key": "1234"}),
    "time-outs": ({"litellm_settings": {"request_timeout": 30}}, {}, {"timeout": 30, "whole_timeout": 30}),
    "the router's time-outs": (
        {"router_settings": {"timeout": 30, "stream_timeout": 40}},
        {},
        {"timeout": 40, "whole_timeout": 30},
    ),
    "a time-out from the variable": ({}, {"REQUEST_TIMEOUT": "8"}, {"timeout": 8.0}),
    "the size of a body": ({"general_settings": {"max_request_size_mb": 0.5}}, {}, {"body_limit": 524288}),
    "a weak key": (
        {"general_settings": {"dangerously_permit_weak_or_unset_master_key": True}},
        {},
        {"allow_weak_key": True},
    ),
    "an address in the wrong block": (
        {"general_settings": {"host": "127.0.0.2", "port": "81", "debug": True}},
        {},
        {"host": "127.0.0.2", "port": 81, "verbose": True},
    ),
    "variables go before the file": (
        {"general_settings": {"host": "127.0.0.2", "port": 81}},
        {"HOST": "127.0.0.3", "PORT": "82"},
        {"host": "127.0.0.3", "port": 82},
    ),
    "a HOST that is none": ({}, {"HOST": "x86_64-conda-linux-gnu", "PORT": "tcp://a"}, {"host": "127.0.0.1"}),
    "debugging": ({"litellm_settings": {"set_verbose": True}}, {}, {"verbose": True}),
    "debugging by variable": ({}, {"LITELLM_LOG": "DEBUG"}, {"verbose": True}),
    "a DEBUG of somebody else's": ({}, {"DEBUG": "app:*"}, {"verbose": False}),
    "an address for all": (
        {"model_list": [entry(api_base=None)]},
        {"OPENAI_API_BASE": "http://o:1"},
        {"upstreams": (Upstream("http://o:1", model="qwen", name="m"),)},
    ),
    "what every entry leaves open": (
        {"model_list": [entry()], "router_settings": {"default_litellm_params": {"api_key": "k"}}},
        {},
        {"upstreams": (Upstream("http://a:1", "k", model="qwen", name="m"),)},
    ),
}


@pytest.mark.parametrize("name", WAYS)
def test_what_holds_for_all(name: str) -> None:
    given, variables, wanted = WAYS[name]
    settings, _ = translate(given, variables)
    assert {key: getattr(settings, key) for key in wanted} == wanted


def test_a_published_key_is_for_loopback() -> None:
    settings, _ = read(BEGINNER, HOST="0.0.0.0")
    with pytest.raises(SettingsError, match="published guides"):
        check(settings)


MISPLACED = ["drop_params", "detailed_debug", "debug", "host", "port"]


@pytest.mark.parametrize("name", MISPLACED)
def test_a_key_in_the_wrong_block_is_honoured_and_said(name: str) -> None:
    value = {"host": "127.0.0.1", "port": 80}.get(name, True)
    _, remarks = translate({"general_settings": {name: value}})
    assert levels(remarks, f"general_settings.{name}") == {"mended"}


IGNORED: dict[str, tuple[dict[str, Any], str]] = {
    "general_settings.database_url": ({"general_settings": {"database_url": "x"}}, "there is no database"),
    "router_settings.redis_host": ({"router_settings": {"redis_host": "x"}}, "nothing is shared"),
    "router_settings.routing_strategy": (
        {"router_settings": {"routing_strategy": "cost-based-routing"}},
        "fewest requests",
    ),
    "litellm_settings.fallbacks": ({"litellm_settings": {"fallbacks": []}}, "of another name"),
    "litellm_settings.cache": ({"litellm_settings": {"cache": True}}, "prefix cache"),
    "litellm_settings.callbacks": (
        {"litellm_settings": {"callbacks": ["prometheus", "langfuse"]}},
        "nothing is sent to langfuse",
    ),
    "model_list[0].rpm": ({"model_list": [{**entry(), "rpm": 3}]}, "belongs into litellm_params"),
    "model_list[0].litellm_params.weight": ({"model_list": [entry(weight=3)]}, "fewest requests"),
    "model_list[0].litellm_params.temprature": (
        {"model_list": [entry(temprature=3)]},
        "did you mean temperature?",
    ),
    "mcp_servers": ({"mcp_servers": {}}, "MCP"),
    "zzz": ({"zzz": 1}, "unknown"),
}


@pytest.mark.parametrize("path", IGNORED)
def test_what_is_ignored_is_said_with_the_reason(path: str) -> None:
    given, said = IGNORED[path]
    _, remarks = translate(given)
    (remark,) = [each for each in remarks if each.path == path and each.level == "ignored"]
    assert said in remark.text
    assert str(remark) == f"ignored: {path} ({remark.text})"


def test_every_key_is_remarked_on_once() -> None:
    _, remarks = read(PRACTITIONER)
    about = [
        remark.path for remark in remarks if remark.level != "warning" and "published" not in remark.text
    ]
    assert len(about) == len(set(about))
    assert "model_list[0].litellm_params.api_base" in about


WRONG_KINDS: dict[str, dict[str, Any]] = {
    "general_settings.port": {"general_settings": {"port": "many"}},
    "general_settings.max_request_size_mb": {"general_settings": {"max_request_size_mb": -1}},
    "litellm_settings.request_timeout": {"litellm_settings": {"request_timeout": True}},
    "litellm_settings": {"litellm_settings": ["a"]},
    "model_list[0].litellm_params.temperature": {"model_list": [entry(temperature=object())]},
    "model_list[0].litellm_params.headers": {"model_list": [entry(headers={"x": "a\r\nb"})]},
    "model_list[0].litellm_params.extra_headers": {"model_list": [entry(extra_headers={"a b": "c"})]},
    "model_list[0].litellm_params.timeout": {"model_list": [entry(timeout=float("nan"))]},
}


@pytest.mark.parametrize("path", WRONG_KINDS)
def test_a_value_of_the_wrong_kind_is_left_out_and_said(path: str) -> None:
    _, remarks = translate(WRONG_KINDS[path])
    (remark,) = [each for each in remarks if each.path == path]
    assert remark.level == "warning"
    assert "expected" in remark.text


USED: dict[str, dict[str, Any]] = {
    "model_list[0].litellm_params.api_base": {"model_list": [entry(api_base=Unset("V"))]},
    "model_list[0].litellm_params.api_key": {"model_list": [entry(api_key=Unset("V"))]},
    "model_list[0].litellm_params.extra_body.a[1].b": {
        "model_list": [entry(extra_body={"a": [1, {"b": Unset("V")}]})]
    },
    "general_settings.master_key": {"general_settings": {"master_key": Unset("V")}},
}


@pytest.mark.parametrize("path", USED)
def test_a_variable_that_is_not_set_is_refused_where_it_is_used(path: str) -> None:
    with pytest.raises(SettingsError) as raised:
        translate(USED[path])
    assert str(raised.value) == f"{path}: the environment variable V is not set"


NOT_USED: dict[str, dict[str, Any]] = {
    "general_settings.database_url": {"general_settings": {"database_url": Unset("V")}},
    "model_list[0].litellm_params.aws_key": {"model_list": [entry(aws_key=Unset("V")), entry()]},
    "guardrails[0].key": {"guardrails": [{"key": Unset("V")}]},
}


@pytest.mark.parametrize("path", NOT_USED)
def test_a_variable_that_is_not_set_is_a_warning_elsewhere(path: str) -> None:
    _, remarks = translate(NOT_USED[path])
    (warning,) = [each for each in remarks if each.path.startswith(path) and each.level == "warning"]
    assert warning.text == "the environment variable V is not set"


def test_a_key_that_can_be_none_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"general_settings\.master_key: expected text"):
        translate({"general_settings": {"master_key": ["k"]}})


def test_no_remark_shows_a_secret() -> None:
    listed = [entry(api_key="secret-1", extra_headers={"x": "secret-2"}, api_base="http://u:secret-3@a:1")]
    given = {"model_list": listed, "general_settings": {"master_key": "secret-4", "database_url": "secret-5"}}
    _, remarks = translate(given)
    assert "secret" not in " ".join(map(str, remarks))


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just(Unset("V"))
NAMES = st.sampled_from(
    [
        "model_name",
        "litellm_params",
        "model",
        "api_base",
        "api_key",
        "headers",
        "extra_body",
        "thinking",
        "model_info",
        "max_input_tokens",
        "timeout",
        "master_key",
        "model_group_alias",
        "default_litellm_params",
        "callbacks",
        "hidden",
        "stop",
    ]
)
VALUES = st.recursive(
    SCALARS | st.sampled_from(["openai/*", "claude-*", "http://a:1"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(NAMES | st.text(max_size=3), inner, max_size=5)
        | st.dictionaries(SCALARS, inner, max_size=3)
    ),
    max_leaves=25,
)
TOPS = st.sampled_from(
    ["model_list", "litellm_settings", "general_settings", "router_settings", "environment_variables", "x"]
)


@given(st.dictionaries(TOPS, VALUES))
def test_nothing_but_a_settings_error_comes_of_any_values(values: dict[str, Any]) -> None:
    try:
        settings, remarks = translate(values)
    except SettingsError:
        return
    assert all(str(remark) for remark in remarks)
    Pool(settings.upstreams, settings.aliases).entries()
