"""A log of 20,000 calls as a team's three months leave it: what is quick says what slow, plain SQL says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from lab import store
from lab.store import Connection, Store, Wanted, daily, rollups
from tests.bench import _lifecycles, _million, _reading, _size
from tests.bench._figures import row

CALLS = 20_000


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("long") / "lab.db"
    _million.filled(found, CALLS)
    return found


@pytest.fixture
def db(path: Path) -> Iterator[Connection]:
    base = Store(path)
    yield base.read
    base.close()


def column(db: Connection, statement: str, *values: object) -> list[object]:
    return [found[0] for found in db.execute(statement, values)]


def test_the_rows_are_sound_and_as_many_as_wanted(db: Connection) -> None:
    assert store.totals(db)["calls"] == CALLS
    assert store.check(db) is None
    assert column(db, "SELECT count(*) FROM pragma_foreign_key_check") == [0]
    assert len(store.prompts_asked(db)) > 8 and len(store.names_asked(db, "model")) == 3
    assert column(db, "SELECT count(*) > 50 FROM conversations WHERE forked_from IS NULL") == [1]


def test_turns_are_those_that_the_conversations_show(db: Connection) -> None:
    for conversation in column(db, "SELECT id FROM conversations ORDER BY id DESC LIMIT 40"):
        rows = db.execute(
            "SELECT id, turn, followed, is_last FROM calls WHERE conversation_id = ? ORDER BY turn",
            (conversation,),
        )
        path = store.tree(db, str(conversation)).path()
        assert [tuple(row) for row in rows] == [
            (call, turn, 1 if call != path[-1] else None, 1 if call == path[-1] else None)
            for turn, call in enumerate(path, 1)
        ]
    assert column(db, "SELECT sum(closed_turns) > sum(closed) AND sum(followed) > 0 FROM rollups") == [1]


def test_pages_are_those_of_a_look_at_every_call(db: Connection) -> None:
    wanted = _reading.THREE
    all_ids = column(
        db,
        "SELECT id FROM calls NOT INDEXED WHERE model = ? AND origin = ? AND state = ? ORDER BY id DESC",
        *(wanted.model, wanted.origin, wanted.state),
    )
    found, before = [], None
    while True:
        page = store.page(db, _reading.ADMIN, wanted, 3, before)
        found += [call["id"] for call in page.calls]
        if (before := page.older) is None:
            break
    assert found == all_ids and len(found) > 9


@pytest.mark.parametrize("wanted", [Wanted(), Wanted(origin="chat"), _reading.THREE])
def test_a_search_finds_what_a_look_at_every_text_finds(db: Connection, wanted: Wanted) -> None:
    said = store.calls_saying(db, _reading.ADMIN, wanted, "refund invoice", CALLS)
    texts = db.execute(
        "SELECT calls.id, question.body || ' ' || coalesce(answer.body, '') AS said FROM calls"
        " JOIN texts question ON question.id = message_ids ->> '$[#-1]'"
        " LEFT JOIN texts answer ON answer.id = answer_id WHERE (? IS NULL OR origin = ?)"
        " AND (? IS NULL OR model = ?) AND (? IS NULL OR state = ?) ORDER BY calls.id DESC",
        [value for each in (wanted.origin, wanted.model, wanted.state) for value in (each, each)],
    )
    both = {"refund", "invoice"}
    expected = [id for id, words in texts if both <= {*re.findall(r"\w+", words.lower())}]
    assert {*said} == {*expected} and said
    ranked = store.calls_saying(db, _reading.ADMIN, wanted, "refund invoice", CALLS, ranked=True)
    assert sorted(ranked) == sorted(said)


def test_the_sums_are_those_of_all_calls(db: Connection) -> None:
    days = store.days(_reading.ALL[0][0], _reading.ALL[-1][0], UTC)
    kept = rollups.rolled(db, _reading.ADMIN, days, ("calls", "cost"), ("model",))
    plain = db.execute(
        "SELECT coalesce(answered_by, model), count(*), sum(iif(cost_basis != 'estimate', cost, 0))"
        " FROM calls GROUP BY 1"
    )
    assert {(row["model"], row["calls"], row["cost"]) for row in kept} == {tuple(each) for each in plain}


@pytest.mark.parametrize("table", daily.TABLES)
def test_days_are_the_sums_of_their_slots(db: Connection, table: str) -> None:
    columns = list(db.execute("SELECT name, pk FROM pragma_table_info(?)", (table,)))
    keys = [name.replace("slot", "slot - slot % 86400") for name, pk in columns if pk]
    sums = [f"sum({name})" for name, pk in columns if not pk]
    order = ", ".join(str(number + 1) for number in range(len(columns)))
    slots = f"SELECT {', '.join(keys + sums)} FROM {table} GROUP BY {', '.join(keys)} ORDER BY {order}"
    days = f"SELECT * FROM {table}_daily ORDER BY {order}"
    assert list(map(tuple, db.execute(slots))) == list(map(tuple, db.execute(days)))


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Australia/Sydney", "Asia/Kathmandu"])
def test_days_of_any_zone_are_what_a_look_at_every_call_says(db: Connection, zone: str) -> None:
    days = store.days(date(2026, 10, 20), date(2026, 11, 5), ZoneInfo(zone))
    kept = rollups.rolled(db, _reading.ADMIN, days, ("calls", "cost"), ("day",))
    for day, begins, after in days:
        spans = [each.astimezone(UTC).isoformat()[:19] for each in (begins, after)]
        plain = db.execute(
            "SELECT count(*), sum(iif(cost_basis != 'estimate', cost, 0)) FROM calls"
            " WHERE substr(started_at, 1, 19) >= ? AND substr(started_at, 1, 19) < ?",
            spans,
        ).fetchone()
        assert [(row["calls"], row["cost"]) for row in kept if row["day"] == day.isoformat()] == [
            tuple(plain)
        ]


def test_every_figure_can_be_taken(db: Connection, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.bench._figures.TIMES", 1)
    with closing(Store(path)) as base:
        groups = (_reading.pages(db, CALLS), _reading.searches(db), _reading.charts(db))
        figures = [figure for group in (*groups, _reading.whole(db, base)) for figure in group]
        assert len({row(figure)[0] for figure in figures}) > 50
    assert len(_size.rows(path)) == 5


def test_calls_of_several_processes_are_all_there_whole(path: Path) -> None:
    wrote = _lifecycles.written(path, 40, 2)
    assert sum(len(each.ids) for each in wrote) == 40
    assert _lifecycles.lost(path, wrote) == 0
