"""What a report is about."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lab import store
from lab.errors import BadInput
from lab.evals import runfile
from lab.evals.comparison import Comparison, baseline, compare
from lab.store import Connection
from lab.types import Principal

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


def subject(connection: Connection, principal: Principal, id: str, against: str = LAST) -> Subject:
    """Of a kept run. Raises BadInput where it, or the one that it is held against, is not there."""
    run = store.run(connection, principal, id)
    other = _opponent(connection, principal, run, against)
    asked = store.cases_asked(connection, principal, id)
    return Subject(
        run=run,
        comparison=compare(store.run(connection, principal, other), run) if other else None,
        asked={case: store.plain_text(content or "") for case, content in asked.items()},
        parcel=lambda: runfile.text(connection, principal, run),
    )


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
