"""How long answers were."""

from __future__ import annotations

from collections.abc import Sequence

from lab.store.sqlite import Connection, explained
from lab.types import Principal


@explained
def answer_lengths(
    connection: Connection,
    principal: Principal,
    prompt: str,
    model: str,
    judge: bool,
    sources: Sequence[str],
    most: int,
) -> list[int]:
    """The output tokens of complete answers to a prompt by a model, or of what that said as a judge of them,
    the newest first."""
    marks = ", ".join("?" * len(sources))
    rows = connection.execute(
        "SELECT output_tokens FROM calls INDEXED BY calls_prompted WHERE prompt = ? AND model = ?"
        f" AND (origin = 'judge') = ? AND source IN ({marks}) AND (? OR user = ?)"
        " AND state = 'ok' AND output_tokens IS NOT NULL ORDER BY id DESC LIMIT ?",
        (prompt, model, judge, *sources, principal.role == "admin", principal.user, most),
    )
    return [row["output_tokens"] for row in rows]


@explained
def newest_limits(
    connection: Connection, principal: Principal, of: Sequence[tuple[str, int | None, str]]
) -> dict[tuple[str, int | None, str], int]:
    """The `max_tokens` of the newest call to each of these prompts, versions and models that the person may
    see; where there is none in the log it is missing."""
    found = {}
    for prompt, version, model in of:
        row = connection.execute(
            "SELECT max_tokens FROM calls INDEXED BY calls_prompted WHERE prompt = ? AND version IS ?"
            " AND coalesce(answered_by, model) = ? AND (? OR user = ?) ORDER BY rowid DESC LIMIT 1",
            (prompt, version, model, principal.role == "admin", principal.user),
        ).fetchone()
        if row:
            found[prompt, version, model] = row["max_tokens"]
    return found
