"""LiteLLM's command line: what a user types for `litellm`, typed for `dragoman serve`."""

import re
import signal
from pathlib import Path

import httpx2
import pytest

from dragoman.cli import run
from dragoman.cli.litellm import CHECKS, HONOURED, IDLE, REFUSED, SILENT
from tests.cli.program import Program, dragoman, refusal
from tests.scripted_engine import ScriptedEngine

GUIDE = """
model_list:
  # 伪装策略
  - model_name: claude-3-5-sonnet-20240620
    litellm_params:
      model: openai/Qwen/Qwen3-235B-A22B-Instruct
      api_base: {url}/v1
      api_key: sk-empty
      timeout: 600
general_settings:
  master_key: sk-1234
  drop_params: true
  detailed_debug: true
"""
MESSAGES = [{"role": "user", "content": "杭州今天天气怎么样？"}]
NAMES = ("claude-3-5-sonnet-20240620", "claude-opus-4-8", "anthropic/scripted", "scripted")


def guide(tmp_path: Path, engine: ScriptedEngine) -> str:
    file = tmp_path / "litellm_config.yaml"
    file.write_text(GUIDE.format(url=engine.url), encoding="utf-8")
    return str(file)


def test_the_guides_command_serves_the_guides_file(engine: ScriptedEngine, tmp_path: Path) -> None:
    config = guide(tmp_path, engine)
    with Program(tmp_path, "serve", "--config", config, "--port", "0", "--detailed_debug") as running:
        url = running.url()
        headers = {"authorization": "Bearer sk-1234"}
        with httpx2.Client(trust_env=False, headers=headers) as http:
            for name in NAMES:
                answer = http.post(f"{url}/chat/completions", json={"model": name, "messages": MESSAGES})
                assert answer.status_code == 200, name
                assert answer.json()["choices"][0]["message"]["content"] == "Hello."
            assert http.get(f"{url}/v1/models", headers={"authorization": "Bearer no"}).status_code == 401
        assert {asked.body["model"] for asked in engine.chats()} == {"scripted"}
        assert engine.chats()[0].headers["authorization"] == "Bearer sk-empty"
        running.wait_for("its only model 'scripted' is used")
        assert running.end(signal.SIGINT) == 130
    mended = re.findall(r"^dragoman: mended: (\S+):", running.stderr, re.MULTILINE)
    assert mended == ["general_settings.detailed_debug", "general_settings.drop_params"]
    assert running.stderr.count("does not believe its context window") == 1
    assert "sk-" not in running.stdout + running.stderr


def test_options_alone_serve_an_engine(engine: ScriptedEngine, tmp_path: Path) -> None:
    words = ["-m", "openai/scripted", "--api_base", engine.url, "--alias", "gpt-4", "--temperature", "0.3"]
    words += ["--max_tokens", "77", "--headers", '{"x-team": "a"}', "--drop_params", "--telemetry", "False"]
    words += ["--num_workers", "4", "--debug", "--request_timeout", "60"]
    variables = {"LITELLM_MASTER_KEY": "k", "PORT": "0"}
    with Program(tmp_path, "serve", *words, variables=variables) as running:
        url = running.url()
        with httpx2.Client(trust_env=False, headers={"x-api-key": "k"}) as http:
            body = {"model": "gpt-4", "messages": MESSAGES}
            assert http.post(f"{url}/v1/chat/completions", json=body).status_code == 200
        (asked,) = engine.chats()
        assert (asked.body["temperature"], asked.body["max_tokens"]) == (0.3, 77)
        assert asked.headers["x-team"] == "a"
    assert "warning: --num_workers does nothing" in running.stderr
    assert "telemetry" not in running.stderr


def test_a_variable_may_name_the_file(engine: ScriptedEngine, tmp_path: Path) -> None:
    variables = {"CONFIG_FILE_PATH": guide(tmp_path, engine), "PORT": "0"}
    with Program(tmp_path, "serve", variables=variables) as running:
        running.url()
        running.wait_for("mended: general_settings.drop_params")


def test_ignored_keys_are_few_lines(engine: ScriptedEngine, tmp_path: Path) -> None:
    config = Path(guide(tmp_path, engine))
    with config.open("a") as file:
        file.writelines(f"unknown_{index}: {{a: 1}}\n" for index in range(30))
        file.writelines(f"{name}: x\n" for name in ("mcp_servers", "guardrails", "prompts"))
    done = dragoman(tmp_path, "serve", "-c", str(config), "--skip_server_startup")
    assert done.returncode == 0
    assert done.stderr.count("dragoman: ignored: ") <= 9


@pytest.mark.parametrize("name", CHECKS)
def test_a_check_alone_starts_nothing(name: str, engine: ScriptedEngine, tmp_path: Path) -> None:
    done = dragoman(tmp_path, "serve", "--config", guide(tmp_path, engine), f"--{name}")
    assert (done.returncode, done.stdout) == (0, "")
    assert "mended: general_settings.drop_params" in done.stderr


REFUSALS: dict[str, tuple[list[str], dict[str, str], str]] = {
    "TLS": (["--ssl_certfile_path", "a.pem"], {}, "TLS is not served here"),
    "a test of another program": (["--health"], {}, "checks an engine"),
    "a model without an engine": (["--model", "gpt-4o"], {"OPENAI_API_KEY": "sk-real"}, "no public service"),
    "headers that are none": (["--headers", "a"], {}, "--headers: expected a JSON object"),
    "headers of two lines": (["--headers", '{"a": "b\\nc"}'], {}, "--headers: expected a JSON object"),
    "no time-out": (["--request_timeout", "nan"], {}, "--request_timeout: expected a number above 0"),
    "HOST beyond loopback without a key": (
        ["-m", "a", "--api_base", "http://a:1"],
        {"HOST": "0.0.0.0"},
        "so a key is required",
    ),
    "HOST beyond loopback with a published key": (
        ["-m", "a", "--api_base", "http://a:1"],
        {"HOST": "0.0.0.0", "LITELLM_MASTER_KEY": "sk-1234"},
        "this key stands in published guides",
    ),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_what_is_refused(name: str, tmp_path: Path) -> None:
    words, variables, said = REFUSALS[name]
    assert said in refusal(dragoman(tmp_path, "serve", *words, **variables))


def test_a_variable_that_is_not_set_is_named_with_its_key(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(GUIDE.format(url="http://a:1").replace("sk-empty", "os.environ/MY_KEY"))
    said = refusal(dragoman(tmp_path, "serve", "--config", str(file)))
    assert said.endswith("model_list[0].litellm_params.api_key: the environment variable MY_KEY is not set")


def test_what_does_nothing_is_hidden(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["serve", "--help"]) == 0
    shown = capsys.readouterr().out
    assert all(f"--{name} " in shown for name in HONOURED)
    assert not [name for name in (*IDLE, *REFUSED, *SILENT, *CHECKS) if f"--{name}" in shown]


def test_each_of_litellms_options_is_taken(capsys: pytest.CaptureFixture[str]) -> None:
    words = [f"--{name}" if kind is bool else f"--{name}=1" for name, (kind, _) in IDLE.items()]
    words += [f"--{name}" if kind is bool else f"--{name}=1" for name, kind in SILENT.items()]
    assert run(["serve", *words, "--upstream", "http://a:1", "--validate_config"]) == 0
    said = capsys.readouterr().err
    assert [name for name in IDLE if f"--{name} does nothing" not in said] == ["num_workers"]
    assert not [name for name in SILENT if name in said]


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["serve", "-v"]) == 0
    assert capsys.readouterr().out.startswith("dragoman ")
