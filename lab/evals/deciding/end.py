"""How a check that went on until it was decided ended: its verdict, why it stopped, and what that spared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from lab import store
from lab.cost import dollars
from lab.engine import Lab
from lab.evals.deciding.evidence import thinned
from lab.evals.deciding.going import Going
from lab.evals.gate import decide_early
from lab.evals.gates import Verdict, judge
from lab.evals.plan import Plan
from lab.evals.runner import Result
from lab.evals.sides import sides
from lab.evals.tags import MUST_PASS
from lab.types import Picodollars


def end(
    lab: Lab, plan: Plan, going: Going, results: Sequence[Result], simulated: bool
) -> tuple[Verdict, dict[str, Any]]:
    """The verdict of the evidence, once nothing more is asked and all is written, and what the run's summary
    keeps of how it came."""
    came = Counter((each.case, each.variant) for each in results)
    whole = tuple(
        case
        for case in plan.dataset.cases
        if all(came[case.id, each.name] >= plan.dataset.repeats for each in plan.variants)
    )
    asked = replace(plan.dataset, cases=whole or plan.dataset.cases)
    ids = {case.id for case in asked.cases}
    own = [each for each in results if each.case in ids]
    verdict = judge(asked, [each.name for each in plan.variants], own, simulated)
    same = len(whole) == len(plan.dataset.cases) and not going.course.state and _same(lab, plan, going)
    unsettled = _unsettled(plan, going, results)
    found = decide_early(going.course, going.old_name, going.new, going.broken, unsettled, same)
    spent, left = _money(lab, plan, len(results))
    spared = left if found.state in ("passed", "failed") else None
    words = _words(lab, plan, going, same, spent, spared)
    found = replace(found, sentence=f"{found.sentence} {words}")
    scores = tuple(
        replace(each, verdict=found.state, sentence=found.sentence) if each.variant == going.new else each
        for each in verdict.scores
    )
    about = {"looks": thinned(going.course.looks), "round": len(going.course.units), "spared": spared}
    return Verdict(found.state, found.exit_code, found.sentence, scores, (found,)), {"until": about}


def _unsettled(plan: Plan, going: Going, results: Sequence[Result]) -> list[str]:
    """Cases that must pass, and have no verdict on the new side."""
    known = {each.case for each in results if each.variant == going.new and each.passed is not None}
    return [case.id for case in plan.dataset.cases if MUST_PASS in case.tags and case.id not in known]


def _same(lab: Lab, plan: Plan, going: Going) -> bool:
    """Whether every answer is the one that was there before."""
    run = store.run_head(lab.store.read, plan.principal, plan.run)
    found = sides(lab.store.read, plan.principal, run, plan.dataset.gate)
    return found[going.new].same(going.old or found[going.old_name])


def _money(lab: Lab, plan: Plan, made: int) -> tuple[Picodollars | None, Picodollars | None]:
    """What so many answers cost, and what those that were not asked for would have, at what the others did;
    None where that is not known, or nobody pays."""
    run = store.run_head(lab.store.read, plan.principal, plan.run)
    if not made or run["cost"] is None or run["source"] != "api":
        return None, None
    left = len(plan.dataset.cases) * len(plan.variants) * plan.dataset.repeats - made
    return run["cost"], max(left, 0) * run["cost"] // made


def _words(
    lab: Lab, plan: Plan, going: Going, same: bool, spent: Picodollars | None, spared: Picodollars | None
) -> str:
    """Why it stopped, and what that came to."""
    whole, seen = len(plan.dataset.cases), len(going.course.cases)
    where = f"after {seen:,} of {whole:,} cases" if seen < whole else f"after all {whole:,} cases"
    if more := max(going.course.steps - 1, 0) // len(going.course.units):
        where += f", {plan.dataset.repeats + more:,} answers to each at most"
    money = "" if spent is None else f"; {dollars(spent)} spent"
    money += f", about {dollars(spared)} not" if spared else ""
    if going.broken:
        return f"Stopped there{money}."
    if going.course.state or same:
        return f"Decided {where}{money}."
    if going.capped:
        budget = store.budget_of(lab.store.read, plan.run)
        cap = f"the cap of {dollars(budget.cap)}" if budget else "the cap"
        return f"Stopped at {cap} {where}{money}."
    futile = ": to ask them again would hardly help" if going.course.futile else ""
    return f"Not decided {where}{futile}{money}."
