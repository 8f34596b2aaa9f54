"""What a run's answers took: time, money and tokens, each answer beside what came of it."""

from __future__ import annotations

from typing import Any

from lab.store.results import check_seen
from lab.store.sqlite import Connection, explained
from lab.types import Principal

_TAKEN = """
    WITH own AS (
        SELECT case_id, variant, repeat, CASE WHEN count(*) = count(cost) THEN sum(cost) END AS cost
        FROM calls WHERE run_id = :run AND origin = 'check' GROUP BY 1, 2, 3
    )
    SELECT results.case_id, results.variant, results.repeat, results.state, results.passed, results.score,
        EXISTS (
            SELECT 1 FROM json_each(results.grades)
            WHERE value ->> '$.score' > 0 AND value ->> '$.score' < 1 AND value ->> '$.weight' != 0
        ) AS scored,
        source, total_ms AS ms, output_tokens,
        input_tokens + coalesce(cache_read_input_tokens, 0) + coalesce(cache_creation_input_tokens, 0)
            AS prompt_tokens,
        CASE WHEN source = 'replay' THEN NULL
            WHEN calls.run_id IS NOT results.run_id OR own.case_id IS NULL THEN calls.cost
            ELSE own.cost END AS cost
    FROM results JOIN calls ON calls.id = call_id LEFT JOIN own
        ON own.case_id = results.case_id AND own.variant = results.variant AND own.repeat = results.repeat
    WHERE results.run_id = :run ORDER BY results.rowid
"""


@explained
def answers_taken(connection: Connection, principal: Principal, run: str) -> list[dict[str, Any]]:
    """Of each answer of a run: `case_id`, `variant`, `repeat`, `state`, `passed` and `score` as its result
    has them, and whether it was `scored`, which is more than passed or failed; the `ms` that it took, its
    `output_tokens`, the `prompt_tokens` of its last call, cached ones too, and its `cost`.

    The cost is that of all its turns, whoever paid for them: of an answer that was reused too, of which
    the last turn alone is known. None: unknown, as of an answer that was replayed from recordings.
    """
    check_seen(connection, principal, run)
    rows = connection.execute(_TAKEN, {"run": run})
    return [dict(row) | {"passed": None if row["passed"] is None else bool(row["passed"])} for row in rows]
