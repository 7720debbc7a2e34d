"""`dragoman eval tools` before an engine whose model writes its calls wrongly."""

import json
from pathlib import Path
from typing import Any

from tests.cli.program import dragoman
from tests.scripted_engine import Answer, Asked, ScriptedEngine, says

TOOL = {
    "type": "function",
    "function": {
        "name": "w",
        "parameters": {"type": "object", "properties": {"days": {"type": "integer"}}, "required": ["days"]},
    },
}


def cases(folder: Path) -> str:
    """One that the model gets wrong in a way that can be mended, one that it gets right, one beyond it."""
    listed: list[dict[str, Any]] = [
        {"id": str(n), "kind": "three", "messages": [{"role": "user", "content": text}], "tools": [TOOL]}
        | {"calls": [{"name": "w", "arguments": {"days": 3}}]}
        for n, text in enumerate(("mend", "right", "nothing"))
    ]
    file = folder / "cases.jsonl"
    file.write_text("".join(json.dumps(case) + "\n" for case in listed))
    return str(file)


def model(asked: Asked) -> Answer:
    content = asked.body["messages"][-1]["content"]
    calls = {"mend": [("w", '{"days": "3",}')], "right": [("w", '{"days": 3}')]}.get(content, [])
    return says("" if calls else "no", calls=calls)(asked)


def test_what_the_gateway_adds_is_counted(engine: ScriptedEngine, tmp_path: Path) -> None:
    engine.always(model)
    ran = dragoman(tmp_path, "eval", "tools", "--url", engine.url, "--cases", cases(tmp_path), "--json")
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    assert found["model"] == "scripted"
    alone, with_us = found["engine"]["all"], found["gateway"]["all"]
    assert (alone["exact"], alone["valid"], alone["calls"], alone["cases"]) == (1, 1, 2, 3)
    assert (with_us["exact"], with_us["valid"], with_us["calls"], with_us["cases"]) == (2, 2, 2, 3)
    assert sum(found["repairs"].values()) >= 1
    assert [case["gateway"]["exact"] for case in found["cases"]] == [True, True, False]


def test_people_get_a_table(engine: ScriptedEngine, tmp_path: Path) -> None:
    engine.always(model)
    ran = dragoman(tmp_path, "eval", "tools", "--url", engine.url, "--cases", cases(tmp_path), COLUMNS="100")
    assert ran.returncode == 0, ran.stderr
    rows = [line.split() for line in ran.stdout.splitlines()]
    assert ["three", "1", "of", "3", "1", "of", "2", "2", "of", "3", "2", "of", "2"] in rows
    assert "Repairs by the gateway: " in ran.stdout


def test_what_cannot_be_run_is_said_in_one_line(tmp_path: Path) -> None:
    nowhere = dragoman(tmp_path, "eval", "tools", "--url", "http://127.0.0.1:9")
    assert (nowhere.returncode, nowhere.stdout) == (1, "")
    assert "nothing answers at http://127.0.0.1:9/v1" in nowhere.stderr
    both = dragoman(tmp_path, "eval", "tools", "--cases", "a", "--bfcl", "b")
    assert both.returncode == 2
    assert "exclude each other" in both.stderr
    absent = dragoman(tmp_path, "eval", "tools", "--cases", str(tmp_path / "absent"))
    assert absent.returncode == 2
    assert "cannot be read" in absent.stderr
