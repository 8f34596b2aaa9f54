"""The run as JSON, whole."""

from __future__ import annotations

import json
from typing import Any

from lab.evals.comparison import Comparison
from lab.evals.reports._subject import Subject

SUFFIX = ".json"


def text(subject: Subject) -> str:
    """What `lab.store.run` gives, as `run.schema.json` has it, and what changed."""
    found = dict(subject.run)
    if subject.comparison:
        found["comparison"] = _changes(subject.comparison)
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"


def _changes(comparison: Comparison) -> dict[str, Any]:
    pairs = [
        {"case": pair.case, "before": pair.variants[0], "after": pair.variants[1], "change": pair.change}
        for pair in comparison.pairs
    ]
    return {"run": comparison.before["id"], "counts": dict(comparison.counts), "pairs": pairs}
