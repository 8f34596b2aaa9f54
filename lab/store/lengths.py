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
