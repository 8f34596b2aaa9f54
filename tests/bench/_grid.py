"""A long log: runs of thousands of cases, put straight into the tables."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from lab import store
from lab.store import Connection, Store
from lab.types import Principal, digest, new_id

ME = Principal("ana", "admin")
MODEL = "claude-haiku-4-5"
TAGS = ("facts", "tone", "injection", "languages", "odd input")
WORDS = (
    "the",
    "answer",
    "stands",
    "in",
    "our",
    "manual",
    "under",
    "settings",
    "where",
    "every",
    "plan",
    "has",
)


def filled(path: Path, cases: int, variants: Sequence[str], repeats: int, runs: int) -> list[str]:
    """Runs of one dataset, whose answers pass nine times in ten; the newest comes last."""
    base = Store(path)
    ids = sorted(new_id() for _ in range(runs))
    rows = [
        {"id": f"case-{number:04}", "input": f"Question {number}: {_prose(number, 30)}?",
         "context": None, "tags": [TAGS[number % 5]], "columns": {"input": f"Question {number}"}}
        for number in range(cases)
    ]  # fmt: skip
    for seed, id in enumerate(ids):
        settings = {
            "description": "", "file": "datasets/long.yaml", "dataset_hash": "", "variants": list(variants),
            "cases": cases, "repeats": repeats, "needs": repeats, "min_pass_rate": 0.5, "concurrency": 8,
            "simulated": True, "prompts": {},
        }  # fmt: skip
        base.post(store.run_opened(id, base.process, ME, "long", settings))
        base.post(store.cases_kept(id, rows))
        base.post(
            lambda connection, id=id, seed=seed: _results(connection, id, cases, variants, repeats, seed)
        )
        scores = [_score(variant, cases, 0.85 + 0.01 * seed) for variant in variants]
        base.post(store.run_ended(id, "passed", {"sentence": "It passes.", "scores": scores}))
    base.close()
    return ids


def _results(
    connection: Connection, run: str, cases: int, variants: Sequence[str], repeats: int, seed: int
) -> None:
    """A call with an answer of its own for each trial, and its result."""
    drawn = random.Random(seed)
    trials = list(_trials(cases, variants, repeats, drawn))
    for case, variant, repeat, passed in trials:
        call, answer = new_id(), json.dumps([{"type": "text", "text": _prose(drawn.randrange(10**6), 60)}])
        text = connection.execute(_TEXT, (digest(f"{call}"), answer)).fetchone()[0]
        connection.execute(_CALL, (call, MODEL, text, drawn.uniform(200, 3000), run, case))
        connection.execute(_RESULT, (run, case, variant, repeat, call, passed, _grades(passed)))


_TEXT = "INSERT INTO texts (hash, body) VALUES (?, ?) RETURNING id"
_RESULT = "INSERT INTO results VALUES (?, ?, ?, ?, ?, 'ok', ?, ?, NULL)"
_CALL = """
    INSERT INTO calls (id, process, started_at, ended_at, user, origin, state, endpoint, source, model,
        max_tokens, answer_id, cost, cost_floor, cost_upper, cost_basis, total_ms, run_id, case_id,
        stop_reason)
    VALUES (?, 'x', '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:01.000Z', 'ana', 'check', 'ok',
        'anthropic', 'simulated', ?, 1000, ?, 7000, 7000, 7000, 'usage', ?, ?, ?, 'end_turn')
"""


def _trials(
    cases: int, variants: Sequence[str], repeats: int, drawn: random.Random
) -> Iterator[tuple[str, str, int, bool]]:
    for repeat in range(1, repeats + 1):
        for number in range(cases):
            for variant in variants:
                yield f"case-{number:04}", variant, repeat, drawn.random() < 0.95


def _score(variant: str, cases: int, rate: float) -> dict[str, Any]:
    passed = round(cases * rate)
    counts = {"passed": passed, "failed": cases - passed, "missing": 0, "rate": rate}
    said = {"must_pass_failed": [], "verdict": "passed", "sentence": "It passes."}
    return {"variant": variant, "seconds": 1.5, **counts, **said}


def _grades(passed: bool) -> str:
    reason = f"{'holds' if passed else 'lacks'} 'settings'"
    grade = {"name": "holds the page", "passed": passed, "reason": reason}
    return json.dumps([grade, {"name": "short", "passed": True, "reason": "60 words, at most 80"}])


def _prose(seed: int, words: int) -> str:
    drawn = random.Random(seed)
    return " ".join(drawn.choices(WORDS, k=words))
