"""Runs of checks."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lab.store import liveness, sqlite
from lab.store.batching import out_of
from lab.store.replayable import replayable
from lab.store.results import check_seen, results, tally
from lab.store.sqlite import Connection, explained, insert, now, text_id, update
from lab.store.trials import TrialKey
from lab.store.writer import Write
from lab.types import Principal

STATES = ("running", "passed", "failed", "invalid", "inconclusive", "answered", "interrupted", "stopped")
"""`answered`: nothing was graded. `invalid`: too much is missing to judge. `inconclusive`: held against a
baseline, it may be worse or may not. `interrupted`: it did not end. `stopped`: its budget was spent before
that."""

RUNS = "SELECT runs.*, body AS settings FROM runs JOIN texts ON texts.id = settings_id"
_AMOUNTS = ("cost", "cost_floor", "cost_upper")
_SUMS = ", ".join(f"CASE WHEN count(*) = count({each}) THEN sum({each}) END AS {each}" for each in _AMOUNTS)
_SPENT = f"""
    SELECT coalesce(
            results.variant, calls.variant, calls.prompt || '@' || calls.version || ' · ' || calls.model
        ) AS variant, origin = 'judge' AS judging, count(*) AS calls, total(total_ms) / 1000 AS seconds,
        max(source = 'simulated') AS simulated, {_SUMS},
        CASE WHEN total(cost_basis = 'estimate') > 0 THEN 'estimate'
             WHEN total(cost_basis = 'usage') > 0 THEN 'usage' ELSE 'none' END AS cost_basis
    FROM calls LEFT JOIN results ON results.run_id = :run AND results.case_id = calls.case_id AND call_id = id
    WHERE calls.run_id = :run AND calls.state NOT IN ('started', 'streaming') GROUP BY 1, 2
"""
"""Of all calls that a run has made, those that left no result too; apart from each other, what answers took
and what judging them did."""


def run_opened(
    id: str, process: str, principal: Principal, dataset: str, settings: Mapping[str, Any]
) -> Write:
    """The run's row, before its first call. `settings` say what is run, as JSON."""
    row = {"id": id, "process": process, "started_at": now(), "user": principal.user, "dataset": dataset}
    return _run_added({**row, "state": "running"}, settings)


@replayable
def _run_added(connection: Connection, row: Mapping[str, Any], settings: Mapping[str, Any]) -> None:
    body = text_id(connection, json.dumps(settings, ensure_ascii=False))
    insert(connection, "runs", {**row, "settings_id": body})


def run_ended(id: str, state: str, summary: Mapping[str, Any]) -> Write:
    """How the run ended: one of `STATES`, and its figures as JSON. What its calls cost is kept with them."""
    return _run_closed(id, {"ended_at": now(), "state": state}, summary)


@replayable
def _run_closed(
    connection: Connection, id: str, values: Mapping[str, Any], summary: Mapping[str, Any]
) -> None:
    kept = json.dumps({**summary, "spent": spending(connection, id)}, ensure_ascii=False)
    update(connection, "runs", {"id": id}, {**values, "summary": kept})


def run_resumed(id: str, was: Mapping[str, Any], process: str, again: Iterable[TrialKey]) -> Write:
    """A run that ended or was cut goes on, in this process. `was`: its row as `run_head` gave it; the results
    of the trials in `again` go. Gives whether it does: somebody else may have taken it up meanwhile."""

    def write(connection: Connection) -> bool:
        taken = connection.execute(
            "UPDATE runs SET process = ?, state = 'running', ended_at = NULL, summary = NULL, resumed_at = ?"
            " WHERE id = ? AND process = ? AND ended_at IS ? AND resumed_at IS ?"
            " AND (state != 'running' OR process != ?)",
            (process, now(), id, was["process"], was["ended_at"], was["resumed_at"], process),
        ).rowcount
        if taken:
            trial = "DELETE FROM results WHERE run_id = ? AND case_id = ? AND variant = ? AND repeat = ?"
            connection.executemany(trial, [(id, *each) for each in again])
        return bool(taken)

    return write


@explained
def run_head(connection: Connection, principal: Principal, id: str) -> dict[str, Any]:
    """One run without its results: its row with `settings` and `summary` unpacked.

    `source` is where its answers came from: `simulated` as soon as one did, also from recordings of the
    simulated Claude, else `replay` where they were replayed, else `api`. `cost` and its like are of all its
    calls (see `calls`); `spent` and `summary["scores"]` hold those of answers by variant,
    `judging` those of judges, with `calls` and the `seconds` they took. `tally` counts its answers where
    there are no scores; `batches` are those that it has out. A run whose process died is `interrupted`.

    Raises BadInput when there is none that the person may see.
    """
    check_seen(connection, principal, id)
    row = connection.execute(f"{RUNS} WHERE runs.id = ?", (id,)).fetchone()
    return unpacked(connection, row)


@explained
def run(connection: Connection, principal: Principal, id: str) -> dict[str, Any]:
    """One run with its `results`, in the order they came. Raises BadInput when there is none to see."""
    return run_head(connection, principal, id) | {"results": results(connection, principal, id, answers=True)}


def delete_run(id: str) -> Write:
    """Take a run, its cases and its results away. Its calls stay in the log: they were made and paid for.

    Whoever may read the run, by `run`, may delete it.
    """

    def write(connection: Connection) -> None:
        for table in ("results", "cases"):
            connection.execute(f"DELETE FROM {table} WHERE run_id = ?", (id,))
        connection.execute("DELETE FROM runs WHERE id = ?", (id,))

    return write


def unpacked(connection: Connection, row: Any) -> dict[str, Any]:
    """A row of `RUNS`, as `run_head` gives it."""
    found = {name: row[name] for name in tuple(row.keys()) if name != "settings_id"}
    settings = json.loads(row["settings"])
    summary = json.loads(row["summary"]) if row["summary"] else None
    spent = (summary or {}).pop("spent", None) or spending(connection, row["id"])
    for score in (summary or {}).get("scores", []):
        score |= spent["variants"].get(score["variant"], together(()))
    made_up = spent.pop("simulated") or settings.get("simulated")
    if row["state"] == "running" and liveness.is_dead(sqlite.file(connection), row["process"]):
        found["state"] = "interrupted"
    scored = summary and summary.get("scores")
    return found | {
        "settings": settings,
        "summary": summary,
        "source": "simulated" if made_up else "replay" if settings.get("replayed") else "api",
        "tally": None if scored else tally(connection, row["id"]),
        "batches": out_of(connection, row["id"]),
        "spent": spent.pop("variants"),
        "judging": _judging(()),
        **spent,
    }


def spending(connection: Connection, run: str) -> dict[str, Any]:
    """What a run's calls cost, whether one was simulated, and the costs by variant, and of judging."""
    rows = [dict(row) for row in connection.execute(_SPENT, {"run": run})]
    simulated = any([row.pop("simulated") for row in rows])
    judging = _judging([row for row in rows if row["judging"]])
    variants = {row["variant"]: together([row]) for row in rows if not row["judging"]}
    return {"simulated": simulated, **together(rows), "variants": variants, "judging": judging}


def _judging(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What judging took, in all."""
    return {
        "calls": sum(row["calls"] for row in rows),
        "seconds": sum(row["seconds"] for row in rows),
    } | together(rows)


def together(costs: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Costs together: unknown where one of them is, an estimate where one of them is."""
    costs = list(costs)
    bases = {cost["cost_basis"] for cost in costs}
    amounts = {name: [cost[name] for cost in costs] for name in _AMOUNTS}
    summed = {name: None if None in each else sum(each) for name, each in amounts.items()}
    return summed | {"cost_basis": next((name for name in ("estimate", "usage") if name in bases), "none")}
