"""What runs may cost together, and how much of that is spoken for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lab.store.sqlite import Connection, explained
from lab.store.writer import Write
from lab.types import Picodollars

if TYPE_CHECKING:
    from sqlite_utils import Database

_OF = "SELECT budget_id FROM runs JOIN calls ON calls.run_id = runs.id WHERE calls.id = NEW.call_id"


def create(db: Database) -> None:
    """Budgets, and the triggers that book every attempt of a run that has one: at its worst case when it is
    written down, then at the most that it turns out to have cost; where nobody can tell that, it stays."""
    db["budgets"].create(
        {"id": str, "cap": int, "reserved": int}, pk="id", not_null={"cap", "reserved"}, strict=True
    )
    db["runs"].add_column("budget_id", str)
    change = "UPDATE budgets SET reserved = reserved + {} WHERE id = (" + _OF + ");"
    db.execute(
        "CREATE TRIGGER attempts_reserved AFTER INSERT ON attempts WHEN NEW.cost_upper > 0 BEGIN "
        + change.format("NEW.cost_upper")
        + " END"
    )
    db.execute(
        "CREATE TRIGGER attempts_settled AFTER UPDATE OF cost_upper ON attempts"
        " WHEN NEW.cost_upper != OLD.cost_upper BEGIN "
        + change.format("NEW.cost_upper - OLD.cost_upper")
        + " END"
    )


@dataclass(frozen=True, slots=True)
class Short:
    """A budget that has no room for an attempt: it holds `cap`, and `reserved` of that is spoken for."""

    cap: Picodollars
    reserved: Picodollars


def run_capped(run: str, budget: str, cap: Picodollars | None) -> Write:
    """Have a run cost no more than what is left of a budget, which is made where it is not there, and holds
    `cap` from now on; None: have no budget hold it any more. What the run has spent without one counts."""

    def write(connection: Connection) -> None:
        if cap is None:
            connection.execute("UPDATE runs SET budget_id = NULL WHERE id = ?", (run,))
            return
        connection.execute(
            "INSERT INTO budgets (id, cap, reserved) VALUES (?, ?, 0)"
            " ON CONFLICT (id) DO UPDATE SET cap = excluded.cap",
            (budget, cap),
        )
        (before,) = connection.execute("SELECT budget_id FROM runs WHERE id = ?", (run,)).fetchone()
        if before == budget:
            return
        connection.execute("UPDATE runs SET budget_id = ? WHERE id = ?", (budget, run))
        connection.execute(
            "UPDATE budgets SET reserved = reserved + (SELECT coalesce(sum(attempts.cost_upper), 0)"
            " FROM attempts JOIN calls ON calls.id = call_id WHERE run_id = ?) WHERE id = ?",
            (run, budget),
        )

    return write


def shortage(connection: Connection, call: str, worst: Picodollars | None) -> Short | None:
    """How the budget of a call's run stands if it has no room for an attempt that may cost so much; it never
    has for one whose price is unknown. None where there is room, or no budget."""
    row: Any = connection.execute(
        "SELECT cap, reserved FROM calls JOIN runs ON runs.id = run_id JOIN budgets ON budgets.id = budget_id"
        " WHERE calls.id = ?",
        (call,),
    ).fetchone()
    if row is None or (worst is not None and row["reserved"] + worst <= row["cap"]):
        return None
    return Short(row["cap"], row["reserved"])


@explained
def budget_of(connection: Connection, run: str) -> Short | None:
    """How a run's budget stands; None where it has none."""
    row: Any = connection.execute(
        "SELECT cap, reserved FROM budgets JOIN runs ON budgets.id = budget_id WHERE runs.id = ?", (run,)
    ).fetchone()
    return Short(row["cap"], row["reserved"]) if row else None
