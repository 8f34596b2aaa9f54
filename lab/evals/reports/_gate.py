"""The gate in the HTML report: each difference with its interval against the drop that is not let through."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lab.evals.gating import measures, named, reach, span
from lab.evals.reports._escape import safe
from lab.evals.reports._plots import WIDTH

READ = """The bar is what the difference may be (90 %), the mark in it what was seen, the thin one where
nothing changed; red is not let through."""


def gate(decisions: Sequence[Mapping[str, Any]]) -> list[str]:
    """A picture and the figures of decisions as a run's summary keeps them; nothing where there are none."""
    seen = [(decision, measure) for decision in decisions for measure in decision["measures"]]
    if not seen:
        return []
    ends = reach((measure["low"], measure["high"], decision["margin"]) for decision, measure in seen)
    bars = "\n".join(_bar(decision, measure, *ends) for decision, measure in seen)
    olds = " and ".join(dict.fromkeys(decision["old"] for decision in decisions))
    caption = f"<figcaption>{safe(f'Difference in points, against {olds}')}</figcaption>"
    return [
        "<h2>The gate</h2>",
        f'<figure>{caption}\n{bars}\n<p class="soft">{safe(READ)}</p></figure>',
        f'<div class="scroll">{_table(measures(decisions))}</div>',
    ]


def _bar(decision: Mapping[str, Any], measure: Mapping[str, Any], least: float, most: float) -> str:
    def rect(css: str, start: float, end: float, wider: float = 0) -> str:
        x, until = (WIDTH * (at - least) / (most - least) for at in (start, end))
        return f'<rect class="{css}" x="{x - wider:.1f}" width="{until - x + 2 * wider:.1f}" height="10"/>'

    name = named(decision, measure)
    words = f"{decision['state']}: {measure['value'] * 100:+.1f} ({span(measure['low'], measure['high'])})"
    drawn = (
        rect("track", least, most),
        rect("shut", least, -decision["margin"]),
        rect("range", measure["low"], measure["high"]),
        rect("tick", 0, 0, 1),
        rect("tick", measure["value"], measure["value"], 4),
    )
    return (
        f'<div class="bar"><span>{safe(name)}</span><b>{safe(words)}</b>'
        f'<svg viewBox="0 0 {WIDTH} 10" preserveAspectRatio="none" role="img" '
        f'aria-label="{safe(f"{name}: {words}")}">{"".join(drawn)}</svg></div>'
    )


def _table(rows: Sequence[Mapping[str, str]]) -> str:
    head = "".join(f"<th>{safe(name)}</th>" for name in rows[0])
    body = "".join(f"<tr>{''.join(f'<td>{safe(cell)}</td>' for cell in row.values())}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
