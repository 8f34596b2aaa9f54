"""What a report is about."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lab import figures, store
from lab.errors import BadInput
from lab.evals import runfile
from lab.evals.comparison import Comparison, baseline, compare
from lab.store import Connection
from lab.types import Principal

SIMULATED = "The answers are those of the simulated Claude: they say nothing about quality."
REPLAYED = "The answers were replayed from recordings: nobody was asked, and nothing billed."
LAST, NONE = "last", "none"
"""What a run can be held against, but for another run by its id: see `baseline`, or nothing."""


@dataclass(frozen=True)
class Subject:
    """A run as `store.run` gives it, what changed against another one, what was asked of each case, and the
    run as a file for another lab."""

    run: Mapping[str, Any]
    comparison: Comparison | None = None
    asked: Mapping[str, str] = field(default_factory=dict)
    parcel: Callable[[], str] = str

    @property
    def simulated(self) -> bool:
        return self.run["source"] == "simulated"

    def facts(self) -> list[str]:
        """What a reader has to know of how the answers came about, in sentences."""
        run, settings = self.run, self.run["settings"]
        found = [SIMULATED] if self.simulated else []
        found += [REPLAYED] if settings.get("replayed") else []
        if came := settings.get("imported"):
            found.append(f"It was made by {came['user']} in another lab, and came from {came['file']}.")
        if judging := figures.judging(run):
            found.append(f"Not in the costs of the variants: {judging}.")
        return found


def subject(connection: Connection, principal: Principal, id: str, against: str = LAST) -> Subject:
    """Of a kept run. Raises BadInput where it, or the one that it is held against, is not there."""
    run = store.run(connection, principal, id)
    other = _opponent(connection, principal, run, against)
    asked = _asked(connection, principal, id)
    places = {case: place for place, case in enumerate(asked)}
    variants = run["settings"]["variants"]
    run["results"].sort(key=lambda each: (places[each["case_id"]], _place(variants, each), each["repeat"]))
    return Subject(
        run=run,
        comparison=compare(store.run(connection, principal, other), run) if other else None,
        asked=asked,
        parcel=lambda: runfile.text(connection, principal, run),
    )


def brief(connection: Connection, principal: Principal, id: str, against: str = LAST) -> Subject:
    """The same for a terminal, which shows a few of its results: where it is held against nothing they are
    only those that did not pass, of however many thousands."""
    head = store.run_head(connection, principal, id)
    if _opponent(connection, principal, head, against):
        return subject(connection, principal, id, against)
    return Subject(head | {"results": store.results(connection, principal, id, unpassed=True)})


def _asked(connection: Connection, principal: Principal, run: str) -> dict[str, str]:
    """What was asked of each case, in the dataset's order: as it stood there, else as it was sent."""
    tags = store.cases_of(connection, principal, run)
    texts = store.case_texts(connection, principal, run, tags)
    sent = store.cases_asked(connection, principal, run)
    found = {}
    for case in dict.fromkeys([*tags, *sent]):
        text = texts.get(case, {}).get("input")
        found[case] = text if isinstance(text, str) and text else store.plain_text(sent.get(case) or "")
    return found


def _place(variants: Sequence[str], result: Mapping[str, Any]) -> int:
    return variants.index(result["variant"]) if result["variant"] in variants else len(variants)


def comparable(connection: Connection, principal: Principal, dataset: str, against: str) -> None:
    """Raises BadInput where a run of a dataset cannot be held against this."""
    if against in (LAST, NONE):
        return
    other = store.run_head(connection, principal, against)
    if other["dataset"] != dataset:
        raise BadInput(
            f"Run {against} is one of {other['dataset']}, not of {dataset}. `lab runs` lists them all."
        )


def _opponent(
    connection: Connection, principal: Principal, run: Mapping[str, Any], against: str
) -> str | None:
    comparable(connection, principal, run["dataset"], against)
    if against == LAST:
        return baseline(connection, principal, run)
    return None if against == NONE else against
