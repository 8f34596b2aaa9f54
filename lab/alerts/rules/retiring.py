"""Models in use that are about to be retired."""

from __future__ import annotations

from collections.abc import Iterator

from lab import models
from lab.alerting import Alerting
from lab.alerts.judgement import Judgement
from lab.alerts.traffic import Traffic
from lab.errors import BadInput

TITLE = "Models that leave"
FEWEST = 10
"""Calls of a week that make a model one in use."""
CLOSE = 14
"""Days before its end that it is critical."""
MEANS = "From that day on the API refuses every call to it."
DO = (
    "Check your prompts on the model that follows it, then name that one in the prompts, the rules of "
    "routing and lab.toml."
)


def judge(traffic: Traffic, wanted: Alerting) -> Iterator[Judgement]:
    """Within `retiring` days of its end a warning, in the last two weeks and after it critical."""
    for name, calls in traffic.used.items() if wanted.retiring else ():
        try:
            model = models.find(traffic.catalogue, name)
        except BadInput:
            continue
        if model.retires is None:
            continue
        days = (model.retires - traffic.now.date()).days
        when = f"in {days} day{'s' * (days != 1)}" if days > 0 else "today" if not days else "which is over"
        severity = "critical" if days <= CLOSE else "warning" if days <= wanted.retiring else None
        yield Judgement(
            "retiring",
            model.id,
            f"{model.id} is retired on {model.retires}, {when}, and had {calls:,} calls in the last 7 days.",
            severity if calls >= FEWEST else None,
            judged=calls >= FEWEST,
            kind=traffic.kind,
            means=MEANS,
            do=DO,
            command="lab sweep --help",
            view={"page": "settings", "view": "models"},
            figures={"calls": calls, "days": days},
        )
