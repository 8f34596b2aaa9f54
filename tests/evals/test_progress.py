"""How a run stands, in words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from lab.evals import progress, sentence
from lab.evals.progress import span

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
COST = {"cost": None, "cost_floor": 10**9, "cost_upper": 3 * 10**9, "cost_basis": "estimate"}


def run(done: int = 0, state: str = "running", until: bool = False, **fields: Any) -> dict[str, Any]:
    """60 answers were asked for, since a minute before noon, or more `until` it is decided."""
    began = "2026-11-20T11:59:00.000Z" if done else None
    tally = {"done": done, "made": done, "passed": 0, "failed": 0, "missing": 0, "began": began, **fields}
    settings = {"cases": 10, "variants": ["v", "w"], "repeats": 3} | ({"until": {}} if until else {})
    return {"state": state, "settings": settings, "summary": None, "tally": tally, "batches": [], **COST}


@pytest.mark.parametrize(
    ("found", "words", "share"),
    [
        (run(), "0 of 60", 0),
        (run(12, passed=9, failed=3), "12 of 60 · 75% passed · 0.2/s · {cost} · 4 min left", 0.2),
        (run(30, missing=30), "30 of 60 · 30 without a verdict · 0.5/s · {cost} · 60 s left", 0.5),
        (run(60), "60 of 60 · 1.0/s · {cost} · 0 s left", 1),
        (run(72, until=True), "72 of 72 · 1.2/s · {cost}", 1),
    ],
)
def test_how_far_it_has_come(found: dict[str, Any], words: str, share: float) -> None:
    came = progress(found, NOON)
    assert came.words == words.format(cost="$0.001 to $0.003 (estimate)")
    assert came.share == share


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (89, "89 s"), (90, "2 min"), (3540, "59 min"), (3600, "1 h 0 min"), (7500, "2 h 5 min")],
)
def test_a_span_of_time(seconds: float, words: str) -> None:
    assert span(seconds) == words


@pytest.mark.parametrize(
    ("state", "said", "words"),
    [
        ("running", None, "It still runs: 12 of 60 answers are there."),
        ("interrupted", None, "12 of 60 answers are there, and kept, but there is no verdict."),
        ("interrupted", {"sentence": "interrupted"}, "but there is no verdict."),
        ("interrupted", {"sentence": "The key was refused."}, "no verdict. The key was refused."),
    ],
)
def test_a_run_without_a_verdict_says_how_it_stands(
    state: str, said: dict[str, str] | None, words: str
) -> None:
    assert sentence(run(12, state) | {"summary": said}).endswith(words)


def test_a_verdict_is_its_own_sentence() -> None:
    assert sentence({"state": "passed", "summary": {"sentence": "It passes."}, "tally": None}) == "It passes."
