"""Which runs there are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lab.store import liveness, sqlite
from lab.store.runs import RUNS, run_head, unpacked
from lab.store.sqlite import Connection, explained
from lab.types import Principal


@explained
def runs(
    connection: Connection,
    principal: Principal,
    limit: int,
    before: str | None = None,
    dataset: str | None = None,
) -> list[dict[str, Any]]:
    """The newest runs that the person may see, newest first, each as `run_head` gives it; those older than
    `before` for the next page, and those of one dataset where it is named."""
    rows = connection.execute(
        f"{RUNS} WHERE (:all OR user = :user) AND (:before IS NULL OR runs.id < :before)"
        " AND (:dataset IS NULL OR dataset = :dataset) ORDER BY runs.id DESC LIMIT :limit",
        {
            "all": principal.role == "admin",
            "user": principal.user,
            "before": before,
            "dataset": dataset,
            "limit": limit,
        },
    ).fetchall()
    return [unpacked(connection, row) for row in rows]


@explained
def last_run(connection: Connection, principal: Principal, dataset: str | None = None) -> str | None:
    """The newest run that the person may see, of a dataset where one is named."""
    row = connection.execute(
        "SELECT max(id) AS id FROM runs WHERE (? OR user = ?) AND (? IS NULL OR dataset = ?)",
        (principal.role == "admin", principal.user, dataset, dataset),
    ).fetchone()
    return row["id"]


def runs_before(
    connection: Connection, principal: Principal, run: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    """The earlier runs of a run's dataset by the same person that came to a verdict, or to answers where
    nothing was graded: newest first, each as `run_head` gives it."""
    ids = _ids_before(connection, run)
    return (run_head(connection, principal, id) for id in ids)


def runs_that_name(
    connection: Connection, principal: Principal, dataset: str, words: str
) -> Iterator[dict[str, Any]]:
    """The runs of a dataset that the person may see, that ended, and whose settings hold these words, such as
    a prompt's hash: newest first, each as `run_head` gives it."""
    ids = _ids_that_name(connection, principal, dataset, words)
    return (run_head(connection, principal, id) for id in ids)


@explained
def _ids_that_name(connection: Connection, principal: Principal, dataset: str, words: str) -> list[str]:
    rows = connection.execute(
        "SELECT runs.id FROM runs JOIN texts ON texts.id = settings_id WHERE dataset = ? AND (? OR user = ?)"
        " AND ended_at IS NOT NULL AND instr(body, ?) ORDER BY runs.id DESC",
        (dataset, principal.role == "admin", principal.user, words),
    )
    return [row["id"] for row in rows]


@explained
def _ids_before(connection: Connection, run: Mapping[str, Any]) -> list[str]:
    rows = connection.execute(
        "SELECT id FROM runs WHERE user = :user AND id < :id AND dataset = :dataset"
        " AND state IN ('passed', 'failed', 'inconclusive', 'answered') ORDER BY id DESC",
        {name: run[name] for name in ("user", "id", "dataset")},
    )
    return [row["id"] for row in rows]


@explained
def newest_runs(connection: Connection, principal: Principal) -> dict[str, dict[str, Any]]:
    """Of each dataset the newest run that the person may see: its `id`, `state` and `started_at`."""
    rows = connection.execute(
        "SELECT dataset, max(id) AS id, state, process, started_at FROM runs"
        " WHERE :all OR user = :user GROUP BY dataset",
        {"all": principal.role == "admin", "user": principal.user},
    ).fetchall()
    found = {}
    for row in rows:
        dead = row["state"] == "running" and liveness.is_dead(sqlite.file(connection), row["process"])
        state = "interrupted" if dead else row["state"]
        found[row["dataset"]] = {"id": row["id"], "state": state, "started_at": row["started_at"]}
    return found
