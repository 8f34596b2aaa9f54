"""What the cache did for many calls, on a terminal and as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lab.cli._out import note, say
from lab.cli._table import table

if TYPE_CHECKING:
    from lab.cache import Advice, Cached
    from lab.store import Day

MOST = 40
"""Rows of a table."""


def tell(
    days: int,
    kind: str,
    others: Sequence[str],
    by: str,
    split: Mapping[str | None, Cached],
    advice: Sequence[Advice],
) -> None:
    """For people."""
    if not split:
        note(f"No {kind} calls in {days} days. `lab cache --days 365` looks further back.")
    else:
        _table(by, split)
        for each in advice:
            _advise(each)
        if not advice:
            note("Nothing was found that would save a cent a day or more.")
        if kind == "simulated":
            note("SIMULATED: nobody was billed. This is what Claude would have cost.")
    if others:
        note(f"There are also {' and '.join(others)} calls: --kind {others[0]}")


def _table(by: str, split: Mapping[str | None, Cached]) -> None:
    from lab.cache import added

    lines = [_line(by, name or "(none)", cached) for name, cached in split.items()]
    say(table([*lines[:MOST], _line(by, "together", added(split.values()))]))
    if len(lines) > MOST:
        note(f"And {len(lines) - MOST:,} more: --json has them all.")
    if untold := sum(each.untold for each in split.values()):
        about = "that were cut off, without a known price, or of an older lab"
        note(f"Of {untold:,} calls it is not known what was saved: {about}. They are in no amount.")


def _line(by: str, name: str, cached: Cached) -> dict[str, str]:
    from lab import figures
    from lab.gains import gain

    return {
        by: name,
        "calls": f"{cached.calls:,}",
        "hit rate, calls": figures.percent(cached.call_rate),
        "hit rate, tokens": figures.percent(cached.rate),
        "in": f"{cached.input:,}",
        "write": f"{cached.written:,}",
        "read": f"{cached.read:,}",
        "saved": gain(cached.saved, cached.untold, cached.calls),
    }


def _advise(advice: Advice) -> None:
    where = f"{advice.prompt}@{advice.version}" if advice.version else str(advice.prompt)
    say(f"\n{where} · {advice.model}: {advice.headline}{' (estimate)' if advice.saves else ''}")
    for line in advice.sums:
        say(f"  {line}")


def data(
    days: Sequence[Day],
    kind: str,
    by: str,
    together: Cached,
    split: Mapping[str | None, Cached],
    advice: Sequence[Advice],
) -> dict[str, Any]:
    """For scripts."""
    return {
        "from": days[0][0].isoformat(),
        "to": days[-1][0].isoformat(),
        "kind": kind,
        "together": _json(together),
        by: [{by: name, **_json(cached)} for name, cached in split.items()],
        "advice": [_advice(each) for each in advice],
    }


def _json(cached: Cached) -> dict[str, Any]:
    from lab.cost import DOLLAR

    known = cached.calls > cached.untold
    return {
        "calls": cached.calls,
        "calls_that_read": cached.hits,
        "call_hit_rate": cached.call_rate,
        "token_hit_rate": cached.rate,
        "input_tokens": cached.input,
        "cache_creation_input_tokens": cached.written,
        "cache_read_input_tokens": cached.read,
        "prompts_usd": cached.paid / DOLLAR if known else None,
        "uncached_usd": cached.uncached / DOLLAR if known else None,
        "saved_usd": cached.saved / DOLLAR if known else None,
        "untold": cached.untold,
    }


def _advice(advice: Advice) -> dict[str, Any]:
    from dataclasses import asdict

    from lab.cost import DOLLAR

    found = asdict(advice)
    saves = found.pop("saves")
    return found | {"saves_usd_a_day_estimate": None if saves is None else saves / DOLLAR}
