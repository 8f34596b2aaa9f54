"""The drop that a dataset can see, and what it takes to see the margin."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lab.cost import dollars
from lab.engine import Lab
from lab.evals.dataset import Dataset
from lab.evals.gate.noise import Needs, needs, seen
from lab.evals.gate.power import POWER
from lab.evals.gate.rule import PASSED
from lab.evals.gate.wording import points, repeats, ways
from lab.evals.plan import Plan
from lab.evals.price import Price
from lab.evals.sight.known import ASSUMED, known
from lab.store import Connection
from lab.types import Principal


@dataclass(frozen=True)
class Sight:
    """Of a dataset's cases, each asked `repeats` times: the least drop `seen` with a probability of 80 %
    (None: none), in the measure that shows the least, and what it `needs` to see the margin. `runs`: how many
    told how often answers differ; 0: that is assumed."""

    cases: int
    repeats: int
    measure: str
    seen: float | None
    margin: float
    needs: Needs
    runs: int
    simulated: bool

    @property
    def drop(self) -> str:
        """`a drop of 9.4 points at 80 % power (…)`, or that there is none, with where it is known from."""
        which = "" if self.measure == PASSED else f" in '{self.measure}'"
        what = "no drop at all" if self.seen is None else f"a drop of {points(self.seen)}"
        return f"{what}{which} at {POWER:.0%} power ({self._source})"

    def words(self, price: Callable[[float], str] = lambda times: "") -> str:
        """The same in sentences, with what would see the margin; `price` says what so many times as many
        calls cost."""
        those = "This 1 case" if self.cases == 1 else f"These {self.cases:,} cases"
        said, margin = f"{those} can see {self.drop}.", f"the margin of {points(self.margin)}"
        if self.seen is not None and self.seen <= self.margin:
            return f"{said} That is enough for {margin}."

        def cost(cases: int, repeats: int) -> str:
            return price(cases / self.cases if cases else repeats / self.repeats)

        found = ways(self.needs, self.cases, cost) or "no number of cases that anybody has"
        return f"{said} To see {margin}: {found}. {repeats(self.needs)}".rstrip()

    @property
    def _source(self) -> str:
        if not self.runs:
            return f"assumed: {ASSUMED:.0%} of the cases differ between two versions"
        whose = "simulated answers" if self.simulated else "answers"
        return f"from how often {whose} differed in {_runs(self.runs)}"


def _runs(number: int) -> str:
    return "the last run" if number == 1 else f"the last {number:,} runs"


def sight(
    connection: Connection, principal: Principal, dataset: Dataset, simulated: bool = False
) -> Sight | None:
    """What the dataset can see, by the person's earlier runs of it: real ones, or simulated ones. None where
    nothing is graded."""
    if not any(case.graders for case in dataset.cases):
        return None
    rule = dataset.gate
    alpha = rule.alpha / len(rule.measures)
    found = known(connection, principal, dataset, simulated)
    asked = (len(dataset.cases), dataset.repeats)
    drops = [seen(each.noise, *asked, alpha) for each in found]
    at = max(range(len(found)), key=lambda at: 1.0 if drops[at] is None else drops[at])
    wanted = needs(found[at].noise, rule.margin, rule.margin, *asked, alpha)
    return Sight(*asked, rule.measures[at], drops[at], rule.margin, wanted, found[at].runs, simulated)


def told(lab: Lab, principal: Principal, plans: Sequence[Plan], each: Sequence[Price]) -> tuple[str, ...]:
    """What the datasets of plans can see, in sentences, with what it would cost to see the margin; `each` is
    the price of a plan. Nothing of what was begun before, or is graded again: that is spent."""
    anew = [
        (plan, price) for plan, price in zip(plans, each, strict=True) if not plan.earlier and not plan.saved
    ]
    found = [
        (plan, sight(lab.store.read, principal, plan.dataset, _made_up(lab, plan)), price)
        for plan, price in anew
    ]
    ends = [
        f"It stops once it is decided, at the latest when {dollars(plan.budget[1])} are spent."
        for plan, _ in anew
        if plan.until is not None and plan.budget
    ]
    return *ends, *(
        f"{f'{plan.dataset.name}: ' * (len(plans) > 1)}{seen.words(price.times)}"
        for plan, seen, price in found
        if seen
    )


def _made_up(lab: Lab, plan: Plan) -> bool:
    return any(lab.endpoint(each.model).source == "simulated" for each in plan.variants)
