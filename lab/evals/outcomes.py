"""What came of a case: of all its answers, however far they have come."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from lab.evals import means

Outcome = Literal["passed", "failed", "missing", "answered", "open"]
"""`answered`: it has no graders. `open`: it is not settled, and there are answers to come."""
COMPLETE = ("ok", "refused")
"""States of a call that came to its end."""


def outcome(needs: int, passed: int, unsettled: int, waiting: int) -> Outcome:
    """Passed when `needs` of the answers passed, failed when that cannot be any more.

    `unsettled`: answers without a verdict; `waiting`: those that were not asked for yet.
    """
    if passed >= needs:
        return "passed"
    if passed + unsettled + waiting < needs:
        return "failed"
    return "open" if waiting else "missing"


@dataclass(frozen=True, slots=True)
class Cell:
    """A case with a variant: its outcome, and how many of `repeats` answers came and passed."""

    outcome: Outcome
    passed: int
    came: int
    repeats: int


def cells(run: Mapping[str, Any], results: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Cell]]:
    """Of each case that a run has a result of, by variant, in the order they came.

    `run` is what `store.run_head` gives, `results` what `store.results` does.
    """
    found: dict[str, dict[str, list]] = defaultdict(lambda: defaultdict(list))
    for result in results:
        found[result["case_id"]][result["variant"]].append(result)
    running = run["state"] == "running"
    return {
        case: {variant: _cell(run["settings"], each, running) for variant, each in by_variant.items()}
        for case, by_variant in found.items()
    }


def standings(run: Mapping[str, Any], results: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Each variant's figures: those of the verdict, or as far as a run without one came.

    Of each: `variant`, `passed`, `failed`, `missing`, `rate`, `seconds` (median), the columns of its cost and
    its `metrics` (see `means.means`).
    """
    if scores := (run["summary"] or {}).get("scores"):
        return scores
    by_variant = {variant: Counter() for variant in run["settings"]["variants"]}
    for row in cells(run, results).values():
        for variant, cell in row.items():
            by_variant[variant][cell.outcome] += 1
    times = {
        variant: sorted(
            each["total_ms"] / 1000
            for each in results
            if each["variant"] == variant and each["state"] in COMPLETE and each["total_ms"] is not None
        )
        for variant in by_variant
    }
    measured = means.metrics(results)
    return [
        {"variant": variant, **_counts(counts), "seconds": median(times[variant])}
        | {"metrics": measured.get(variant, {})}
        | run["spent"].get(variant, _NOTHING)
        for variant, counts in by_variant.items()
    ]


def brief(run: Mapping[str, Any]) -> dict[str, Any]:
    """A run's figures in short: `passed`, `failed` and `missing` of all variants, in cases, or in answers
    where there is no verdict; `rates`: the lowest and the highest pass rate of a variant, or none."""
    if scores := (run["summary"] or {}).get("scores"):
        counts = Counter({kind: sum(score[kind] for score in scores) for kind in _KINDS})
        rates = [score["rate"] for score in scores if score["rate"] is not None]
    else:
        counts = Counter({kind: run["tally"][kind] for kind in _KINDS})
        rates = [rate for rate in [_counts(counts)["rate"]] if rate is not None]
    found = {kind: counts[kind] for kind in _KINDS}
    return found | {"rates": sorted({min(rates), max(rates)}) if rates else []}


_KINDS = ("passed", "failed", "missing")


def median(times: Sequence[float]) -> float | None:
    """Of times in ascending order; None where there are none."""
    return times[len(times) // 2] if times else None


_NOTHING = {"cost": 0, "cost_floor": 0, "cost_upper": 0, "cost_basis": "none"}


def _counts(counts: Counter) -> dict[str, Any]:
    graded = counts["passed"] + counts["failed"]
    rate = counts["passed"] / graded if graded else None
    return {kind: counts[kind] for kind in _KINDS} | {"rate": rate}


def _cell(settings: Mapping[str, Any], results: Sequence[Mapping[str, Any]], running: bool) -> Cell:
    repeats, needs = settings["repeats"], settings["needs"]
    graded = any(result["grades"] for result in results)
    good = sum(result["passed"] is True if graded else result["state"] in COMPLETE for result in results)
    settled = sum(
        result["passed"] is not None if graded else result["state"] in COMPLETE for result in results
    )
    waiting = repeats - len(results) if running else 0
    came = outcome(needs, good, repeats - settled - waiting, waiting)
    if not graded and came in ("passed", "failed"):
        came = "answered" if came == "passed" else "missing"
    return Cell(came, good, len(results), repeats)
