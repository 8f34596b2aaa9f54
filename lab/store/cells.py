"""What came of a run's cases, counted where the rows are: of thousands in hundredths of a second."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any, NamedTuple

from lab.store.results import check_seen
from lab.store.sqlite import Connection, explained
from lab.types import Principal

_COUNTS = """
    SELECT case_id, variant, count(*), count(*) FILTER (WHERE passed = 1), count(*) FILTER (WHERE passed = 0),
        count(*) FILTER (WHERE state IN ('ok', 'refused')), max((grades = '[]') = 0), avg(score)
    FROM results INDEXED BY results_cells WHERE run_id = ? GROUP BY case_id, variant
"""
"""Answered from the index `results_cells` alone."""

_MEDIANS = """
    SELECT variant, total_ms FROM (
        SELECT results.variant, total_ms, count(*) OVER (PARTITION BY results.variant) AS many,
            row_number() OVER (PARTITION BY results.variant ORDER BY total_ms) AS place
        FROM results JOIN calls ON calls.id = call_id
        WHERE results.run_id = ? AND results.state IN ('ok', 'refused') AND total_ms IS NOT NULL)
    WHERE place = many / 2 + 1
"""


class Counts(NamedTuple):
    """Of the answers of a case with a variant: how many `came`, `passed`, `failed` and were `complete` (the
    call came to its end), whether any was graded, and the mean `score` of those that were measured."""

    came: int
    passed: int
    failed: int
    complete: int
    graded: bool
    score: float | None = None


@explained
def cell_counts(
    connection: Connection, principal: Principal, run: str
) -> dict[Counts, list[tuple[str, str]]]:
    """Each case and variant that a run has a result of, with all those of the same counts."""
    check_seen(connection, principal, run)
    found: dict[tuple, list[tuple[str, str]]] = defaultdict(list)
    for row in map(tuple, connection.execute(_COUNTS, (run,))):
        found[row[2:]].append(row[:2])
    return {Counts(*counts): places for counts, places in found.items()}


@explained
def medians(connection: Connection, principal: Principal, run: str) -> dict[str, float]:
    """The median time of a complete answer by variant, in milliseconds."""
    check_seen(connection, principal, run)
    return {row["variant"]: row["total_ms"] for row in connection.execute(_MEDIANS, (run,))}


@explained
def results_open(connection: Connection, principal: Principal, run: str) -> list[dict[str, Any]]:
    """The results that are neither passed nor failed: `passed`, `grades`, and the `error` of their calls."""
    check_seen(connection, principal, run)
    rows = connection.execute(
        "SELECT passed, grades, error FROM results INDEXED BY results_cells"
        " LEFT JOIN calls ON calls.id = call_id"
        " WHERE results.run_id = ? AND passed IS NULL ORDER BY results.rowid",
        (run,),
    )
    return [dict(row) | {"grades": json.loads(row["grades"])} for row in rows]
