"""Why one call missed the API's cache, on a terminal and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from lab.cli._out import printable

if TYPE_CHECKING:
    from lab.cache import Difference, Explained

SIGNS = {True: "yes", False: "NO", None: "?"}
"""Whether a rule holds."""


def text(call: Mapping[str, Any], found: Explained) -> str:
    """For people."""
    return "\n".join(_lines(call, found))


def _lines(call: Mapping[str, Any], found: Explained) -> Iterator[str]:
    from lab import figures
    from lab.cli._table import table
    from lab.cost import dollars

    finding, told = found.finding, found.told
    shown = figures.told(call)["model"], figures.tokens(call), figures.source(call)
    yield "  ".join((call["id"], figures.local_time(call["started_at"]), *shown))
    yield ""
    yield found.said
    if finding.shown:
        yield from _difference(finding.shown)
    if finding.missed:
        missed = f"about {finding.missed:,} tokens could have been read"
        yield f"Estimate: {missed}, for {dollars(found.lost)} less."
    yield ""
    rules = [{"holds": SIGNS[each.holds], "rule": each.rule, "found": each.said} for each in found.checks]
    yield printable(table(rules))
    yield ""
    yield f"The API's diagnostics: {told.said}. {told.why}"
    if finding.other:
        yield f"Held against: lab logs show {finding.other.id}"


def _difference(there: Difference) -> Iterator[str]:
    for name, text in (("then", there.then), ("now", there.now)):
        yield f"  {name:4}  …{_line(there.before)}▸{_line(text) or '(nothing)'}"


def _line(text: str) -> str:
    return text.replace("\n", "⏎")


def data(found: Explained) -> dict[str, Any]:
    """For scripts."""
    from dataclasses import asdict

    from lab.cost import DOLLAR

    finding = found.finding
    call, other, entry = finding.call, finding.other, finding.entry
    return {
        "call": call.id,
        "reason": finding.kind,
        "said": found.said,
        "read_tokens": call.read,
        "written_tokens": call.written,
        "prompt_tokens": call.prompt,
        "missed_tokens_estimate": finding.missed,
        "lost_usd_estimate": None if found.lost is None else found.lost / DOLLAR,
        "compared_with": other.id if other else None,
        "seconds_since": round(call.at - other.at, 3) if other else None,
        "readable_until_seconds": round(entry.until - call.at, 3) if entry else None,
        "difference": asdict(finding.difference) if finding.difference else None,
        "rules": [asdict(each) for each in found.checks],
        "diagnostics": asdict(found.told),
    }
