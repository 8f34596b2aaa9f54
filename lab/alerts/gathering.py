"""The traffic that rules look at, out of the sums that the store keeps."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from typing import Any

from lab.alerts.statistic import WEEKS, Hour, Usual, log_median, usual
from lab.alerts.traffic import HOURS, Money, Slot, Traffic
from lab.engine import Lab
from lab.store import Day, Store, rollups
from lab.types import Principal

ALL = Principal("", "admin")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ERRORS = ("failed", "stalled", "truncated", "unknown")
UNASKED = ("blocked", "cancelled")
"""Such calls did not have to be answered."""
PROMPT = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
SUMS = ("calls", *ERRORS, *UNASKED, *PROMPT)
LEAST = 5
"""Calls that an hour must have had to tell what is usual."""
PAST_DAYS = 14
"""Days from which is learned how a day's cost is spread over it."""


def gathered(lab: Lab, at: datetime) -> Traffic:
    """How it stands at a time, of which the zone says when days begin. Raises StoreError."""
    hour = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    week = [_span(hour - 7 * DAY, hour + HOUR)]
    read = lab.store.read
    used = rollups.rolled(read, ALL, week, ("calls",), ("kind", "model"), {"origin": rollups.PRODUCT})
    kind = "real" if any(row["kind"] == "real" for row in used) else "simulated"
    where = {"kind": (kind,), "origin": rollups.PRODUCT}
    slots = _slots(lab.store, _hours(hour, HOURS), where)
    tokens, hits = _usual(lab.store, hour, kind)
    day, past = [_span(hour - DAY + HOUR, hour + HOUR)], [_span(hour - 29 * DAY, hour - DAY)]
    return Traffic(
        now=at,
        kind=kind,
        models=_by(slots, 0),
        prompts=_by(slots, 1),
        usual_tokens=tokens,
        usual_hits=hits,
        stops=_stops(lab.store, day, where),
        stops_before=_stops(lab.store, past, where),
        money=_money(lab.store, at),
        used={row["model"]: row["calls"] for row in used if row["kind"] == kind},
        catalogue=lab.models,
    )


def _span(begins: datetime, after: datetime) -> Day:
    return begins, begins, after


def _hours(last: datetime, many: int) -> list[Day]:
    """So many hours up to this one, the newest first, each under its own beginning."""
    each = [last - number * HOUR for number in range(many)]
    return [_span(hour, hour + HOUR) for hour in each]


Key = tuple[str, str, str]
"""Model ("" in slots of prompts), prompt, and when the hour began."""


def _slots(of: Store, hours: Sequence[Day], where: rollups.Where) -> dict[Key, Slot]:
    """By model and prompt. Histograms stand with the model alone (first tokens) or the prompt alone."""
    found: dict[Key, Slot] = {}
    for row in rollups.rolled(of.read, ALL, hours, SUMS, ("day", "model", "prompt"), where):
        sums = _sums(row)
        for key in ((row["model"], None, row["day"]), (None, row["prompt"] or "", row["day"])):
            found[key] = _added(found.get(key), row["day"], sums)
    for name, by, place in (("first", ("day", "model"), 0), ("tokens", ("day", "prompt"), 1)):
        measure = {"first": "first_token"}.get(name, name)
        for (day, what), histogram in rollups.histograms(of.read, ALL, hours, measure, by, where).items():
            key = (what, None, day) if place == 0 else (None, what or "", day)
            if key in found:
                found[key] = found[key]._replace(**{name: histogram})
    return found


def _sums(row: Mapping[str, Any]) -> tuple[int, int, int, int]:
    calls = row["calls"] - sum(row[name] for name in UNASKED)
    errors, prompt = (sum(row[name] for name in names) for names in (ERRORS, PROMPT))
    return calls, errors, prompt, row["cache_read_input_tokens"]


def _added(slot: Slot | None, day: str, sums: Iterable[int]) -> Slot:
    if slot is None:
        return Slot(datetime.fromisoformat(day), *sums)
    return Slot(slot.at, *(a + b for a, b in zip(slot[1:5], sums, strict=True)))


def _by(slots: Mapping[Key, Slot], place: int) -> dict[str, list[Slot]]:
    """The slots of each model (0) or prompt (1), newest first."""
    found: defaultdict[str, list[Slot]] = defaultdict(list)
    for key in sorted(slots, key=lambda key: key[2], reverse=True):
        if key[place] is not None:
            found[key[place]].append(slots[key])
    return dict(sorted(found.items()))


@lru_cache(maxsize=2)
def _usual(of: Store, hour: datetime, kind: str) -> tuple[Mapping[str, Usual | None], ...]:
    """What is usual in an hour of requests' tokens and of cache hits, by prompt; read once an hour."""
    where = {"kind": (kind,), "origin": rollups.PRODUCT}
    hours = _hours(hour - HOUR, WEEKS * 7 * 24 + 1)
    tokens: defaultdict[str, list[Hour]] = defaultdict(list)
    hits: defaultdict[str, list[Hour]] = defaultdict(list)
    for (day, prompt), seen in rollups.histograms(
        of.read, ALL, hours, "tokens", ("day", "prompt"), where
    ).items():
        if (calls := sum(seen.values())) >= LEAST:
            at, value = datetime.fromisoformat(day), log_median(seen, rollups.RATIO)
            tokens[prompt or ""].append(Hour(at, calls, value))
    for row in rollups.rolled(of.read, ALL, hours, SUMS, ("day", "prompt"), where):
        calls, _, whole, read = _sums(row)
        if calls >= LEAST and whole:
            at = datetime.fromisoformat(row["day"])
            hits[row["prompt"] or ""].append(Hour(at, calls, read / whole))
    return tuple({prompt: usual(hour, past) for prompt, past in each.items()} for each in (tokens, hits))


def _stops(of: Store, spans: Sequence[Day], where: rollups.Where) -> dict[str, int]:
    rows = rollups.stopped(of.read, ALL, spans, (), where)
    return {row["stop_reason"]: row["calls"] for row in rows}


def _money(of: Store, at: datetime) -> Money:
    """Of all real calls, whatever they were made for."""
    midnight = datetime.combine(at.date(), time(), at.tzinfo)
    today = _paid(of, [_span(midnight, at + HOUR)])
    hours, rest = divmod(at - midnight, HOUR)
    begins = [midnight - number * DAY for number in range(1, PAST_DAYS + 1)]
    by_now, soon, whole = (
        _least(_paid(of, [_span(each, each + length) for each in begins]))
        for length in (hours * HOUR, (hours + 1) * HOUR, DAY)
    )
    share = (by_now + (soon - by_now) * (rest / HOUR)) / whole if whole else None
    if today is None:
        return Money(share=share)
    return Money(_least(today), today["calls"], today["unpriced"], share)


def _paid(of: Store, spans: Sequence[Day]) -> dict[str, Any] | None:
    sums = ("calls", "cost", "floor", "unpriced")
    rows = rollups.rolled(of.read, ALL, spans, sums, (), {"kind": ("real",)})
    return rows[0] if rows else None


def _least(paid: Mapping[str, int] | None) -> int:
    return paid["cost"] + paid["floor"] if paid else 0
