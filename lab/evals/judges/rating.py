"""A run's answers as a person rates them: one after the other, without what the judge said."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lab import store
from lab.evals.columns import text
from lab.evals.judges.bench import Judge, judges
from lab.prompts import Fault, placeholders, render
from lab.store import Connection
from lab.types import Principal, digest

Said = Mapping[str, Mapping[str, str]]
"""People's verdicts on an answer, by grader and name."""
Place = tuple[Any, ...]
"""What makes two answers one: case, question, words."""


@dataclass(frozen=True)
class Pile:
    """The answers of a run, each once however often it came, in an order that is the same for everybody and
    that nothing about them decides: whoever rates the first so many has rated a sample. `cases` has the case
    of each answer's call, `said` what people say of it, by grader and name; `alike`: of each further call
    with the same answer the one that stands for it."""

    run: str
    dataset: str
    judges: tuple[Judge, ...]
    cases: Mapping[str, str]
    said: Mapping[str, Said]
    alike: Mapping[str, str]

    @property
    def calls(self) -> tuple[str, ...]:
        """Of the answers, in their order."""
        return tuple(self.cases)

    def open(self, call: str, rater: str) -> list[Judge]:
        """The judges whose question this person has not answered for an answer."""
        return [judge for judge in self.judges if rater not in self.said[call].get(judge.grader, {})]

    def rated(self, rater: str) -> int:
        """How many answers this person has rated by all that is asked."""
        return sum(not self.open(call, rater) for call in self.calls)

    def next(self, after: str | None, rater: str) -> str | None:
        """The next answer that this person has not rated, behind one or from the beginning; None where there
        is none left."""
        start = self.calls.index(after) + 1 if after in self.calls else 0
        turned = (*self.calls[start:], *self.calls[:start])
        return next((call for call in turned if call != after and self.open(call, rater)), None)

    def beside(self, call: str, step: int) -> str:
        """The answer so many places on, round the end."""
        return self.calls[(self.calls.index(call) + step) % len(self.calls)]


def pile(connection: Connection, principal: Principal, run: Mapping[str, Any]) -> Pile:
    """Of a run as `store.run_head` gives it, by its judges' questions."""
    found: dict[Place, str] = {}
    answers = store.answered(connection, principal, run["id"])
    for each in sorted(answers, key=_drawn):
        found.setdefault(_place(each), each["call_id"])
    said = _said(store.reviews(connection, principal, run["dataset"]))
    return Pile(
        run["id"],
        run["dataset"],
        judges(run),
        {call: place[0] for place, call in found.items()},
        {call: said.get(place, {}) for place, call in found.items()},
        {each["call_id"]: found[_place(each)] for each in answers},
    )


def opinions(
    connection: Connection, principal: Principal, run: Mapping[str, Any], case: str
) -> dict[str, Said]:
    """What people say of the answers to a case of a run, by their calls."""
    said = _said(store.reviews(connection, principal, run["dataset"], case))
    answers = store.answered(connection, principal, run["id"], case) if said else ()
    return {each["call_id"]: said.get(_place(each), {}) for each in answers}


def filled(template: str, columns: Mapping[str, Any]) -> str:
    """A judge's rubric, or the text that it holds answers against, with the columns of a case put in."""
    try:
        names = [each.name for each in placeholders(template)]
    except Fault:  # of another lab, which no dataset was read for here
        return template
    return render(template, {name: text(columns.get(name, f"{{{{{name}}}}}")) for name in names})


def _said(reviews: Iterable[Mapping[str, Any]]) -> dict[Place, Said]:
    found: dict[Place, dict[str, dict[str, str]]] = defaultdict(lambda: defaultdict(dict))
    for each in reviews:
        found[_place(each)][each["grader"]][each["user"]] = each["verdict"]
    return found


def _drawn(answer: Mapping[str, Any]) -> bytes:
    return digest(f"{answer['case_id']}\0{answer['variant']}\0{answer['repeat']}")


def _place(row: Mapping[str, Any]) -> Place:
    return row["case_id"], row["asked"], row["answered"]
