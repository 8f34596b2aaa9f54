"""CSV, a row an answer; no cell of it is a formula to a spreadsheet (see `lab.spreadsheet`)."""

from __future__ import annotations

import csv
import io

from lab.evals.reports._rows import rows
from lab.evals.reports._subject import Subject
from lab.spreadsheet import cell

SUFFIX = ".csv"
NAMES = (
    "case", "variant", "repeat", "input", "answer", "passed", "score", "reasons", "state", "error", "source",
    "cost_usd", "cost_usd_from", "cost_usd_to", "seconds", "run", "call",
)  # fmt: skip


def text(subject: Subject) -> str:
    """What is not known is an empty cell."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(NAMES)
    for row in rows(subject):
        writer.writerow([cell(row[name]) for name in NAMES])
    return file.getvalue()
