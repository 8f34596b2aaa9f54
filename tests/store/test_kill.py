"""What is left of calls whose process was killed."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from lab import cost, models
from lab.engine import today
from lab.store import Store, call, sqlite
from lab.types import Principal, new_id
from tests.bench._bench import simulated, stats
from tests.store.processes import MODEL, calling, process, question, until

ADMIN = Principal("root", "admin")
ANYWHERE = random.Random(4)
TOGETHER = 6

FREELY = "[[words 3000]] [[stall 600 after 2900]] q"

MOMENTS: Sequence[tuple[str, str, Sequence[int]]] = [
    # what is asked; what each process has said, or the server seen, when it is killed; after which word
    ("[[hang 600]] q", "Sent", [0]),
    (FREELY, "Sent", [0]),
    ("[[hang 600]] q", "seen", [0]),
    ("[[stall 600]] q", "Started", [0]),
    ("[[words 3000]] [[stall 600 after 1]] q", "Text", [1]),
    ("[[words 3000]] [[stall 600 after 40]] q", "Text", [40]),
    ("[[words 3000]] [[stall 600 after 700]] q", "kept", [700]),
    (FREELY, "Started", [0]),
    (FREELY, "Text", [ANYWHERE.randint(1, 900) for _ in range(TOGETHER)]),
]


def rows(database: Path, table: str) -> list[dict[str, Any]]:
    """A table as it stands, without opening the store, which would settle it."""
    connection = sqlite.connect(database)
    found = [dict(row) for row in connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2")]
    connection.close()
    return found


def test_fifty_kills_lose_no_call_and_no_cost(tmp_path: Path) -> None:
    attempts = kills = 0
    with simulated("--first-token", "0", "--interval", "0.002") as url:
        for number, (text, moment, marks) in enumerate(MOMENTS):
            database = tmp_path / f"{number}.db"
            Store(database).close()
            until(lambda: stats(url)["open"] == 0)  # those of the calls that were killed before
            _kill_all(database, url, text, moment, marks)
            before = rows(database, "calls"), rows(database, "attempts")
            if moment != "Sent":  # there the kill may come before the row, and then before the request
                assert len(before[0]) == len(before[1]) == TOGETHER
            _settled(database, *before, text)
            attempts, kills = attempts + len(before[1]), kills + TOGETHER
        assert kills >= 50
        assert kills - TOGETHER * 2 <= stats(url)["requests"] <= attempts


def _kill_all(database: Path, url: str, text: str, moment: str, marks: Sequence[int]) -> None:
    """Six processes with a call each, killed each at its moment."""
    with ExitStack() as stack:
        calls = [
            stack.enter_context(
                process(calling, database, url, question(new_id(), text), mark, False, None, True)
            )
            for mark in islice(cycle(marks), TOGETHER)
        ]
        for one in calls:
            one.until("open")  # a store that opens later would bury those that were killed by then
        for one in calls:
            one.tell()
        if moment == "seen":
            until(lambda: stats(url)["open"] >= TOGETHER)
        elif moment == "kept":
            until(lambda: [bool(row["partial"]) for row in rows(database, "calls")] == [True] * TOGETHER)
        for one in calls:
            if moment in ("Sent", "Started", "Text"):
                one.until(moment)
            one.kill()


def _settled(database: Path, calls: list[dict[str, Any]], attempts: list[dict[str, Any]], text: str) -> None:
    """Opening the store turns what was left open into unknown, and loses nothing by it."""
    made = {attempt["call_id"] for attempt in attempts}
    store = Store(database)
    assert store.buried == len(calls)
    for row in calls:
        found = call(store.read, ADMIN, row["id"])
        sent = row["id"] in made
        assert found["state"] == ("unknown" if sent else "cancelled")
        assert found["ended_at"] and found["error_type"] == "process_ended"
        assert found["partial"] == row["partial"]
        if sent:
            assert found["request"] == question(row["id"], text).body()
        if "after 700" in text:
            assert found["partial"].startswith("This")  # as much as was kept when it was killed
    for row in attempts:
        [found] = call(store.read, ADMIN, row["call_id"])["attempts"]
        assert found == row | {"state": "unknown", "ended_at": found["ended_at"]} and found["ended_at"]
        _bounded(row, store, text)
    store.close()
    again = Store(database)
    assert again.buried == 0
    again.close()


def _bounded(attempt: Mapping[str, Any], store: Store, text: str) -> None:
    """The cost of an attempt that was killed lies between bounds, and the call's is the same."""
    request = question(attempt["call_id"], text)
    worst = cost.worst_case(request, models.catalogue()[MODEL], today())
    found = call(store.read, ADMIN, attempt["call_id"])
    assert attempt["cost"] is None and attempt["cost_basis"] == "estimate"
    if attempt["state"] == "started":
        assert (attempt["cost_floor"], attempt["cost_upper"]) == (0, worst)
    else:
        assert 0 < attempt["cost_floor"] < attempt["cost_upper"] <= worst
    for name in ("cost", "cost_floor", "cost_upper", "cost_basis"):
        assert found[name] == attempt[name]


def test_a_live_call_of_another_process_goes_on(tmp_path: Path, url: str) -> None:
    database = tmp_path / "lab.db"
    killed, lives = question(new_id(), "[[words 30]] killed"), question(new_id(), "[[words 30]] lives")
    with (
        process(calling, database, url, lives, 3, True) as live,
        process(calling, database, url, killed, 3, True) as dead,
    ):
        live.until("Text")
        dead.until("Text")
        until(lambda: [row["state"] for row in rows(database, "calls")] == ["streaming"] * 2)
        dead.kill()
        store = Store(database)
        states = {row["id"]: row["state"] for row in store.read.execute("SELECT id, state FROM calls")}
        assert store.buried == 1
        assert states == {killed.id: "unknown", lives.id: "streaming"}
        live.tell("go on")
        live.until("closed")
        live.end()
    found = call(store.read, ADMIN, lives.id)
    assert (found["state"], found["cost_basis"], found["output_tokens"]) == ("ok", "usage", 30)
    assert [attempt["state"] for attempt in found["attempts"]] == ["ok"]
    assert call(store.read, ADMIN, killed.id)["state"] == "unknown"
    store.close()
