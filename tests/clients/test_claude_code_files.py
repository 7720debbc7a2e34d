"""The real Claude Code writes a file full of closing tags through every kind of server, byte for byte."""

import json
from pathlib import Path

import pytest

from tests import claude_code
from tests.claude_code import ClaudeCode
from tests.gateway import RunningGateway, until, value
from tests.real_engine import RealEngine
from tests.test_tool_ways import JSON, SERVERS, XML, Case, content, surveyed_gateway, way_of

pytestmark = [pytest.mark.engine, pytest.mark.client]

FITS = Case(*JSON, "raw")
WRONG = Case(*XML, "completion")
"""Before a server with `hermes`, whose parser is of the other family."""
OTHERS: dict[str, dict[str, Case]] = {
    "qwen3_coder": {
        "tags and their parser": Case(*XML, "completion"),
        "JSON and the parser of tags": Case(*JSON, "completion", fits=False),
    },
    "no flags": {"JSON and no parser": Case(*JSON, "raw"), "tags and no parser": Case(*XML, "raw")},
}


@pytest.fixture(scope="session")
def executable() -> Path:
    return claude_code.program()


def check(
    engine: RealEngine,
    executable: Path,
    folder: Path,
    case: Case,
    length: int,
    caplog: pytest.LogCaptureFixture,
) -> None:
    written = content(length)
    with surveyed_gateway(engine, case.family) as gateway:
        user = ClaudeCode(
            executable, folder, gateway.url, "any", f"anthropic/{engine.model}", engine.max_model_len
        )
        user.variables["CLAUDE_CODE_MAX_OUTPUT_TOKENS"] = "30000"
        path = user.cwd / "a b.txt"
        call = case.wording("Write", file_path=str(path), content=written)
        small = case.wording("Bash", command="touch small.txt", description="Touch")
        answers = {"@small": [small, "It is touched."], "@large": [f"I shall.\n{call}", "It is written."]}
        engine.scripts.write_text(json.dumps(answers))
        try:
            if not case.fits:
                lose(user, gateway, case, caplog)
            assert way_of(gateway) == case.mode
            before = value(gateway.http.get("/metrics").text, "dragoman_tool_call_repairs_total")
            ran = user.run("@large Write the file.", seconds=280)
            assert ran.text == "It is written."
            assert ran.said["num_turns"] == 2
            assert path.read_bytes() == written.encode()
            page = gateway.http.get("/metrics").text
            assert value(page, "dragoman_tool_call_repairs_total") == before
            assert value(page, "dragoman_tool_calls_total", tool="Write") == 1
        finally:
            engine.scripts.write_text("{}")


def lose(user: ClaudeCode, gateway: RunningGateway, case: Case, caplog: pytest.LogCaptureFixture) -> None:
    """The engine's parser takes the first call away; the log names the flag, and the next one goes round."""
    ran = user.run("@small Touch it.", seconds=240)
    parser = {"qwen_coder": "qwen3_coder", "qwen_instruct": "hermes"}[case.family]
    until(lambda: f"Start the engine with --tool-call-parser {parser};" in caplog.text)
    assert value(gateway.http.get("/metrics").text, "dragoman_swallowed_replies_total") == 1
    # Claude Code asks an empty reply again by itself.
    assert (ran.text, (user.cwd / "small.txt").exists()) == ("It is touched.", True)


@pytest.mark.parametrize("case", [FITS, WRONG], ids=["its parser fits", "its parser is of another family"])
def test_a_file_through_a_server_with_hermes(
    real_engine: RealEngine, executable: Path, tmp_path: Path, case: Case, caplog: pytest.LogCaptureFixture
) -> None:
    check(real_engine, executable, tmp_path, case, 2_000, caplog)


@pytest.mark.full
@pytest.mark.parametrize("case", [FITS, WRONG], ids=["its parser fits", "its parser is of another family"])
def test_a_large_file_through_a_server_with_hermes(
    real_engine: RealEngine, executable: Path, tmp_path: Path, case: Case, caplog: pytest.LogCaptureFixture
) -> None:
    check(real_engine, executable, tmp_path, case, 20_000, caplog)


@pytest.mark.full
@pytest.mark.parametrize("server", OTHERS)
def test_a_large_file_through_other_servers(
    server: str, executable: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with RealEngine(tmp_path, SERVERS[server]) as engine:
        for number, case in enumerate(OTHERS[server].values()):
            (folder := tmp_path / str(number)).mkdir()
            check(engine, executable, folder, case, 20_000, caplog)
