"""The results of checks: one row an answer, with its grades."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from lab.errors import BadInput
from lab.store.replayable import replayable
from lab.store.sent import CONTENT
from lab.store.sqlite import Connection, explained, insert
from lab.store.writer import Write
from lab.types import Principal

_OTHERS = "calls.id IS NOT NULL AND calls.run_id IS NOT results.run_id"
_NOW = "calls.run_id IS results.run_id AND calls.started_at >= coalesce(resumed_at, '')"
_COLUMNS = (
    f"results.*, error, source, cost, cost_floor, cost_upper, cost_basis, total_ms, {_OTHERS} AS reused"
)
_FROM = "FROM results LEFT JOIN calls ON calls.id = call_id LEFT JOIN texts answer ON answer.id = answer_id"
_MISSING = "passed IS NULL AND (grades != '[]' OR results.state NOT IN ('ok', 'refused'))"
"""There is no verdict though one was asked for."""
_UNPASSED = f" AND (passed = 0 OR {_MISSING})"
_FREE = {"cost": 0, "cost_floor": 0, "cost_upper": 0, "cost_basis": "none"}


def result_kept(run: str, key: Mapping[str, Any], call: str, result: Mapping[str, Any]) -> Write:
    """One answer and its grades. `key`: case_id, variant, repeat; `result`: state, passed, grades,
    and the score where there is one."""
    row = {"run_id": run, **key, "call_id": call, "state": result["state"], "passed": result["passed"]}
    row["score"] = result.get("score")
    row["grades"] = json.dumps(result["grades"], ensure_ascii=False)
    return _result_added(row)


@replayable
def _result_added(connection: Connection, row: Mapping[str, Any]) -> None:
    insert(connection, "results", row)


def check_seen(connection: Connection, principal: Principal, run: str) -> None:
    """Raises BadInput where there is no such run that the person may see."""
    row = connection.execute("SELECT user FROM runs WHERE id = ?", (run,)).fetchone()
    if row is None or (row["user"] != principal.user and principal.role != "admin"):
        raise BadInput(f"There is no run '{run}'. `lab runs` lists them.")


@explained
def results(
    connection: Connection,
    principal: Principal,
    run: str,
    *,
    answers: bool = False,
    cases: Collection[str] | None = None,
    unpassed: bool = False,
) -> list[dict[str, Any]]:
    """A run's results in the order they came: the rows with `grades` unpacked, and what their calls say of
    `error`, `source`, costs and time; with the `answer` (content blocks) where that is asked for, and only
    those of `cases` where these are named, or those that are `unpassed`: failed, or without the verdict that
    was asked for.

    `reused`: the answer is that of a call which the run did not make, so that it cost the run nothing.
    """
    check_seen(connection, principal, run)
    answer = ", answer.body AS answer" if answers else ""
    some = f"{_only(cases)}{_UNPASSED if unpassed else ''}"
    rows = connection.execute(
        f"SELECT {_COLUMNS}{answer} {_FROM} WHERE results.run_id = :run{some} ORDER BY results.rowid",
        {"run": run, "cases": json.dumps(list(cases or ()))},
    )
    return [_unpacked(row) for row in rows]


@explained
def results_of(connection: Connection, principal: Principal, run: str, case: str) -> list[dict[str, Any]]:
    """The results of one case with their answers, and `asked`: the content of the last message sent."""
    check_seen(connection, principal, run)
    rows = connection.execute(
        f"SELECT {_COLUMNS}, answer.body AS answer, {CONTENT} AS asked {_FROM}"
        " WHERE results.run_id = ? AND results.case_id = ? ORDER BY results.repeat, results.rowid",
        (run, case),
    )
    return [_unpacked(row) | {"asked": json.loads(row["asked"] or "null")} for row in rows]


@explained
def cases_asked(
    connection: Connection, principal: Principal, run: str, cases: Collection[str] | None = None
) -> dict[str, Any]:
    """What was sent last for each case of a run that has a result, in the order they came, or only for those
    that are named."""
    check_seen(connection, principal, run)
    rows = connection.execute(
        f"SELECT results.case_id AS id, {CONTENT} AS asked, min(results.rowid) AS first FROM results"
        f" LEFT JOIN calls ON calls.id = call_id WHERE results.run_id = :run{_only(cases)}"
        " GROUP BY 1 ORDER BY first",
        {"run": run, "cases": json.dumps(list(cases or ()))},
    )
    return {row["id"]: json.loads(row["asked"] or "null") for row in rows}


def _only(cases: Collection[str] | None) -> str:
    return "" if cases is None else " AND results.case_id IN (SELECT value FROM json_each(:cases))"


def tally(connection: Connection, run: str) -> dict[str, Any]:
    """How many answers of a run there are, passed, failed, without the verdict that was asked for, and
    `reused`. `made` are those that it called for since it began, or was last gone on with; `began` is when
    the first of these calls did."""
    row = connection.execute(
        "SELECT count(*) AS done, count(iif(passed = 1, 1, NULL)) AS passed,"
        " count(iif(passed = 0, 1, NULL)) AS failed, count(iif(passed IS NULL"
        " AND (grades != '[]' OR results.state NOT IN ('ok', 'refused')), 1, NULL)) AS missing,"
        f" count(iif({_OTHERS}, 1, NULL)) AS reused, count(iif({_NOW}, 1, NULL)) AS made,"
        f" min(iif({_NOW}, calls.started_at, NULL)) AS began"
        " FROM results LEFT JOIN calls ON calls.id = call_id JOIN runs ON runs.id = results.run_id"
        " WHERE results.run_id = ?",
        (run,),
    ).fetchone()
    return dict(row)


def _unpacked(row: Any) -> dict[str, Any]:
    found = dict(row) | {"grades": json.loads(row["grades"])}
    found["passed"] = None if row["passed"] is None else bool(row["passed"])
    found["reused"] = bool(row["reused"])
    if found["reused"]:
        found |= _FREE
    if "answer" in found:
        found["answer"] = json.loads(row["answer"]) if row["answer"] else []
    return found
