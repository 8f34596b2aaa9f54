"""How the versions of a prompt have done on a dataset, from run to run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lab.evals.variant import GAP


@dataclass(frozen=True, slots=True)
class Point:
    """One variant in one run. `new`: the version is another one than at the point before it."""

    run: str
    at: str
    version: str
    new: bool
    rate: float
    passed: int
    graded: int


@dataclass(frozen=True, slots=True)
class Line:
    """A prompt on a model in whatever version, asked for real or made up, and never both; its points, the
    oldest first. Runs that put several versions side by side have a line for each of these."""

    name: str
    simulated: bool
    points: tuple[Point, ...]


def history(runs: Iterable[Mapping[str, Any]]) -> tuple[Line, ...]:
    """The pass rates of these runs of one dataset, given as `store.run_head` does, the newest first. What has
    no verdict has no point, nor have some answers of a run that were graded again."""
    found: dict[tuple[str, bool], list[Point]] = {}
    for run in reversed([run for run in runs if not in_part(run)]):
        scores = (run["summary"] or {}).get("scores", ())
        many = Counter(_named(score["variant"])[0] for score in scores)
        for score in scores:
            if score["rate"] is not None:
                name, version = _named(score["variant"])
                name = name if many[name] == 1 else score["variant"]
                line = found.setdefault((name, run["source"] == "simulated"), [])
                line.append(_point(run, score, version, line[-1] if line else None))
    return tuple(Line(name, simulated, tuple(points)) for (name, simulated), points in found.items())


def in_part(run: Mapping[str, Any]) -> bool:
    """Whether a run graded again but some of the answers of another."""
    return bool(run["settings"].get("regraded") and run["settings"].get("selection"))


def _named(variant: str) -> tuple[str, str]:
    """Its prompt and model and what else there is, and its version."""
    prompt, _, rest = variant.partition(GAP)
    name, _, version = prompt.rpartition("@")
    return f"{name}{GAP}{rest}", version


def _point(run: Mapping[str, Any], score: Mapping[str, Any], version: str, last: Point | None) -> Point:
    return Point(
        run=run["id"],
        at=run["started_at"],
        version=version,
        new=last is None or last.version != version,
        rate=score["rate"],
        passed=score["passed"],
        graded=score["passed"] + score["failed"],
    )


@dataclass(frozen=True, slots=True)
class Said:
    """What the gate said of one variant in one run: `state`, and of the measure that may have dropped most
    the difference and its interval, as shares of 1; `margin`: the drop that is not let through."""

    run: str
    at: str
    variant: str
    old: str
    state: str
    measure: str
    value: float
    low: float
    high: float
    margin: float
    simulated: bool


def verdicts(runs: Iterable[Mapping[str, Any]]) -> tuple[Said, ...]:
    """What the gate said in these runs of one dataset, given as `store.run_head` does, the newest first; the
    oldest comes first. Decisions without figures are left out."""
    return tuple(
        _said(run, decision)
        for run in reversed(list(runs))
        for decision in (run["summary"] or {}).get("decisions", ())
        if decision["measures"]
    )


def _said(run: Mapping[str, Any], decision: Mapping[str, Any]) -> Said:
    worst = min(decision["measures"], key=lambda measure: measure["low"])
    return Said(
        run=run["id"],
        at=run["started_at"],
        variant=decision["new"],
        old=decision["old"],
        state=decision["state"],
        measure=worst["name"],
        value=worst["value"],
        low=worst["low"],
        high=worst["high"],
        margin=decision["margin"],
        simulated=run["source"] == "simulated",
    )
