"""What the parts of the doctor have to do with each other: order, what counts, whose key goes where."""

from pathlib import Path

import pytest

from dragoman.doctor.check import Finding
from dragoman.doctor.examining import judge
from dragoman.doctor.gathering import URL, Wanted, named, root, target
from dragoman.doctor.refusals import ANTHROPIC, EITHER, OPENAI
from dragoman.doctor.seen import Client, Engine, Seen, Server, Setting, authority, without_credentials
from dragoman.engines.vllm.causes import TABLE


def client(**settings: str) -> Client:
    return Client({name: Setting(value, "the environment") for name, value in settings.items()})


def test_what_a_user_feels_comes_first() -> None:
    own = client(ANTHROPIC_BASE_URL="http://h:4000/v1", CLAUDE_CODE_USE_BEDROCK="1")
    found = judge(Seen(server=Server("http://h:4000", "gateway"), client=own))
    assert [finding.matters for finding in found] == sorted(
        (finding.matters for finding in found), reverse=True
    )
    assert found[0].check in ("client_cloud", "client_keys")
    assert [f.worked_around for f in found if f.check == "client_url_form"] == [True]


def test_what_is_worth_knowing_does_not_count() -> None:
    assert not Finding("a", "b", "c", level="note").matters
    assert not Finding("a", "b", "c", worked_around=True).matters
    assert Finding("a", "b", "c").matters


def test_the_clients_key_goes_to_the_clients_server_only() -> None:
    own = client(ANTHROPIC_BASE_URL="http://mine:4000/v1", ANTHROPIC_AUTH_TOKEN="t")
    assert target(Wanted(client="claude"), own) == ("http://mine:4000", "t")
    assert target(Wanted("http://other:1", client="claude"), own) == ("http://other:1", "")
    assert target(Wanted(client="claude"), client(ANTHROPIC_AUTH_TOKEN="t")) == (URL, "")


def test_anthropics_own_server_is_never_asked() -> None:
    assert root("https://api.anthropic.com") == root("https://api.anthropic.com/v1") == ""
    away = client(ANTHROPIC_BASE_URL="https://api.anthropic.com", ANTHROPIC_AUTH_TOKEN="t")
    assert target(Wanted(client="claude"), away) == (URL, "")


@pytest.mark.parametrize(
    ("wanted", "is_named"),
    [
        (Wanted(), True),
        (Wanted("http://h:1"), True),
        (Wanted(request=Path("r")), False),
        (Wanted(config=Path("c")), False),
        (Wanted(client="claude"), False),
    ],
)
def test_an_absent_server_counts_where_somebody_named_it(wanted: Wanted, is_named: bool) -> None:
    assert named(wanted, client() if wanted.client else None) is is_named


def test_a_configuration_by_itself_asks_only_its_engines() -> None:
    assert target(Wanted(config=Path("c")), None) == ("", "")


def test_addresses_of_this_machine_are_one() -> None:
    same = {authority(f"http://{host}:4000") for host in ("localhost", "127.0.0.1", "[::1]", "0.0.0.0")}
    assert same == {("127.0.0.1", 4000)}
    assert authority("https://h") == ("h", 443)
    assert authority("http://h:port") == ("", 0)


def test_a_shown_address_has_no_password() -> None:
    assert without_credentials("http://me:pw@h:1/x?key=1") == "http://h:1/x"


def test_the_rules_of_requests_are_rows_of_the_table() -> None:
    ids = {cause.id for cause in TABLE}
    assert {*EITHER, *OPENAI, *ANTHROPIC} <= ids


def test_an_engine_without_metrics_says_nothing_of_its_parser() -> None:
    assert Engine("http://h:1").parser_set is None
