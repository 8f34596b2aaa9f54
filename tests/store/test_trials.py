"""What is found again of answers that were asked for before, and a run that is taken up once more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from lab import store
from lab.errors import BadInput
from lab.store import Store, Write, liveness
from lab.types import Principal, Request
from tests.store.rows import opened, post_all, whole_call
from tests.store.test_runs import ADMIN, ANN, BEN, SETTINGS, kept, of


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path / "lab.db") as db:
        yield db


def trial(run: str, call: str, who: Principal = ANN, repeat: int = 1, **fields: str) -> Request:
    asked = of(run, call, who, **fields)
    return replace(asked, origin=replace(asked.origin, variant="v", repeat=repeat))


def begun(db: Store, run: str, who: Principal = ANN, process: str = "") -> Write:
    return store.run_opened(run, process or db.process, who, "data", SETTINGS)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, "a1"),
        ({"number": 2}, "a2"),
        ({"number": 3}, None),
        ({"number": 3, "principal": ADMIN}, "b1"),
        ({"principal": BEN}, "b1"),
        ({"apart_from": "a"}, None),
        ({"endpoint": "elsewhere"}, None),
        ({"model": "another"}, None),
        ({"sources": ("api", "batch")}, None),
        ({"key": "another"}, None),
    ],
)
def test_an_answer_to_the_same_request_is_found(asked: dict, found: str | None, db: Store) -> None:
    first = trial("a", "a1")
    post_all(db, begun(db, "a"), *whole_call(db, first), *whole_call(db, trial("a", "a2")))
    post_all(db, *whole_call(db, trial("b", "b1", BEN)), *whole_call(db, trial("a", "a3"))[:-1])
    db.flush()
    row = store.call(db.read, ANN, "a1")
    like = {"principal": ANN, "key": first.key(), "endpoint": row["endpoint"], "model": row["model"]}
    like |= {"sources": (row["source"],), "number": 1, "apart_from": "c"}
    assert store.answered_alike(db.read, **{**like, **asked}) == found


def test_calls_without_a_result_are_told_by_what_they_were_for(db: Store) -> None:
    post_all(db, begun(db, "a"), *whole_call(db, trial("a", "a1")), kept("a", "a1"))
    post_all(
        db, *whole_call(db, trial("a", "a2", repeat=2)), *whole_call(db, trial("a", "a3", repeat=2))[:-1]
    )
    post_all(
        db, *whole_call(db, trial("a", "a4", case="2"))[:-1], *whole_call(db, trial("b", "b1", case="3"))
    )
    db.flush()
    found = store.trials_called(db.read, ANN, "a")
    assert {key: [(each["id"], each["state"]) for each in calls] for key, calls in found.items()} == {
        ("1", "v", 2): [("a2", "ok"), ("a3", "streaming")],
        ("2", "v", 1): [("a4", "streaming")],
    }
    with pytest.raises(BadInput):
        store.trials_called(db.read, BEN, "a")


def test_an_answer_of_another_run_costs_nothing(db: Store) -> None:
    post_all(db, begun(db, "a"), *whole_call(db, trial("a", "a1")), kept("a", "a1"))
    post_all(db, begun(db, "b"), kept("b", "a1"))
    db.flush()
    own, taken = (store.run(db.read, ANN, id) for id in "ab")
    assert [(each["results"][0]["reused"], each["results"][0]["cost"]) for each in (own, taken)] == [
        (False, 70), (True, 0),
    ]  # fmt: skip
    assert (taken["cost"], taken["results"][0]["total_ms"]) == (0, own["results"][0]["total_ms"])
    assert (taken["tally"]["reused"], taken["tally"]["made"], taken["tally"]["began"]) == (1, 0, None)


def test_an_interrupted_run_is_taken_up_by_one(db: Store) -> None:
    liveness.announce(db.path, "alive")
    post_all(db, begun(db, "a", process="gone"))
    for repeat in (1, 2):
        post_all(db, *whole_call(db, trial("a", f"a{repeat}", repeat=repeat)))
        db.post(kept("a", f"a{repeat}", repeat=repeat))
    db.flush()
    was = store.run_head(db.read, ANN, "a")
    takes = [store.run_resumed("a", was, by, [("1", "v", 2)]) for by in ("alive", "other")]
    assert [db._writing().commit(each).result() for each in takes] == [True, False]
    now = store.run(db.read, ANN, "a")
    assert (now["state"], now["process"], [each["repeat"] for each in now["results"]]) == (
        "running",
        "alive",
        [1],
    )
    assert now["resumed_at"] and now["ended_at"] is None
    post_all(db, store.run_ended("a", "interrupted", {}))
    db.flush()
    was = store.run_head(db.read, ANN, "a")
    again = [store.run_resumed("a", was, "alive", []) for _ in range(2)]
    assert [db._writing().commit(each).result() for each in again] == [True, False]
