"""Tokens of a request, by prompt: far from what they are at this hour of the week."""

from __future__ import annotations

import math
from collections.abc import Iterator

from lab.alerting import Alerting
from lab.alerts import statistic
from lab.alerts.judgement import Judgement
from lab.alerts.statistic import Usual
from lab.alerts.traffic import Traffic, Window, spoken, window
from lab.store import rollups

TITLE = "Tokens per request"
FEWEST = 30
MANY = 400
"""A change that is not plain in the newest calls may be in so many."""
MEANS = (
    "Each request costs about that much more or less: a longer prompt or context, longer answers, a loop "
    "of tools, or other questions than before."
)
DO = (
    "Look at what changed since: a version, a label, what is put into the context. If it is meant, "
    "acknowledge it; it is usual after two weeks."
)


def judge(traffic: Traffic, wanted: Alerting) -> Iterator[Judgement]:
    """The logarithm of the median request's tokens: by `statistic.unusual`, and by `tokens` percent at
    least."""
    for prompt, slots in traffic.prompts.items() if wanted.tokens else ():
        usual = traffic.usual_tokens.get(prompt)
        windows = [window(slots, enough, traffic.now, "tokens") for enough in (FEWEST, MANY)]
        if not any(windows[0].together.tokens.values()):
            continue
        found, calls, value, z = max(
            (_seen(each, usual) for each in windows), key=lambda each: abs(each[-1] or 0)
        )
        away = value - usual.middle if usual else 0.0
        judged = z is not None and calls >= FEWEST
        strange = judged and abs(z) >= statistic.UNUSUAL and abs(away) >= math.log1p(wanted.tokens / 100)
        name = prompt or "Calls without a prompt"
        said = f"{name}: the median of {calls:,} requests had {math.exp(value):,.0f} tokens {spoken(found)}"
        than = f"{abs(math.expm1(away)):.0%} {'more' if away > 0 else 'fewer'} than usual at this hour"
        about = f" ({math.exp(usual.middle):,.0f}; {abs(z):.1f} robust deviations)" if usual else ""
        yield Judgement(
            "tokens",
            prompt,
            f"{said}, {than}{about}." if usual else f"{said}; what is usual is not known yet.",
            "warning" if strange else None,
            judged=judged,
            kind=traffic.kind,
            means=MEANS,
            do=DO,
            command="lab costs --by prompt --days 2",
            view={"page": "costs", "view": "why"},
            figures={"calls": calls, "tokens": math.exp(value), "z": z},
        )


def _seen(window: Window, usual: Usual | None) -> tuple[Window, int, float, float | None]:
    """A window, its calls, the logarithm of their median, and how far that is from what is usual."""
    calls = sum(window.together.tokens.values())
    value = statistic.log_median(window.together.tokens, rollups.RATIO)
    return window, calls, value, usual.z(calls, value) if usual else None
