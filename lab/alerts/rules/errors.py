"""Calls that end in an error, by model."""

from __future__ import annotations

from collections.abc import Iterator

from lab.alerting import Alerting
from lab.alerts import statistic
from lab.alerts.judgement import Judgement
from lab.alerts.traffic import Traffic, spoken, window

TITLE = "Errors"
FEWEST = 50
"""Calls from which on it is judged."""
MEANS = "Those people got no answer, or a broken one."
DO = (
    "Look what the errors say. Where the API is overloaded, wait, or route to another model; where a new "
    "version of a prompt is to blame, pause it or move its label back."
)


def judge(traffic: Traffic, wanted: Alerting) -> Iterator[Judgement]:
    """Against `errors` and `many_errors`: the lower end of the share's interval lies above it."""
    for model, slots in traffic.models.items() if wanted.errors else ():
        found = window(slots, FEWEST, traffic.now)
        calls, errors = found.together.calls, found.together.errors
        share = errors / calls if calls else 0.0
        surely = 100 * statistic.above(errors, calls)
        severity = None
        if calls >= FEWEST and surely > wanted.errors:
            severity = "critical" if wanted.many_errors and surely > wanted.many_errors else "warning"
        limit = wanted.many_errors if severity == "critical" else wanted.errors
        yield Judgement(
            "errors",
            model,
            f"{model}: {errors:,} of {calls:,} calls ({share:.1%}) ended in an error {spoken(found)}; "
            f"more than {limit:g} % is an alert.",
            severity,
            judged=calls >= FEWEST,
            kind=traffic.kind,
            means=MEANS,
            do=DO,
            command="lab logs --state failed",
            view={"page": "logs", "state": "failed", "model": model},
            figures={"calls": calls, "errors": errors, "share": share},
        )
