"""Names lead to models, models to replicas; what was learned stays within reason."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.journey.pool import BUSIER, BYTES_PER_TOKEN, LEAST, MOST, Model, Pool
from dragoman.model.errors import Busy, Forbidden, UnknownModel
from dragoman.settings import Upstream
from tests.journeys import pool_of


def test_a_model_is_found_by_each_of_its_names() -> None:
    pool = Pool([Upstream("http://a/v1")], {"gpt": "Qwen/Q"})
    pool.listed(pool.replicas[0], {"Qwen/Q": 4096, "other": None})
    for name in ("Qwen/Q", "anthropic/Qwen/Q", "claude-x", "gpt"):
        assert pool.find(name).id == "Qwen/Q"
    assert pool.find("other").window is None
    with pytest.raises(UnknownModel, match="model: nobody"):
        pool.find("nobody")


def test_a_caller_finds_and_sees_only_what_it_may_use() -> None:
    pool = Pool([Upstream("http://a", name="ours", model="theirs"), Upstream("http://b")], {"gpt": "other"})
    pool.listed(pool.replicas[0], {"theirs": None})
    pool.listed(pool.replicas[1], {"other": None})
    assert pool.find("theirs", ["ours"]) is pool.find("ours", ["theirs"]) is pool.find("claude-x", ["ours"])
    assert pool.names(["ours"]) == ["anthropic/theirs", "ours", "theirs"]
    with pytest.raises(Forbidden, match=r"^model: gpt .* may use anthropic/theirs, ours, theirs$"):
        pool.find("gpt", ["ours"])
    with pytest.raises(Forbidden, match="nothing that is served at present"):
        pool.find("gpt", ["gone"])
    with pytest.raises(UnknownModel) as caught:
        pool.find("nobody", ["ours"])
    assert "other" not in caught.value.message
    assert pool.names([]) == []
    assert pool.names(None) == pool.names(["*"])


def test_before_any_model_is_known_all_are_busy() -> None:
    with pytest.raises(Busy, match="not come up yet"):
        Pool([Upstream("http://a")], {}).find("anything")


def test_a_replica_that_lost_its_connection_is_the_last_choice() -> None:
    pool = pool_of(3)
    model = pool.find("tiny")
    first, second, third = pool.replicas
    first.in_flight, second.in_flight = 2, 1
    pool.lost(third)
    assert pool.choose(model) is second
    assert pool.choose(model, [second]) is first
    assert pool.choose(model, [first, second]) is third
    assert pool.choose(model, pool.replicas) is None


def test_a_replica_serves_what_it_listed_last() -> None:
    pool = pool_of(2)
    pool.listed(pool.replicas[0], {"new": 8192})
    assert pool.choose(pool.find("tiny")) is pool.replicas[1]
    assert pool.choose(pool.find("new")) is pool.replicas[0]


def test_a_window_that_is_no_longer_listed_is_remembered() -> None:
    pool = pool_of()
    pool.listed(pool.replicas[0], {"tiny": None})
    assert pool.find("tiny").window == 4096


def test_one_model_of_several_is_served_where_only_it_is_wanted() -> None:
    pool = Pool([Upstream("http://a", model="b")], {})
    assert pool.listed(pool.replicas[0], {"a": None, "b": None}) is None
    assert pool.find("b").id == "b"
    with pytest.raises(UnknownModel):
        pool.find("a")


def test_a_wanted_model_that_is_not_listed_is_said() -> None:
    pool = Pool([Upstream("http://a", model="b")], {})
    said = pool.listed(pool.replicas[0], {"a": None})
    assert said is not None
    assert "'b'" in said
    assert "'a'" in said
    assert pool.choose(pool.find("claude-x")) is pool.replicas[0]


@pytest.mark.requirement("CC-05")
@pytest.mark.requirement("CC-31")
def test_entries_offer_a_name_that_claude_code_shows() -> None:
    pool = Pool([Upstream("http://a")], {"fast": "tiny", "claude-*": "tiny"})
    pool.listed(pool.replicas[0], {"tiny": 4096})
    ids = [entry.id for entry in pool.entries()]
    assert ids[0] == "anthropic/tiny"
    assert {"tiny", "fast"} <= set(ids)
    assert not any(id.startswith("claude-") or "*" in id for id in ids)


def pool_of_three() -> Pool:
    pool = Pool([Upstream(f"http://{name}") for name in "abc"], {})
    for replica in pool.replicas:
        pool.listed(replica, {"tiny": None})
    return pool


@pytest.mark.requirement("CC-10")
def test_a_session_stays_with_its_replica_while_that_is_not_much_busier() -> None:
    pool = pool_of_three()
    model = pool.find("tiny")
    own = {session: pool.choose(model, session=session) for session in map(str, range(60))}
    assert set(own.values()) == set(pool.replicas)
    kept = own["7"]
    assert kept is not None
    kept.in_flight = BUSIER
    assert pool.choose(model, session="7") is kept
    kept.in_flight += 1
    other = pool.choose(model, session="7")
    assert other is not kept
    kept.in_flight = 0
    pool.lost(kept)
    assert pool.choose(model, session="7") is other
    assert all(
        pool.choose(model, session=session) is replica
        for session, replica in own.items()
        if replica is not kept
    )
    assert pool.choose(model, tried=pool.replicas, session="7") is None


def test_a_key_goes_to_its_own_engine_only() -> None:
    pool = Pool([Upstream("http://a", key="secret"), Upstream("http://b")], {})
    first, second = pool.replicas
    assert first.headers["authorization"] == "Bearer secret"
    assert "authorization" not in second.headers
    assert first.url("/tokenize") == "http://a/tokenize"


@given(st.lists(st.tuples(st.integers(0, 10**8), st.integers(-5, 10**6)), max_size=50))
def test_no_count_makes_the_estimate_absurd(counts: list[tuple[int, int]]) -> None:
    model = Model("m")
    for body_bytes, tokens in counts:
        model.learn(body_bytes, tokens)
        assert LEAST <= model.bytes_per_token <= MOST
        assert model.estimate(0) == 1


def test_estimates_come_near_what_is_counted() -> None:
    model = Model("m")
    for _request in range(30):
        model.learn(3000, 1000)
    assert abs(model.estimate(3000) - 1000) < 10
    model.learn(1_000_000, 1000)
    assert abs(model.estimate(3000) - 1000) < 10
    assert Model("m").estimate(400) == 400 / BYTES_PER_TOKEN
