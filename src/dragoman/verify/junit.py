"""Results as JUnit writes them, so that CI shows each check: one suite per protocol, one case per check."""

from xml.sax.saxutils import quoteattr

from dragoman.verify.outcome import Outcome, Result
from dragoman.verify.suite import known


def render(results: list[Result], url: str) -> str:
    """The document. What is lacking or not proved is skipped there, with its words: it has no other."""
    suites = list(dict.fromkeys(result.protocol for result in results))
    parts = [suite([r for r in results if r.protocol == name], name, url) for name in suites]
    return '<?xml version="1.0" encoding="utf-8"?>\n<testsuites>\n' + "".join(parts) + "</testsuites>\n"


def suite(results: list[Result], protocol: str, url: str) -> str:
    failures = sum(result.outcome is Outcome.FAILED for result in results)
    passed = sum(result.outcome is Outcome.PASSED for result in results)
    seconds = sum(result.seconds for result in results)
    head = (
        f"  <testsuite name={attribute(f'dragoman verify {protocol}'.strip())} hostname={attribute(url)} "
        f'tests="{len(results)}" failures="{failures}" errors="0" '
        f'skipped="{len(results) - failures - passed}" time="{seconds:.3f}">\n'
    )
    return head + "".join(map(case, results)) + "  </testsuite>\n"


def case(result: Result) -> str:
    title = known()[result.check].title
    named = ".".join(filter(None, ("verify", result.protocol)))
    head = f'    <testcase classname={attribute(named)} name={attribute(title)} time="{result.seconds:.3f}"'
    if result.outcome is Outcome.PASSED:
        return head + "/>\n"
    if result.outcome is Outcome.FAILED:
        words = f"{result.detail} Mend: {result.mend}" if result.mend else result.detail
        return f"{head}><failure message={attribute(words)}/></testcase>\n"
    return f"{head}><skipped message={attribute(f'{result.outcome}: {result.detail}')}/></testcase>\n"


def attribute(text: str) -> str:
    """Quoted, without what no XML may hold."""
    return quoteattr("".join(char for char in text if char.isprintable()))
