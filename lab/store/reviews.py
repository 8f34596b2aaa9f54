"""What people say of answers that a judge grades too: a row whenever one says something, also anew."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import TYPE_CHECKING, Any, NamedTuple

from lab.store.replayable import replayable
from lab.store.results import check_seen
from lab.store.sqlite import Connection, explained, insert, now
from lab.store.writer import Write
from lab.types import Principal

if TYPE_CHECKING:
    from sqlite_utils import Database

_SAME = "calls.case_id AS case_id, message_ids ->> '$[#-1]' AS asked, answer_id AS answered"
"""What makes two answers one: the same case, the same last message, the same words."""
_NEWEST = "reviews.id = (SELECT max(id) FROM reviews AS own WHERE own.call_id = reviews.call_id"
_NEWEST += " AND own.grader = reviews.grader AND own.user = reviews.user)"


def create(db: Database) -> None:
    """People's verdicts by answer and grader; a person's last one counts, NULL where it is taken back."""
    db["reviews"].create(
        {"id": int, "call_id": str, "grader": str, "user": str, "dataset": str}
        | {"verdict": str, "note": str, "reviewed_at": str},
        pk="id",
        not_null={"call_id", "grader", "user", "dataset", "reviewed_at"},
        foreign_keys=[("call_id", "calls")],
        strict=True,
    )
    db["reviews"].create_index(["call_id", "grader", "user"])
    db["reviews"].create_index(["dataset"])


class Review(NamedTuple):
    """A person's verdict on a call's answer, in the words of a grader's scale (`pass`, `4`, `warm`); None
    takes back what they said before, which stays on record."""

    call: str
    grader: str
    user: str
    dataset: str
    verdict: str | None
    note: str | None = None


def reviewed(*said: Review) -> Write:
    """All of them, or none."""
    return _reviews_added([list(each) for each in said], now())


@replayable
def _reviews_added(connection: Connection, said: list[list[str | None]], at: str) -> None:
    for call, grader, user, dataset, verdict, note in said:
        row = {"call_id": call, "grader": grader, "user": user, "dataset": dataset}
        insert(connection, "reviews", row | {"verdict": verdict, "note": note or None, "reviewed_at": at})


@explained
def reviews(
    connection: Connection, principal: Principal, dataset: str, case: str | None = None
) -> list[dict[str, Any]]:
    """What everybody says of the answers to a dataset that the person may see, or to one of its cases, the
    oldest first: `call_id`, `grader`, `user`, `verdict`, `note`, `case_id`, what tells an answer (`asked`,
    `answered`), and how often it was `said` otherwise before."""
    rows = connection.execute(
        f"SELECT call_id, grader, reviews.user, verdict, note, {_SAME}, (SELECT count(*) FROM reviews AS old"
        " WHERE old.call_id = reviews.call_id AND old.grader = reviews.grader AND old.user = reviews.user"
        " AND old.verdict IS NOT reviews.verdict) AS said"
        f" FROM reviews JOIN calls ON calls.id = call_id WHERE dataset = :dataset AND {_NEWEST}"
        " AND verdict NOT NULL AND (:all OR calls.user = :user) AND (:case IS NULL OR calls.case_id = :case)"
        " ORDER BY reviews.id",
        {"dataset": dataset, "all": principal.role == "admin", "user": principal.user, "case": case},
    )
    return [dict(row) for row in rows]


@explained
def reviews_made(connection: Connection) -> int:
    """How many verdicts of people were ever written: another number wherever anybody says something."""
    return connection.execute("SELECT coalesce(max(id), 0) FROM reviews").fetchone()[0]


@explained
def results_like(
    connection: Connection, principal: Principal, run: str, answers: Collection[int]
) -> list[dict[str, Any]]:
    """The results of a run whose answers have these words (numbers of `texts`): their row with `grades`, and
    what tells an answer, as `reviews` has it."""
    check_seen(connection, principal, run)
    rows = connection.execute(
        f"SELECT results.run_id, results.variant, results.repeat, call_id, grades, {_SAME}"
        " FROM results JOIN calls ON calls.id = call_id WHERE results.run_id = :run"
        " AND answer_id IN (SELECT value FROM json_each(:answers)) ORDER BY results.rowid",
        {"run": run, "answers": json.dumps(list(answers))},
    )
    return [dict(row) | {"grades": json.loads(row["grades"])} for row in rows]


@explained
def answered(
    connection: Connection, principal: Principal, run: str, case: str | None = None
) -> list[dict[str, Any]]:
    """The whole answers of a run, or to one of its cases, by what tells them: `call_id`, variant, repeat,
    `case_id`, `asked`, `answered`."""
    check_seen(connection, principal, run)
    rows = connection.execute(
        f"SELECT call_id, results.variant, results.repeat, {_SAME}"
        " FROM results JOIN calls ON calls.id = call_id WHERE results.run_id = :run AND answer_id NOT NULL"
        f" AND results.state IN ('ok', 'refused'){' AND results.case_id = :case' if case else ''}"
        " ORDER BY results.rowid",
        {"run": run, "case": case},
    )
    return [dict(row) for row in rows]


@explained
def gradings(connection: Connection, principal: Principal, run: str) -> list[dict[str, Any]]:
    """The results of a run with a verdict, in the order they came, each as what tells its answer (a number of
    `texts`) and its `grades` as JSON: of thousands few are read."""
    check_seen(connection, principal, run)
    rows = connection.execute(
        "SELECT results.case_id, results.variant, results.repeat, call_id, passed, grades,"
        " answer_id AS answered FROM results JOIN calls ON calls.id = call_id WHERE results.run_id = ?"
        " AND passed NOT NULL AND answer_id NOT NULL ORDER BY results.rowid",
        (run,),
    )
    return [dict(row) | {"passed": bool(row["passed"])} for row in rows]


@explained
def graded(
    connection: Connection, principal: Principal, run: str, grader: str
) -> dict[str, tuple[int, int, int]]:
    """How many answers of each variant a grader passed, how many it gave a verdict on, to how many cases."""
    check_seen(connection, principal, run)
    rows = connection.execute(
        "SELECT variant, sum(value ->> '$.passed') AS passed, count(value ->> '$.passed') AS graded,"
        " count(DISTINCT iif(value ->> '$.passed' NOT NULL, case_id, NULL)) AS cases"
        " FROM results, json_each(grades) WHERE run_id = ? AND value ->> '$.name' = ?"
        " GROUP BY variant HAVING graded ORDER BY min(results.rowid)",
        (run, grader),
    )
    return {row["variant"]: (row["passed"], row["graded"], row["cases"]) for row in rows}
