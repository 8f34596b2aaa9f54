"""What calls came to, for Prometheus: its text format 0.0.4."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from lab import __version__, cost, store
from lab.engine.live import Lives
from lab.store import rollups
from lab.types import Principal

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
ALL = Principal("", "admin")
EVER = [(datetime.min, datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))]
SERIES = ("kind", "origin", "model")
STATES = {
    state: state
    for state in ("ok", "refused", "blocked", "failed", "stalled", "truncated", "cancelled", "unknown")
}
"""Labels of a metric, by the store's names."""
TOKENS = {
    "input": "input_tokens",
    "cache_write": "cache_creation_input_tokens",
    "cache_read": "cache_read_input_tokens",
    "output": "output_tokens",
}
SUMS = (*STATES, *TOKENS.values(), "calls", "cost", "estimates", "floor", "upper", "unpriced")
EDGES = 5
"""Every so many buckets of the store's histograms there is an end of one here: each is 1.6 times the last."""
BUCKETS = range(40, 125, EDGES)
"""From 45 ms to 2 minutes."""
SECONDS = {
    "lab_first_token_seconds": ("first_token", "Seconds to the first token of answers that came whole."),
    "lab_call_seconds": ("total", "Seconds of whole answers."),
}

Labels = tuple[tuple[str, str], ...]


class Family(NamedTuple):
    """A metric: its values by their names' endings and labels."""

    name: str
    kind: str
    help: str
    values: Mapping[tuple[str, Labels], float]


class Counters:
    """Counters of one process, which never go back: Prometheus takes a smaller value for a new beginning."""

    def __init__(self) -> None:
        self._highest: dict[tuple[str, str, Labels], float] = {}

    def held(self, family: Family) -> Family:
        if family.kind == "gauge":
            return family
        held = {}
        for (ending, labels), value in family.values.items():
            key = (family.name, ending, labels)
            held[ending, labels] = self._highest[key] = max(value, self._highest.get(key, 0.0))
        return family._replace(values=held)


def exposition(lives: Lives, counters: Counters) -> str:
    """All metrics. Raises StoreError."""
    families = (*_counted(lives), *_timed(lives), *_now(lives))
    return "".join(_written(counters.held(family)) for family in families)


def _counted(lives: Lives) -> Iterator[Family]:
    rows = rollups.rolled(lives.lab.store.read, ALL, EVER, SUMS, SERIES)
    series = [(tuple((name, row[name]) for name in SERIES), row) for row in rows]

    def each(columns: Mapping[str, str], label: str, unit: float = 1.0) -> dict[tuple[str, Labels], float]:
        return {
            ("", (*labels, (label, name)) if label else labels): row[column] / unit
            for labels, row in series
            for name, column in columns.items()
        }

    yield Family("lab_calls_total", "counter", "Calls that ended.", each(STATES, "state"))
    yield Family("lab_tokens_total", "counter", "Tokens, as the API counts them.", each(TOKENS, "type"))
    priced = [(labels, row) for labels, row in series if row["calls"] > row["unpriced"] + row["estimates"]]
    known = {("", labels): row["cost"] / cost.DOLLAR for labels, row in priced}
    yield Family("lab_cost_dollars_total", "counter", "Dollars that are known exactly.", known)
    bounds = each({"floor": "floor", "upper": "upper"}, "bound", cost.DOLLAR)
    about = "Dollars of calls that were cut off, at least and at most."
    yield Family("lab_cost_estimated_dollars_total", "counter", about, bounds)
    unpriced = each({"": "unpriced"}, "")
    about = "Calls whose cost nobody knows; they are in no sum of dollars."
    yield Family("lab_calls_unpriced_total", "counter", about, unpriced)


def _timed(lives: Lives) -> Iterator[Family]:
    for name, (measure, help) in SECONDS.items():
        values: dict[tuple[str, Labels], float] = {}
        kept = rollups.histograms(lives.lab.store.read, ALL, EVER, measure, SERIES)
        for key, histogram in kept.items():
            labels = tuple(zip(SERIES, key, strict=True))
            for bucket in BUCKETS:
                below = sum(calls for at, calls in histogram.items() if at < bucket)
                values["_bucket", (*labels, ("le", f"{rollups.RATIO**bucket / 1000:.6g}"))] = below
            whole = sum(histogram.values())
            values["_bucket", (*labels, ("le", "+Inf"))] = values["_count", labels] = whole
            middles = (calls * rollups.RATIO ** (at + 0.5) for at, calls in histogram.items())
            values["_sum", labels] = sum(middles) / 1000
        yield Family(name, "histogram", help, values)


def _now(lives: Lives) -> Iterator[Family]:
    path, read = lives.lab.store.path, lives.lab.store.read
    open_ones = [each for each in store.alerting.alerts(read) if not each["silent"]]
    by_severity = {
        ("", (("severity", severity),)): float(sum(each["severity"] == severity for each in open_ones))
        for severity in store.alerting.SEVERITIES
    }
    yield Family("lab_alerts_open", "gauge", "Open alerts that nobody acknowledged or muted.", by_severity)
    for name, help, value in (
        ("lab_calls_running", "Calls that this process makes now.", len(lives.running(ALL))),
        ("lab_pauses", "Pauses in force.", len(store.pauses(read))),
        ("lab_database_bytes", "Size of the database.", _size(path)),
    ):
        yield Family(name, "gauge", help, {("", ()): float(value)})
    yield Family("lab_info", "gauge", "The lab's version.", {("", (("version", __version__),)): 1.0})


def _size(path: Path) -> int:
    """With what waits beside it to be taken in."""
    return sum(os.path.getsize(each) for each in (path, Path(f"{path}-wal")) if each.exists())


def _written(family: Family) -> str:
    lines = [f"# HELP {family.name} {family.help}", f"# TYPE {family.name} {family.kind}"]
    for (ending, labels), value in family.values.items():
        said = ",".join(f'{name}="{_escaped(text)}"' for name, text in labels)
        number = f"{value:.0f}" if value == int(value) else repr(value)
        lines.append(f"{family.name}{ending}{f'{{{said}}}' if said else ''} {number}")
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
