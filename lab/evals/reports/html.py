"""One HTML page that needs nothing but itself: no network, no server, no library."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lab import figures
from lab.evals.comparison import changed
from lab.evals.means import cells as means
from lab.evals.outcomes import standings
from lab.evals.progress import about, sentence
from lab.evals.reports._cases import cases, shown
from lab.evals.reports._escape import safe
from lab.evals.reports._gate import gate
from lab.evals.reports._looks import CSS, JS, policy
from lab.evals.reports._plots import plots
from lab.evals.reports._subject import Subject

SUFFIX = ".html"
GONE = 50
"""Cases that are there no more, as many as are named."""


def text(subject: Subject) -> str:
    """The verdict, the figures of each variant, and every case, word by word against the baseline."""
    run = subject.run
    title = safe(f"{run['dataset']}: {run['state']}{' (SIMULATED)' if subject.simulated else ''}")
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{safe(policy())}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="referrer" content="no-referrer">',
            f"<title>{title}</title>",
            f"<style>{CSS}</style></head><body>",
            _head(subject),
            f'<div class="scroll">{_figures(run)}</div>',
            *gate((run["summary"] or {}).get("decisions", ())),
            "<h2>Variants</h2>",
            plots(standings(run, run["results"]), run["results"], _rates_before(subject)),
            *_changes(subject),
            "<h2>Cases</h2>",
            cases(subject, shown(subject)),
            f"<script>{JS}</script></body></html>",
            "",
        ]
    )


def _head(subject: Subject) -> str:
    run = subject.run
    made_up = '<span class="badge simulated">SIMULATED</span>' if subject.simulated else ""
    when = f"{run['started_at'][:16].replace('T', ' ')} UTC"
    made = f"Run {run['id']} · {when} · {run['user']} · {about(run)}"
    description = f'<p class="soft">{safe(run["settings"].get("description") or "")}</p>'
    kind = "simulated" if subject.simulated else "soft"
    facts = "".join(f'<p class="{kind}">{safe(fact)}</p>' for fact in subject.facts())
    return (
        f'<header><div class="row"><h1>{safe(run["dataset"])}</h1>'
        f'<span class="badge {safe(run["state"])}">{safe(run["state"])}</span>{made_up}</div>'
        f"{description}<p>{safe(sentence(run))}</p>{facts}"
        f'<p class="soft">{safe(made)}</p></header>'
    )


def _figures(run: Mapping[str, Any]) -> str:
    scores = standings(run, run["results"])
    measured = means(scores)
    more = measured[0] if measured else ()
    names = ("variant", "pass rate", "passed", "failed", "no verdict", *more, "median time", "cost")
    rows = []
    for score, metrics in zip(scores, measured, strict=True):
        rate = "–" if score["rate"] is None else f"{score['rate']:.1%}"
        time = "–" if score["seconds"] is None else figures.seconds(score["seconds"] * 1000)
        counts = [f"{score[kind]:,}" for kind in ("passed", "failed", "missing")]
        row = (score["variant"], rate, *counts, *metrics.values(), time, figures.cost(score))
        rows.append(f"<tr>{''.join(f'<td>{safe(cell)}</td>' for cell in row)}</tr>")
    head = "".join(f"<th>{safe(name)}</th>" for name in names)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _rates_before(subject: Subject) -> dict[str, float | None]:
    """The pass rates of the baseline, by the variants that are held against it."""
    if not subject.comparison:
        return {}
    before = subject.comparison.before
    rates = {score["variant"]: score["rate"] for score in standings(before, before["results"])}
    return {new: rates.get(old) for old, new in subject.comparison.variants if old and new}


def _changes(subject: Subject) -> list[str]:
    comparison = subject.comparison
    if not comparison:
        return []
    lines = ["<h2>Changes</h2>", f"<p>{safe(changed(comparison))}</p>"]
    asked = {result["case_id"] for result in subject.run["results"]}
    gone = [case for case in dict.fromkeys(pair.case for pair in comparison.pairs) if case not in asked]
    if gone:
        named = ", ".join(gone[:GONE]) + (f" and {len(gone) - GONE:,} more" if len(gone) > GONE else "")
        lines.append(f'<p class="soft">Not asked any more: {safe(named)}.</p>')
    return lines
