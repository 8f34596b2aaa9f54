"""JSON lines, an answer each: the batch of answers that a dataset without graders is for."""

from __future__ import annotations

import json

from lab.evals.reports._rows import rows
from lab.evals.reports._subject import Subject

SUFFIX = ".jsonl"


def text(subject: Subject) -> str:
    """What is not known is null."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows(subject))
