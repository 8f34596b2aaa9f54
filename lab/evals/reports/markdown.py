"""Markdown for a job summary or a pull request: the verdict, a table, the cases that did not pass."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from lab import figures
from lab.evals.answers import unpassed, why
from lab.evals.means import cells
from lab.evals.outcomes import standings

SUFFIX = ".md"
MOST = 50
"""Cases that are shown; the rest is counted."""
LONGEST = 300
"""Characters of a cell."""


def text(run: Mapping[str, Any]) -> str:
    """A page that a reader takes in from the top down."""
    summary, simulated = run["summary"] or {}, run["source"] == "simulated"
    lines = [f"## {_cell(run['dataset'])}: {run['state'].upper()}{' (SIMULATED)' if simulated else ''}", ""]
    lines += [_cell(summary.get("sentence", "")), ""]
    if simulated:
        lines += ["The answers are those of the simulated Claude: they say nothing about quality.", ""]
    scores = standings(run, run["results"])
    measured = cells(scores)
    head = [
        "variant",
        "passed",
        "failed",
        "no verdict",
        "pass rate",
        *map(_cell, measured[0]),
        "cost",
        "median",
    ]
    lines += [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for score, metrics in zip(scores, measured, strict=True):
        rate = "–" if score["rate"] is None else f"{score['rate']:.1%}"
        median = "–" if score["seconds"] is None else f"{score['seconds']:.1f} s"
        counts = [str(score[name]) for name in ("passed", "failed", "missing")]
        row = [_cell(score["variant"]), *counts, rate, *metrics.values(), figures.cost(score), median]
        lines.append(f"| {' | '.join(row)} |")
    bad = unpassed(run["results"])
    if bad:
        lines += ["", "| case | variant | why |", "|---|---|---|"]
        lines += [f"| {_cell(r['case_id'])} | {_cell(r['variant'])} | {_cell(why(r))} |" for r in bad[:MOST]]
    if len(bad) > MOST:
        lines += ["", f"and {len(bad) - MOST} more."]
    return "\n".join([*lines, "", f"Run `{run['id']}`.", ""])


def _cell(text: str) -> str:
    """Text that can neither break out of its cell nor bring in images, links or mentions."""
    flat = " ".join(text.split())
    flat = flat if len(flat) <= LONGEST else f"{flat[: LONGEST - 1]}…"
    return _LIVE.sub(lambda match: f"{match[0]}\u200b", flat).translate(_ESCAPES)


_ESCAPES = {ord(each): f"\\{each}" for each in "\\`*_{}[]()!|~$"}
_ESCAPES |= {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;"}
_LIVE = re.compile(r"(?<!\w)@|@(?=[\w-]+\.)|#(?=\w)|:(?=//)|\bwww(?=\.)", re.I)
"""What becomes a mention, an address or a reference without any markup; an invisible space prevents it."""
