"""What all real calls cost today, against the day's budget."""

from __future__ import annotations

from collections.abc import Iterator

from lab import cost
from lab.alerting import Alerting
from lab.alerts.judgement import Judgement
from lab.alerts.traffic import Traffic

TITLE = "Cost of the day"
FEWEST = 20
"""Calls of the day from which on what it will come to is said."""
EARLY = 0.1
"""A tenth of a usual day's cost must be there before that is said."""
MEANS = "More is being spent than was planned; calls are still made."
DO = "See what costs so much, and since when. A pause stops new calls."


def judge(traffic: Traffic, wanted: Alerting) -> Iterator[Judgement]:
    """Over `daily_cost` is critical, on the way there a warning. Checks and comparisons count: they are paid
    from the same account."""
    if not wanted.daily_cost:
        return
    spent, calls, unpriced, share = traffic.money
    known = share is not None and share >= EARLY and calls >= FEWEST
    coming = spent / share if known and share else spent
    budget = wanted.daily_cost * cost.DOLLAR
    said = f"Real calls have cost {cost.dollars(spent)} today, of {cost.dollars(round(budget))} a day"
    if known:
        said += f"; as days usually go it will be about {cost.dollars(round(coming))}"
    if unpriced:
        said += f". Not in it: {unpriced:,} calls whose price is not known"
    yield Judgement(
        "cost",
        "",
        f"{said}.",
        "critical" if spent > budget else "warning" if coming > budget else None,
        judged=known or spent > budget,
        means=MEANS,
        do=DO,
        command="lab costs --by prompt --days 1",
        view={"page": "costs", "time": "today"},
        figures={"spent_usd": spent / cost.DOLLAR, "coming_usd": coming / cost.DOLLAR, "unpriced": unpriced},
    )
