"""How checks ended: their figures, the gate's, and what did not pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lab import evals, figures
from lab.cli._out import note, say, say_json
from lab.cli._table import table
from lab.evals import Verdict, reports

SHOWN = 20
"""Answers that did not pass, as many as are shown."""


def tell(
    subjects: Sequence[reports.Subject], verdicts: Sequence[Verdict], simulated: bool, as_json: bool
) -> None:
    runs = [subject.run for subject in subjects]
    if as_json:
        say_json(runs[0] if len(runs) == 1 else runs)
    for subject, verdict in zip(subjects, verdicts, strict=True):
        if not as_json:
            _show(subject.run)
        if not as_json and subject.comparison:
            say(evals.changed(subject.comparison))
        note(f"{'SIMULATED: ' * simulated}{subject.run['dataset']}: {verdict.state}. {verdict.sentence}")


def _show(kept: Mapping[str, Any]) -> None:
    scores = kept["summary"]["scores"]
    rows = [
        {
            "variant": score["variant"],
            "passed": f"{score['passed']:,}",
            "failed": f"{score['failed']:,}",
            "no verdict": f"{score['missing']:,}",
            "pass rate": "–" if score["rate"] is None else f"{score['rate']:.1%}",
            **means,
            "cost": figures.cost(score),
            "median": "–" if score["seconds"] is None else f"{score['seconds']:.1f} s",
        }
        for score, means in zip(scores, evals.metric_cells(scores), strict=True)
    ]
    say(table(rows))
    if held := evals.gating.measures(kept["summary"].get("decisions", ())):
        say(table(held))
    if judging := figures.judging(kept):
        say(judging)
    bad = evals.unpassed(kept["results"])
    for result in bad[:SHOWN]:
        say(f"✗ {result['case_id']} · {result['variant']}: {evals.why(result)}")
    if len(bad) > SHOWN:
        say(f"and {len(bad) - SHOWN} more: lab runs show {kept['id']}")
    if kept["settings"]["replayed"]:
        say("Replayed from recordings: nothing was asked, and nothing billed.")
    if kept["settings"]["simulated"]:
        say("SIMULATED: these answers say nothing about quality.")
