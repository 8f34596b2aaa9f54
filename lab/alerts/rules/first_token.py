"""How long people wait for the first token, by model."""

from __future__ import annotations

from collections.abc import Iterator

from lab import figures
from lab.alerting import Alerting
from lab.alerts import statistic
from lab.alerts.judgement import Judgement
from lab.alerts.traffic import Traffic, spoken, window
from lab.store import rollups

TITLE = "First token"
FEWEST = 50
RARE, HALF = 0.05, 0.5
"""A 95th percentile is over a limit where more than one call in twenty is, a median where one in two is."""
MEANS = "People look at an empty answer for that long."
DO = (
    "See which version or model it is. A shorter or cached prompt, less effort or a smaller model answer "
    "sooner; where the API itself is slow, its status page says so."
)


def judge(traffic: Traffic, wanted: Alerting) -> Iterator[Judgement]:
    """The 95th percentile over `first_token` is a warning, the median critical: as surely as for errors."""
    for model, slots in traffic.models.items() if wanted.first_token else ():
        found = window(slots, FEWEST, traffic.now, "first")
        seen = found.together.first
        calls = sum(seen.values())
        if not calls:
            continue
        late = statistic.over(seen, rollups.RATIO, 1000 * wanted.first_token)
        surely = statistic.above(round(late), calls) if calls >= FEWEST else 0.0
        middle, rare = (figures.seconds(rollups.percentile(seen, share)) for share in (0.5, 0.95))
        yield Judgement(
            "first_token",
            model,
            f"{model}: {late / calls:.0%} of {calls:,} calls took more than {wanted.first_token:g} s to "
            f"their first token {spoken(found)} (median {middle}, 95th percentile {rare}).",
            "critical" if surely > HALF else "warning" if surely > RARE else None,
            judged=calls >= FEWEST,
            kind=traffic.kind,
            means=MEANS,
            do=DO,
            command="lab health",
            view={"page": "logs", "view": "health"},
            figures={"calls": calls, "late": late / calls},
        )
