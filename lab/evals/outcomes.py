"""What came of a case: of all its answers, however far they have come."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any, Literal

from lab.evals import means
from lab.store import Counts

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


def wanted(needs: int, repeats: int, came: int) -> tuple[int, int]:
    """How many of how many answers have to pass: as the dataset says, and the same share of more, where some
    were added."""
    return (needs, repeats) if came <= repeats else (ceil(needs * came / repeats), came)


@dataclass(frozen=True, slots=True)
class Cell:
    """A case with a variant: its outcome, and how many of `repeats` answers came and passed. `mixed`: some
    passed and some failed. `score` is the mean of those that were measured, None where none was."""

    outcome: Outcome
    passed: int
    came: int
    repeats: int
    mixed: bool = False
    score: float | None = None


def cells(run: Mapping[str, Any], results: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Cell]]:
    """Of each case that a run has a result of, by variant, in the order they came.

    `run` is what `store.run_head` gives, `results` what `store.results` does.
    """
    found: dict[str, dict[str, list]] = defaultdict(lambda: defaultdict(list))
    for result in results:
        found[result["case_id"]][result["variant"]].append(result)
    running = run["state"] == "running"
    return {
        case: {
            variant: cell(run["settings"], _counted(each), running) for variant, each in by_variant.items()
        }
        for case, by_variant in found.items()
    }


def standings(run: Mapping[str, Any], results: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Each variant's figures: those of the verdict, or as far as a run without one came.

    Of each: `variant`, `passed`, `failed`, `missing`, `rate`, `seconds` (median), the columns of its cost and
    its `metrics` (see `means.means`).
    """
    if scores := (run["summary"] or {}).get("scores"):
        return scores
    seconds = {}
    for variant in run["settings"]["variants"]:
        took = (each for each in results if each["variant"] == variant and each["state"] in COMPLETE)
        seconds[variant] = median(
            sorted(each["total_ms"] / 1000 for each in took if each["total_ms"] is not None)
        )
    return tallied(run, cells(run, results), seconds, means.metrics(results))


def tallied(
    run: Mapping[str, Any],
    by_case: Mapping[str, Mapping[str, Cell]],
    seconds: Mapping[str, float | None],
    metrics: Mapping[str, Mapping[str, Any]],
) -> list[dict[str, Any]]:
    """The figures of `standings`, from a run's cells, and the median time and the metrics of each variant."""
    by_variant = {variant: Counter() for variant in run["settings"]["variants"]}
    for row in by_case.values():
        for variant, found in row.items():
            by_variant[variant][found.outcome] += 1
    return [
        {"variant": variant, **counted(counts), "seconds": seconds.get(variant)}
        | {"metrics": metrics.get(variant, {})}
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
        rates = [rate for rate in [counted(counts)["rate"]] if rate is not None]
    found = {kind: counts[kind] for kind in _KINDS}
    return found | {"rates": sorted({min(rates), max(rates)}) if rates else []}


_KINDS = ("passed", "failed", "missing")


def median(times: Sequence[float]) -> float | None:
    """Of times in ascending order; None where there are none."""
    return times[len(times) // 2] if times else None


_NOTHING = {"cost": 0, "cost_floor": 0, "cost_upper": 0, "cost_basis": "none"}


def counted(counts: Counter) -> dict[str, Any]:
    """`passed`, `failed` and `missing` of counted outcomes, and the `rate` of those with a verdict."""
    graded = counts["passed"] + counts["failed"]
    rate = counts["passed"] / graded if graded else None
    return {kind: counts[kind] for kind in _KINDS} | {"rate": rate}


def cell(settings: Mapping[str, Any], counts: Counts, running: bool) -> Cell:
    """What came of a case with a variant. `settings` are the run's."""
    needs, repeats = wanted(settings["needs"], settings["repeats"], counts.came)
    good = counts.passed if counts.graded else counts.complete
    settled = counts.passed + counts.failed if counts.graded else counts.complete
    waiting = repeats - counts.came if running else 0
    came = outcome(needs, good, repeats - settled - waiting, waiting)
    if not counts.graded and came in ("passed", "failed"):
        came = "answered" if came == "passed" else "missing"
    mixed = counts.passed > 0 and counts.failed > 0
    return Cell(came, good, counts.came, repeats, mixed, counts.score)


def _counted(results: Sequence[Mapping[str, Any]]) -> Counts:
    scores = [result["score"] for result in results if result.get("score") is not None]
    return Counts(
        came=len(results),
        passed=sum(result["passed"] is True for result in results),
        failed=sum(result["passed"] is False for result in results),
        complete=sum(result["state"] in COMPLETE for result in results),
        graded=any(result["grades"] for result in results),
        score=sum(scores) / len(scores) if scores else None,
    )
