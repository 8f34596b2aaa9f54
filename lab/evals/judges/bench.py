"""The judges of a run, as its settings hold them: who judged, by what, and on which scale."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lab import graders
from lab.engine import Lab
from lab.evals.cases import Case
from lab.types import digest


@dataclass(frozen=True, slots=True)
class Judge:
    """A grader that asks models. `levels` are its verdicts from the worst to the best, of which those from
    the position `least` on pass, or under `not` fail. `version` tells what it is told; `rubric`, and what
    answers are held `against`, are the part of it that a dataset says. `simulated`: it is made up."""

    dataset: str
    grader: str
    models: tuple[str, ...]
    version: str
    levels: tuple[str, ...]
    least: int
    negated: bool
    rubric: str
    simulated: bool
    against: str | None = None

    @property
    def title(self) -> str:
        """`tone · claude-haiku-5-5 · 3f2a9c01`."""
        return " · ".join((self.grader, " + ".join(self.models), self.version))

    @property
    def binary(self) -> bool:
        """Whether there are but two verdicts."""
        return len(self.levels) == 2

    def passes(self, level: int) -> bool:
        """Whether a verdict at this position passes."""
        return (level >= self.least) != self.negated

    def said(self, verdict: str) -> bool | None:
        """Whether an answer passes by a person's verdict, which is on the rubric like the judge's: a word of
        the scale, or pass or fail; None for any other."""
        if verdict in self.levels:
            return self.passes(self.levels.index(verdict))
        return (verdict == "pass") != self.negated if verdict in ("fail", "pass") else None

    def level(self, grade: Mapping[str, Any]) -> int | None:
        """The position of the verdict that a grade holds: of several judges, the one nearest to their mean.
        None where it has no verdict."""
        if grade["passed"] is None:
            return None
        if grade.get("score") is None:
            return int(grade["passed"] != self.negated) if self.binary else None
        score = 1 - grade["score"] if self.negated else grade["score"]
        return round(score * (len(self.levels) - 1))


def described(lab: Lab, cases: Iterable[Case]) -> dict[str, Any]:
    """Of each grader that asks models, by its name, what `judges` reads; for the settings of a run."""
    found: dict[str, dict[str, Any]] = {}
    versions: dict[str, dict[str, None]] = {}
    seen: set[int] = set()
    for case in cases:
        for check in case.graders:
            if id(check.grader) in seen or not (jury := graders.jury(check.grader, check.expected)):
                continue
            seen.add(id(check.grader))
            name = check.grader.name
            versions.setdefault(name, {})[jury.version] = None
            found.setdefault(name, {
                "models": [lab.model(model or lab.settings.model).id for model in jury.models],
                "levels": list(jury.levels),
                "least": jury.least,
                "negated": check.grader.negated,
                "rubric": jury.rubric,
                **({} if jury.against is None else {"against": jury.against}),
            })  # fmt: skip
    return {name: {**each, "version": _together([*versions[name]])} for name, each in found.items()}


def judges(run: Mapping[str, Any]) -> tuple[Judge, ...]:
    """Those of a run as `store.run_head` gives it; none of one that an older lab made."""
    return tuple(
        Judge(
            run["dataset"],
            name,
            tuple(each["models"]),
            each["version"],
            tuple(each["levels"]),
            each["least"],
            each["negated"],
            each["rubric"],
            run["source"] == "simulated",
            each.get("against"),
        )
        for name, each in run["settings"].get("judges", {}).items()
    )


def _together(versions: list[str]) -> str:
    """One version for cases that have a rubric each."""
    return versions[0] if len(versions) == 1 else digest(" ".join(sorted(versions))).hex()[:8]
