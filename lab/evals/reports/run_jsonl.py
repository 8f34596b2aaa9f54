"""The run with all its calls, for `lab import run` in another lab."""

from __future__ import annotations

from lab.evals.reports._subject import Subject

SUFFIX = ".run.jsonl"


def text(subject: Subject) -> str:
    return subject.parcel()
