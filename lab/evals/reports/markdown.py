"""Markdown for a job summary or a pull request: the verdict, a table, what changed, what did not pass."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from lab import figures
from lab.evals.answers import unpassed, why
from lab.evals.comparison import OTHER_OUTCOME, Comparison, changed
from lab.evals.gating import measures
from lab.evals.means import cells
from lab.evals.outcomes import standings
from lab.evals.progress import about, sentence
from lab.evals.reports._subject import Subject

SUFFIX = ".md"
MOST = 50
"""Cases that are shown; the rest is counted."""
LONGEST = 300
"""Characters of a cell."""


def text(subject: Subject) -> str:
    """The page under a hidden line that names it, by which a comment is found again and updated in place."""
    return f"<!-- lab check {_NAME.sub('-', subject.run['dataset'])} -->\n{page(subject)}"


def page(subject: Subject) -> str:
    """A page that a reader takes in from the top down."""
    run, simulated = subject.run, subject.simulated
    lines = [f"## {_cell(run['dataset'])}: {run['state'].upper()}{' (SIMULATED)' if simulated else ''}", ""]
    lines += [_cell(sentence(run)), ""]
    for fact in subject.facts():
        lines += [_cell(fact), ""]
    lines += _standings(run)
    if rows := measures((run["summary"] or {}).get("decisions", ())):
        lines += ["", f"| {' | '.join(rows[0])} |", f"|{'---|' * len(rows[0])}"]
        lines += [f"| {' | '.join(map(_cell, row.values()))} |" for row in rows]
    if subject.comparison:
        lines += ["", *_changes(subject.comparison)]
    bad = unpassed(run["results"])
    if bad:
        lines += ["", "| case | variant | why |", "|---|---|---|"]
        lines += [f"| {_cell(r['case_id'])} | {_cell(r['variant'])} | {_cell(why(r))} |" for r in bad[:MOST]]
    if len(bad) > MOST:
        lines += ["", f"and {len(bad) - MOST} more."]
    return "\n".join([*lines, "", f"Run `{run['id']}` · {_cell(about(run))}.", ""])


def _standings(run: Mapping[str, Any]) -> list[str]:
    scores = standings(run, run["results"])
    measured = cells(scores)
    means = measured[0] if measured else ()
    names = ("variant", "passed", "failed", "no verdict", "pass rate", *means, "cost", "median")
    lines = [f"| {' | '.join(map(_cell, names))} |", "|---" * len(names) + "|"]
    for score, metrics in zip(scores, measured, strict=True):
        rate = "–" if score["rate"] is None else f"{score['rate']:.1%}"
        median = "–" if score["seconds"] is None else f"{score['seconds']:.1f} s"
        counts = [str(score[name]) for name in ("passed", "failed", "missing")]
        row = [_cell(score["variant"]), *counts, rate, *metrics.values(), figures.cost(score), median]
        lines.append(f"| {' | '.join(row)} |")
    return lines


def _changes(comparison: Comparison) -> list[str]:
    """What changed in a sentence, and the cases whose outcome did."""
    lines = [_cell(changed(comparison))]
    pairs = comparison.picked(OTHER_OUTCOME)
    if pairs:
        lines += ["", "| change | case | variant |", "|---|---|---|"]
        lines += [f"| {p.change} | {_cell(p.case)} | {_cell(p.variants[1] or '')} |" for p in pairs[:MOST]]
    if len(pairs) > MOST:
        lines += ["", f"and {len(pairs) - MOST} more."]
    return lines


def _cell(text: str) -> str:
    """Text that can neither break out of its cell nor bring in images, links or mentions."""
    flat = " ".join(text.split())
    flat = flat if len(flat) <= LONGEST else f"{flat[: LONGEST - 1]}…"
    return _LIVE.sub(lambda match: f"{match[0]}\u200b", flat).translate(_ESCAPES)


_NAME = re.compile(r"[^\w.]+")
_ESCAPES = {ord(each): f"\\{each}" for each in "\\`*_{}[]()!|~$"}
_ESCAPES |= {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;"}
_LIVE = re.compile(r"(?<!\w)@|@(?=[\w-]+\.)|#(?=\w)|:(?=//)|\bwww(?=\.)", re.I)
"""What becomes a mention, an address or a reference without any markup; an invisible space prevents it."""
