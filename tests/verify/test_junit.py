"""The document that CI reads."""

import xml.etree.ElementTree as tree

from dragoman.verify.junit import render
from dragoman.verify.outcome import Outcome, Result

RESULTS = [
    Result("reachable", "", Outcome.PASSED, "vLLM", seconds=0.25),
    Result("text", "anthropic", Outcome.PASSED, "Hello"),
    Result("overflow", "anthropic", Outcome.FAILED, 'it says <"no">\x1b[31m', "mend it"),
    Result("weather", "anthropic", Outcome.UNPROVED, "words came"),
    Result("thinking", "openai", Outcome.LACKING, "none"),
    Result("nested", "openai", Outcome.SKIPPED, "forced tools: failed"),
]


def test_each_check_is_a_case_of_its_protocol() -> None:
    root = tree.fromstring(render(RESULTS, "http://127.0.0.1:4000"))
    suites = {suite.get("name"): dict(suite.items()) for suite in root}
    assert list(suites) == ["dragoman verify", "dragoman verify anthropic", "dragoman verify openai"]
    anthropic = suites["dragoman verify anthropic"]
    counted = [anthropic[name] for name in ("tests", "failures", "errors", "skipped")]
    assert counted == ["3", "1", "0", "1"]
    assert [case.get("name") for case in root.iter("testcase")][2] == "context overflow"


def test_what_went_wrong_stands_in_it_and_nothing_that_no_xml_may_hold() -> None:
    root = tree.fromstring(render(RESULTS, "http://127.0.0.1:4000"))
    (failure,) = root.iter("failure")
    assert failure.get("message") == 'it says <"no">[31m Mend: mend it'
    skipped = [skip.get("message") for skip in root.iter("skipped")]
    assert skipped == [
        "not proved by this model: words came",
        "lacking: none",
        "skipped: forced tools: failed",
    ]
