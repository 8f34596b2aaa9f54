"""What the cache did for many calls, each sum worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from lab import cache, cost, store
from lab.answer import Answer
from lab.cache import Cached, advice, conversations, overview, split
from lab.models import catalogue
from lab.store import Day, Store
from lab.types import Done, Principal, Started, Text, Usage, new_id
from tests.store.rows import answered, asked, opened, whole_call

ANA, BO = Principal("ana"), Principal("bo")
ALL = Principal("ana", "admin")
MODEL = "claude-sonnet-4-6"
WRITES = Usage(100, 1, 3_000, 0, 3_000, 0)
READS = Usage(100, 1, 0, 3_000, 0, 0)
HOURLY = Usage(100, 1, 3_000, 0, 0, 3_000)
PLAIN = Usage(3_100, 1, 0, 0, 0, 0)


def today() -> list[Day]:
    """And yesterday."""
    now = datetime.now(UTC).date()
    return store.days(now - timedelta(days=1), now, UTC)


def call(
    to: Store,
    usage: Usage,
    model: str = MODEL,
    source: str = "api",
    ago: int = 0,
    system: str = "",
    **origin: Any,
) -> None:
    """An answered call of that usage, at the prices of its model, so many minutes before yesterday's noon."""
    request = asked(new_id(), model=model, system=system)
    request = replace(request, origin=replace(request.origin, **{"user": "ana", **origin}))
    started = Started("msg_1", "req_1", model, usage, {}, source)
    answer = Answer()
    for event in (
        started,
        Text("Up."),
        Done(replace(answered().reply, model=model, usage=usage, source=source)),
    ):
        answer.add(event)
    paid = cost.settled(usage, catalogue()[model], date(2026, 11, 29))
    for write in whole_call(to, request, answer, paid):
        to.post(write)
    noon = datetime.combine(today()[0][0], time(12), UTC)
    at = (noon - timedelta(minutes=ago)).isoformat(timespec="milliseconds")
    changed = "UPDATE calls SET source = ?, started_at = ? WHERE id = ?"
    to.post(lambda db: db.execute(changed, (source, at, request.id)))


def logged(path: Path) -> None:
    with opened(path / "lab.db") as to:
        for name, who in (("one", ANA), ("two", BO)):
            to.post(store.conversation_opened(name, who))
        for usage in (WRITES, READS, READS):
            call(to, usage, prompt="support", version=2, conversation="one")
        call(to, HOURLY, prompt="support", version=1, conversation="two", user="bo")
        call(to, PLAIN)
        call(to, WRITES, prompt="support", version=2, source="simulated")
        call(to, READS, "claude-mythos-preview", prompt="support", version=2)
        to.flush()


IN, WRITTEN, HOUR, READ = 100 * 3, 3_000 * 3.75, 3_000 * 6, 3_000 * 0.3
"""Of a call, in dollars a million."""


def test_hit_rates_and_what_was_saved(tmp_path: Path) -> None:
    logged(tmp_path)
    with opened(tmp_path / "lab.db") as to:
        rows = [row for row in overview(to.read, ALL, today()) if row.kind == "real"]
        own = [row for row in overview(to.read, BO, today()) if row.kind == "real"]
    found = split(rows, "prompt")
    two, one, bare = found["support@2"], found["support@1"], found[None]
    assert (two.calls, two.hits, two.written, two.read, two.untold) == (4, 3, 3_000, 9_000, 1)
    assert (two.rate, two.call_rate) == (0.75, 0.75)
    known = 3 * (IN + 3_000 * 3) - (3 * IN + WRITTEN + 2 * READ)  # without the one whose price is not known
    assert two.saved == pytest.approx(known * 10**6) and two.saved > 0
    assert one.saved == pytest.approx((3_000 * 3 - HOUR) * 10**6) and one.saved < 0
    assert (one.rate, one.call_rate) == (0, 0) and (bare.rate, bare.saved) == (None, 0)
    assert cache.added(row.cached for row in rows).saved == two.saved + one.saved
    assert [*split(own, "prompt")] == ["support@1"] and split(own, "prompt")["support@1"] == one
    assert [*split(rows, "day")] == [str(today()[0][0])]
    assert Cached().rate is None and Cached().call_rate is None


def test_conversations(tmp_path: Path) -> None:
    logged(tmp_path)
    with opened(tmp_path / "lab.db") as to:
        found = conversations(to.read, ALL, today(), "real")
        own = conversations(to.read, BO, today(), "real")
        made_up = conversations(to.read, ALL, today(), "simulated")
    assert {id: (one.calls, one.hits, one.read) for id, (_, one) in found.items()} == {
        "one": (3, 2, 6_000), "two": (1, 0, 0),
    }  # fmt: skip
    assert [*found] == ["two", "one"] and [*own] == ["two"] and made_up == {}


def test_advice_comes_from_the_log(tmp_path: Path) -> None:
    """A minute apart, and nothing asks for caching; of another model nobody knows the price."""
    long = "Harbor books rooms for teams. " * 400
    with opened(tmp_path / "lab.db") as to:
        for ago in range(6, 0, -1):
            for model in (MODEL, "claude-mythos-preview"):
                call(to, PLAIN, model, ago=ago, system=long, prompt="plain", version=1)
        to.flush()
        (found,) = advice(to.read, ALL, today(), "real", tmp_path / "prompts", catalogue())
        assert advice(to.read, ALL, today(), "simulated", tmp_path / "prompts", catalogue()) == []
        assert advice(to.read, BO, today(), "real", tmp_path / "prompts", catalogue()) == []
    assert (found.kind, found.prompt, found.version, found.model) == ("unasked", "plain", 1, MODEL)
    most = 6 * 3_100 * 3 - (3_100 * 3.75 + 5 * 3_100 * 0.3)  # if the question, too, were kept
    assert 0.95 * most < found.saves / 10**6 < most
