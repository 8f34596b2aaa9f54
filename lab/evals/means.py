"""Named metrics: the mean of all grades that add to one, for each variant."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from math import fsum
from typing import Any

from lab.evals.scoring import worth


def metrics(results: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, dict[str, Any]]]:
    """Of results as `store.results` gives them: by variant, each metric by its name (see `means`)."""
    by_variant = defaultdict(list)
    for result in results:
        by_variant[result["variant"]].extend(result["grades"])
    return {variant: means(grades) for variant, grades in by_variant.items()}


def means(grades: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Of each metric, in the order of their names: `mean` from 0 to 1, None where nothing was graded; how
    many grades were `graded`, and how many `ungraded`. What a grader weighs makes no difference."""
    found = defaultdict(list)
    for grade in grades:
        if name := grade.get("metric"):
            found[name].append(worth(grade["passed"], grade.get("score")))
    return {name: _mean(found[name]) for name in sorted(found)}


def cells(scores: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """What tables show of the metrics of variants, each as `standings` gives it: a column for every metric
    that any of them has."""
    each = [score.get("metrics", {}) for score in scores]
    names = sorted({name for of in each for name in of})
    return [{f"mean {name}": _shown(of.get(name)) for name in names} for of in each]


def _mean(worths: list[float | None]) -> dict[str, Any]:
    graded = [each for each in worths if each is not None]
    mean = fsum(graded) / len(graded) if graded else None
    return {"mean": mean, "graded": len(graded), "ungraded": len(worths) - len(graded)}


def _shown(metric: Mapping[str, Any] | None) -> str:
    """`0.93`, or `0.93 (2 ungraded)`."""
    if metric is None:
        return "–"
    mean = "–" if metric["mean"] is None else f"{metric['mean']:.2f}"
    return mean + (f" ({metric['ungraded']:,} ungraded)" if metric["ungraded"] else "")
