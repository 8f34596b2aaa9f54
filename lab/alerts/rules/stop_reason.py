"""A `stop_reason` that calls did not have before."""

from __future__ import annotations

from collections.abc import Iterator

from lab import figures
from lab.alerting import Alerting
from lab.alerts.judgement import Judgement
from lab.alerts.traffic import Traffic

TITLE = "Stop reasons"
FEWEST = 5
"""Calls that must have stopped so."""
KNOWN = 100
"""Calls before, from which on it is judged what is new."""
MEANS = "The API ends answers in a way that your prompts and programs may not expect."
DO = "Look at such a call, and at what changed: max_tokens, tools, stop sequences, the model."


def judge(traffic: Traffic, wanted: Alerting) -> Iterator[Judgement]:
    """Seen in the last day, and never in four weeks before. One that the lab itself does not know is a
    warning."""
    before = sum(traffic.stops_before.values())
    for reason, calls in traffic.stops.items():
        new = reason not in traffic.stops_before
        known = figures.STOP_REASONS.get(reason)
        what = known or "a reason that this lab does not know"
        severity = None
        if new and calls >= FEWEST and before >= KNOWN:
            severity = "notice" if known else "warning"
        how = "and none in the four weeks before" if new else "as in the four weeks before"
        yield Judgement(
            "stop_reason",
            reason,
            f"{calls:,} calls in the last 24 hours stopped with {reason} ({what}), {how}.",
            severity,
            judged=before >= KNOWN,
            kind=traffic.kind,
            means=MEANS,
            do=DO,
            command="lab logs",
            view={"page": "logs", "stop_reason": reason},
            figures={"calls": calls},
        )
