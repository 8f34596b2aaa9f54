"""How a run stands, in words: how far it has come, or how it ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from lab import figures


@dataclass(frozen=True)
class Progress:
    """How far a run has come: `done` of `total` answers, `graded` of them with a verdict, `missing` without
    the one that was asked for. `rate` is in answers per second, `left` in seconds, both None at first, and
    while there is something `out` in batches (see `standing`)."""

    done: int
    total: int
    passed: int
    graded: int
    missing: int
    rate: float | None
    left: float | None
    cost: str
    out: str = ""

    @property
    def share(self) -> float:
        """From 0 to 1."""
        return min(self.done / self.total, 1.0) if self.total else 0.0

    @property
    def words(self) -> str:
        """`12 of 60 · 92% passed · 1 without a verdict · 3.2/s · $0.0041 · 15 s left`."""
        said = [f"{self.done:,} of {self.total:,}"]
        said += [f"{self.passed / self.graded:.0%} passed"] if self.graded else []
        said += [f"{self.missing:,} without a verdict"] if self.missing else []
        said += [f"{self.rate:.1f}/s"] if self.rate else []
        said += [self.cost] if self.done else []
        return " · ".join([*said, *([f"{span(self.left)} left"] if self.left is not None else [])])


def progress(run: Mapping[str, Any], now: datetime | None = None) -> Progress:
    """Of a run without a verdict, as `store.run_head` gives it. How long one takes that goes on until it is
    decided, nobody knows."""
    tally, ends = run["tally"], "until" not in run["settings"]
    total = trials(run) if ends else max(trials(run), tally["done"])
    began = datetime.fromisoformat(tally["began"]) if tally["began"] else None
    seconds = ((now or datetime.now(UTC)) - began).total_seconds() if began else 0
    timed = seconds > 0 and tally["made"] and not run["settings"].get("batch")
    rate = tally["made"] / seconds if timed else None
    return Progress(
        done=tally["done"],
        total=total,
        passed=tally["passed"],
        graded=tally["passed"] + tally["failed"],
        missing=tally["missing"],
        rate=rate,
        left=(total - tally["done"]) / rate if rate and ends else None,
        cost=figures.cost(run),
        out=standing(run["batches"], now),
    )


def standing(batches: Sequence[Mapping[str, Any]], now: datetime | None = None) -> str:
    """`2,000 requests out in a batch for 12 min`: of what a run has out; nothing where that is nothing."""
    if not batches:
        return ""
    many = sum(each["requests"] for each in batches)
    which = "a batch" if len(batches) == 1 else f"{len(batches):,} batches"
    said = f"{many:,} request{'s' * (many != 1)} out in {which}"
    if any(each["state"] == "submitting" for each in batches):
        return f"{said}, whose submission has not come to its end"
    since = datetime.fromisoformat(min(each["submitted_at"] for each in batches))
    waited = ((now or datetime.now(UTC)) - since).total_seconds()
    return f"{said} for {span(max(waited, 0))}"


def trials(run: Mapping[str, Any]) -> int:
    """How many a run asks for."""
    settings = run["settings"]
    return settings["cases"] * len(settings["variants"]) * settings["repeats"]


def sentence(run: Mapping[str, Any]) -> str:
    """The verdict in a sentence, or why there is none."""
    said = (run["summary"] or {}).get("sentence")
    if run["tally"] is None:
        return said
    came = f"{run['tally']['done']:,} of {trials(run):,} answers"
    if run["state"] == "running":
        return f"It still runs: {came} are there."
    if run["state"] == "stopped":
        return f"It stopped: {came} are there, and kept, but there is no verdict. {said}"
    why = f" {said}" if said and said != "interrupted" else ""
    if run["batches"]:
        return f"{came} are there, and {standing(run['batches'])}.{why}"
    return f"It was interrupted: {came} are there, and kept, but there is no verdict.{why}"


def about(run: Mapping[str, Any]) -> str:
    """Which cases a run asks, how many answers it took from others, whether it goes through batches, and was
    resumed."""
    settings, counts = run["settings"], run["tally"] or run["summary"]
    chosen, reused = settings.get("selection"), counts.get("reused", 0)
    said = [chosen["words"] if chosen else f"{settings['cases']:,} case{'s' * (settings['cases'] != 1)}"]
    said += [f"{reused:,} answer{'s' * (reused != 1)} reused"] if reused else []
    said += ["through batches"] if settings.get("batch") else []
    return " · ".join([*said, *(["resumed"] if run["resumed_at"] else [])])


def span(seconds: float) -> str:
    """`45 s`, `3 min`, `1 h 20 min`."""
    minutes = round(seconds / 60)
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
