"""A run as a table: a row a case, a column a variant."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lab import store
from lab.evals.answers import obstacles
from lab.evals.means import metrics
from lab.evals.outcomes import Cell, cell, counted, tallied
from lab.evals.variant import short
from lab.store import Connection
from lab.types import Principal

OBSTACLES = 3
"""Reasons for what has no verdict, as many as a sheet names."""

Cells = Mapping[str, Mapping[str, Cell]]


@dataclass(frozen=True)
class Sheet:
    """`tags` are of all cases in their order, `cells` by case and variant, as far as there are answers; for
    `standings` and `obstacles` see the functions that give them."""

    variants: tuple[str, ...]
    tags: Mapping[str, Sequence[str]]
    cells: Cells
    standings: Sequence[Mapping[str, Any]]
    obstacles: Sequence[tuple[str, int]]

    def short(self) -> tuple[str, ...]:
        """The variants by what tells them apart."""
        return short(self.variants)

    @cached_property
    def lots(self) -> dict[str, Set[str]]:
        """The cases that can be picked: `all`; `failed` and `errors`, with such a cell; `flaky`, of which
        some answers of one variant passed and some failed."""
        failed, errors, flaky = set(), set(), set()
        kinds = {"failed": failed, "missing": errors}
        for case, row in self.cells.items():
            for one in row.values():
                if one.outcome in kinds:
                    kinds[one.outcome].add(case)
                if one.mixed:
                    flaky.add(case)
        return {"all": self.tags.keys(), "failed": failed, "errors": errors, "flaky": flaky}

    @cached_property
    def tagged(self) -> dict[str, Set[str]]:
        """The cases of each tag, the commonest tag first."""
        found: dict[str, set[str]] = defaultdict(set)
        for case, tags in self.tags.items():
            for tag in tags:
                found[tag].add(case)
        return dict(sorted(found.items(), key=lambda each: (-len(each[1]), each[0])))

    @cached_property
    def breakdown(self) -> Sequence[Mapping[str, Any]]:
        """Of each tag and variant: `tag`, `variant`, `cases`, `passed`, `failed`, `missing` and `rate`."""
        found = []
        for tag, cases in self.tagged.items():
            for variant in self.variants:
                came = [self.cells[case].get(variant) for case in cases if case in self.cells]
                counts = counted(Counter(one.outcome for one in came if one))
                found.append({"tag": tag, "variant": variant, "cases": len(cases), **counts})
        return found


def sheet(connection: Connection, principal: Principal, run: Mapping[str, Any]) -> Sheet:
    """Of a run as `store.run_head` gives it."""
    found = _cells(connection, principal, run)
    tags = store.cases_of(connection, principal, run["id"])
    return Sheet(
        variants=tuple(run["settings"]["variants"]),
        tags=tags | {case: [] for case in found if case not in tags},
        cells=found,
        standings=_standings(connection, principal, run, found),
        obstacles=obstacles(store.results_open(connection, principal, run["id"]), OBSTACLES),
    )


def _cells(connection: Connection, principal: Principal, run: Mapping[str, Any]) -> Cells:
    """What came of each case by variant, from a run as `store.run_head` gives it."""
    found: dict[str, dict[str, Cell]] = defaultdict(dict)
    for counts, places in store.cell_counts(connection, principal, run["id"]).items():
        one = cell(run["settings"], counts, run["state"] == "running")
        for case, variant in places:
            found[case][variant] = one
    return dict(found)


def saying(connection: Connection, principal: Principal, run: str, of: Sheet, text: str) -> set[str] | None:
    """The cases of a run with a text in their id, input, answers or reasons, whatever its case; None for
    no text."""
    wanted = text.strip()
    if not wanted:
        return None
    own = {case for case in of.tags if wanted.casefold() in case.casefold()}
    return own | store.cases_saying(connection, principal, run, wanted)


def texts(
    connection: Connection, principal: Principal, run: str, ids: Collection[str]
) -> dict[str, Mapping[str, Any]]:
    """What was asked in these cases: `input`, and of a run that kept more also `context` and `columns`. Of
    one that did not, the input is the last message that was sent, as far as there is one."""
    found = store.case_texts(connection, principal, run, ids)
    lost = [id for id in ids if id not in found]
    asked = store.cases_asked(connection, principal, run, lost) if lost else {}
    return found | {id: {"input": store.plain_text(asked.get(id) or "")} for id in lost}


def _standings(
    connection: Connection, principal: Principal, run: Mapping[str, Any], found: Cells
) -> Sequence[Mapping[str, Any]]:
    if scores := (run["summary"] or {}).get("scores"):
        return scores
    times = store.medians(connection, principal, run["id"])
    seconds = {variant: ms / 1000 for variant, ms in times.items()}
    going = run["state"] == "running"  # reading every grade every few seconds would be too much
    return tallied(
        run, found, seconds, {} if going else metrics(store.results(connection, principal, run["id"]))
    )
