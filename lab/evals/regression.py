"""Which cases of a run moved since an earlier one, told from their outcomes alone: no answer is read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from lab import store
from lab.evals.comparison import CHANGES, NEWS, Pair, Variants, compare, paired
from lab.evals.history import in_part
from lab.evals.outcomes import Cell
from lab.evals.sheet import Cells, Sheet
from lab.store import Connection
from lab.types import Principal

SAME = "same outcome"
MOVES = (*CHANGES[:3], SAME, *CHANGES[-2:])
"""How a case can have moved, the worst first."""
RIVALS = 30
"""Earlier runs that are offered to be compared with."""


class Move(NamedTuple):
    """A case, what is held against what, and how it moved."""

    case: str
    variants: Variants
    how: str


def moves(before: Mapping[str, Any], old: Cells, after: Sheet) -> list[Move]:
    """Of all cases of both, the worst first: by how they moved, then by the score that was lost, then by how
    many fewer answers passed. `before` is a run as `store.run_head` gives it, and `old` its cells."""
    found = defaultdict(list)
    for case, pair, was, now in _held(before, old, after, [*after.tags, *old]):
        how = moved(was, now)
        fell = 0 if None in (was, now) or None in (was.score, now.score) else now.score - was.score
        fewer = 0 if None in (was, now) else now.passed - was.passed
        found[MOVES.index(how), fell, fewer].append(Move(case, pair, how))
    return [move for place in sorted(found) for move in found[place]]


def moved(was: Cell | None, now: Cell | None) -> str:
    """How a case moved from one cell to the other, of which one may be missing."""
    if was is None or now is None:
        return "only after" if was is None else "only before"
    return SAME if NEWS[was.outcome] == NEWS[now.outcome] else NEWS[now.outcome]


def moved_cases(before: Mapping[str, Any], old: Cells, after: Sheet) -> set[str]:
    """The cases of which an outcome is another one, whatever their order."""
    held = _held(before, old, after, after.tags)
    return {case for case, _, was, now in held if was and now and NEWS[was.outcome] != NEWS[now.outcome]}


def directions(
    before: Mapping[str, Any], old: Cells, after: Sheet, cases: Iterable[str]
) -> dict[tuple[str, str], str]:
    """How each of these cases moved with each variant of the later run."""
    held = _held(before, old, after, cases)
    return {(case, pair[1]): moved(was, now) for case, pair, was, now in held if pair[1]}


def pairs(
    connection: Connection,
    principal: Principal,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    wanted: Sequence[Move],
) -> list[Pair]:
    """These moves with the answers of both sides, in their order."""
    cases = list(dict.fromkeys(move.case for move in wanted))
    sides = [
        run | {"results": store.results(connection, principal, run["id"], answers=True, cases=cases)}
        for run in (before, after)
    ]
    held = compare(*sides, list(dict.fromkeys(move.variants for move in wanted)))
    known = {(pair.case, pair.variants): pair for pair in held.pairs}
    return [known[move.case, move.variants] for move in wanted if (move.case, move.variants) in known]


def rivals(connection: Connection, principal: Principal, run: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What a run can be held against: earlier runs of its dataset, the newest first, but none that graded
    some of the answers of another again."""
    earlier = (each for each in store.runs_before(connection, principal, run) if not in_part(each))
    return [each for each, _ in zip(earlier, range(RIVALS), strict=False)]


def _held(
    before: Mapping[str, Any], old: Cells, after: Sheet, cases: Iterable[str]
) -> Iterator[tuple[str, Variants, Cell | None, Cell | None]]:
    """Each of these cases with what is held against what, where there is anything."""
    held = paired(before["settings"]["variants"], after.variants)
    for case in dict.fromkeys(cases):
        was, now = old.get(case, _NONE), after.cells.get(case, _NONE)
        for pair in held:
            cells = was.get(pair[0]), now.get(pair[1])
            if cells != (None, None):
                yield case, pair, *cells


_NONE: Mapping[str, Cell] = {}
