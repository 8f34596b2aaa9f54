"""What calls cost together: real, simulated and replayed apart, the unknown never as 0."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from lab import store
from lab.store import Row, Spent, Store
from lab.types import Cost, Origin, Principal, Request, new_id
from tests.store.rows import opened, whole_call

ANA = Principal("ana", "member")
ESTIMATE, UNKNOWN = Cost(None, 10, 90, "estimate"), Cost(None, None, None, "usage")
ENDLESS = Cost(None, 0, None, "estimate")


def call(to: Store, cost: Cost, source: str = "api", **origin: Any) -> None:
    who = Origin(**{"source": "chat", "user": "ana"} | origin)
    request = Request(new_id(), "claude-haiku-5-5", ({"role": "user", "content": "Up?"},), 9, who)
    for write in whole_call(to, request, cost=cost):
        to.post(write)
    to.post(lambda db: db.execute("UPDATE calls SET source = ? WHERE id = ?", (source, request.id)))


def today(many: int = 1) -> list[store.Day]:
    now = datetime.now(UTC).date()
    return store.days(now - timedelta(days=many - 1), now + timedelta(days=1), UTC)


def spending(path: Path, who: Principal = ANA) -> list[Row]:
    with opened(path / "lab.db") as to:
        for cost in (Cost(70, 70, 70, "usage"), Cost(30, 30, 30, "usage"), ESTIMATE, UNKNOWN, ENDLESS):
            call(to, cost, prompt="support", version=2)
        call(to, Cost(500, 500, 500, "usage"), source="simulated")
        call(to, Cost(0, 0, 0, "none"), source="replay")
        call(to, Cost(7, 7, 7, "usage"), user="bo")
        to.flush()
        return store.spending(to.read, who, today())


def test_kinds_are_never_added_up_and_what_is_unknown_is_never_0(tmp_path: Path) -> None:
    rows = {row.kind: row for row in spending(tmp_path)}
    assert set(rows) == {*store.KINDS}
    real = rows["real"]
    assert (real.prompt, real.origin, real.run) == ("support@2", "chat", None)
    assert real.spent == Spent(5, 100, 1, 10, 90, 2, 0, 25, 10)
    assert (real.spent.least, real.spent.most) == (110, 190)
    assert rows["simulated"].spent.cost == 500
    assert rows["replayed"].spent == Spent(1, 0, 0, 0, 0, 0, 0, 5, 2)


def test_an_admin_sees_everybody_s(tmp_path: Path) -> None:
    real = [row.spent for row in spending(tmp_path, Principal("ana", "admin")) if row.kind == "real"]
    assert store.added(real).cost == 107


def test_a_call_that_has_not_ended_is_in_no_sum(tmp_path: Path) -> None:
    with opened(tmp_path / "lab.db") as to:
        request = Request(new_id(), "claude-haiku-5-5", (), 9, Origin("chat", "ana"))
        to.post(store.call_opened(request, to.process, "anthropic", "api"))
        to.flush()
        (row,) = store.spending(to.read, ANA, today())
    assert row.spent == Spent(calls=1, running=1)


def test_rows_are_split_by_what_cost_most_and_days_by_their_order() -> None:
    def row(day: str, model: str, cost: int) -> Row:
        return Row(day, "real", model, None, "chat", None, Spent(1, cost))

    rows = [row("2026-11-02", "a", 1), row("2026-11-01", "b", 5), row("2026-11-01", "a", 3)]
    assert [(name, one.cost) for name, one in store.split(rows, "model").items()] == [("b", 5), ("a", 4)]
    assert [(name, one.cost) for name, one in store.split(rows, "day").items()] == [
        ("2026-11-01", 8),
        ("2026-11-02", 1),
    ]
    assert store.added([]) == Spent()


def test_days_are_as_long_as_they_are_where_the_reader_is() -> None:
    found = store.days(date(2026, 10, 24), date(2026, 10, 26), ZoneInfo("Europe/Berlin"))
    hours = [
        (after.astimezone(UTC) - begins.astimezone(UTC)) / timedelta(hours=1) for _, begins, after in found
    ]
    assert hours == [24, 25, 24]
