"""Plots of the HTML report: bars of each variant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lab import figures
from lab.evals.outcomes import COMPLETE, median
from lab.evals.reports._escape import safe

OPEN = "The lighter part is what an estimate leaves open."
WIDTH = 1000
"""Of a whole bar, in units of its own."""


@dataclass(frozen=True)
class Bar:
    """From 0 to `full` (None: not known), from there lighter to `upper`, with a tick at `tick`; `words` say
    it."""

    name: str
    words: str
    full: float | None
    upper: float | None = None
    tick: float | None = None


def plots(
    standings: Sequence[Mapping[str, Any]],
    results: Sequence[Mapping[str, Any]],
    before: Mapping[str, float | None],
) -> str:
    """Pass rate, time and cost of each variant. `before`: the rates of the baseline by the variants that are
    held against it."""
    rates = [_rate(score, before.get(score["variant"])) for score in standings]
    times = [_time(score["variant"], results) for score in standings]
    costs = [_cost(score) for score in standings]
    note = "The mark is the baseline." if any(bar.tick is not None for bar in rates) else ""
    return "\n".join(
        [
            '<div class="plots">',
            _figure("Pass rate", rates, 1.0, "rate", note),
            _figure(
                "Time of an answer",
                times,
                None,
                "fill",
                "The bar ends at the median, the lighter one at p95.",
            ),
            _figure("Cost", costs, None, "fill", OPEN if any(bar.upper != bar.full for bar in costs) else ""),
            "</div>",
        ]
    )


def _rate(score: Mapping[str, Any], before: float | None) -> Bar:
    rate = score["rate"]
    words = "–" if rate is None else f"{rate:.1%}"
    words += "" if before is None else f" (was {before:.1%})"
    return Bar(score["variant"], words, rate, tick=before)


def _time(variant: str, results: Sequence[Mapping[str, Any]]) -> Bar:
    times = sorted(
        result["total_ms"]
        for result in results
        if result["variant"] == variant and result["state"] in COMPLETE and result["total_ms"] is not None
    )
    middle = median(times)
    if middle is None:
        return Bar(variant, "–", None)
    high = times[min(len(times) - 1, len(times) * 95 // 100)]
    return Bar(variant, f"{figures.seconds(middle)}, p95 {figures.seconds(high)}", middle, high)


def _cost(score: Mapping[str, Any]) -> Bar:
    floor, upper = score.get("cost_floor"), score.get("cost_upper")
    return Bar(score["variant"], figures.cost(score), upper if floor is None else floor, upper)


def _figure(title: str, bars: Sequence[Bar], whole: float | None, kind: str, note: str) -> str:
    ends = [end for bar in bars for end in (bar.full, bar.upper) if end is not None]
    whole = whole or max(ends, default=0) or 1
    drawn = "\n".join(_bar(bar, whole, kind) for bar in bars)
    said = f'<p class="soft">{safe(note)}</p>' if note else ""
    return f"<figure><figcaption>{safe(title)}</figcaption>\n{drawn}\n{said}</figure>"


def _bar(bar: Bar, whole: float, kind: str) -> str:
    def rect(css: str, end: float | None) -> str:
        return f'<rect class="{css}" width="{WIDTH * min(end or 0, whole) / whole:.1f}" height="10"/>'

    tick = ""
    if bar.tick is not None:
        at = min(WIDTH * bar.tick / whole, WIDTH - 6)
        tick = f'<rect class="tick" x="{at:.1f}" width="6" height="10"/>'
    label = f"{bar.name}: {bar.words}"
    return (
        f'<div class="bar"><span>{safe(bar.name)}</span><b>{safe(bar.words)}</b>'
        f'<svg viewBox="0 0 {WIDTH} 10" preserveAspectRatio="none" role="img" aria-label="{safe(label)}">'
        f"{rect('track', whole)}{rect('range', bar.upper)}{rect(kind, bar.full)}{tick}</svg></div>"
    )
