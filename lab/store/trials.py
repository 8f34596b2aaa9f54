"""Answers that were asked for before: which calls may serve a check that would ask the same again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from lab.store.results import check_seen
from lab.store.sqlite import Connection, explained
from lab.types import Principal

TrialKey = tuple[str, str, int | str]
"""A case, a variant and a repeat: what tells the answers of a run apart. Of a judge's call the third is the
key of its request."""
_CALLED = "id, state, process, cost, cost_floor, cost_upper, cost_basis, case_id, variant"


@explained
def trials_called(
    connection: Connection, principal: Principal, run: str
) -> dict[TrialKey, list[dict[str, Any]]]:
    """The calls of a run that left no result, by what they were for, the oldest first: `id`, `state` and the
    columns of the cost. Raises BadInput where there is no such run that the person may see."""
    check_seen(connection, principal, run)
    rows = connection.execute(
        f"SELECT {_CALLED}, repeat FROM calls WHERE run_id = :run AND origin = 'check' AND repeat IS NOT NULL"
        " AND NOT EXISTS (SELECT 1 FROM results WHERE results.run_id = :run"
        " AND results.case_id = calls.case_id"
        " AND results.variant = calls.variant AND results.repeat = calls.repeat) ORDER BY id",
        {"run": run},
    )
    return _by(rows, "case_id", "variant", "repeat")


@explained
def judges_called(
    connection: Connection, principal: Principal, run: str
) -> dict[TrialKey, list[dict[str, Any]]]:
    """The calls of a run that judged answers: as `trials_called` gives them, but by case, variant and what
    was asked."""
    check_seen(connection, principal, run)
    rows = connection.execute(
        f"SELECT {_CALLED}, key FROM calls WHERE run_id = ? AND origin = 'judge' AND key IS NOT NULL"
        " ORDER BY id",
        (run,),
    )
    return _by(rows, "case_id", "variant", "key")


def _by(rows: Iterable[Any], *names: str) -> dict[Any, list[dict[str, Any]]]:
    found: dict[Any, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(tuple(row[name] for name in names), []).append(dict(row))
    return found


@explained
def answered_alike(
    connection: Connection,
    principal: Principal,
    key: str,
    endpoint: str,
    model: str,
    sources: Sequence[str],
    number: int,
    apart_from: str,
) -> str | None:
    """The call with the `number`th complete answer (from 1, the oldest first) to a request with this key,
    from one of the `sources`; None where there are not so many.

    Those of the run `apart_from` do not count, nor answers by another model than was asked.
    """
    marks = ", ".join("?" * len(sources))
    row = connection.execute(
        "SELECT id FROM calls WHERE key = ? AND state IN ('ok', 'refused') AND endpoint = ? AND model = ?"
        f" AND source IN ({marks}) AND run_id IS NOT ? AND (? OR user = ?) ORDER BY id LIMIT 1 OFFSET ?",
        (key, endpoint, model, *sources, apart_from, principal.role == "admin", principal.user, number - 1),
    ).fetchone()
    return row["id"] if row else None
