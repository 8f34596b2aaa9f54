"""Two runs of a dataset side by side: the baseline on the left, what it is held against on the right."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from lab import prompts, store
from lab.evals.outcomes import Cell, Outcome, cells
from lab.evals.variant import parts
from lab.prompts import Piece
from lab.store import Connection
from lab.types import Principal

Change = Literal[
    "newly failing", "newly without a verdict", "newly passing", "other answer", "same answer",
    "only before", "only after",
]  # fmt: skip
CHANGES: tuple[Change, ...] = Change.__args__
"""How a case can differ, the worst first. `other answer`: another one, and yet the same outcome."""
OTHER_OUTCOME: tuple[Change, ...] = CHANGES[:3]
DIFFERENT: tuple[Change, ...] = CHANGES[:4]
"""Those of a case that is on both sides and not the same."""

Variants = tuple[str | None, str | None]
"""A variant of the run before and one of the run after; None: it has none to go with the other."""


@dataclass(frozen=True, slots=True)
class Side:
    """A case with a variant of one run: what came of it, and its results by their repeats as `store.run`
    gives them. `score` is the mean of those that were measured, None where none was."""

    cell: Cell
    results: tuple[Mapping[str, Any], ...]
    score: float | None

    @property
    def answers(self) -> tuple[str, ...]:
        return tuple(said(result["answer"]) for result in self.results)


@dataclass(frozen=True, slots=True)
class Pair:
    """A case on both sides, or on one of them."""

    case: str
    variants: Variants
    before: Side | None
    after: Side | None
    change: Change

    def differences(self) -> tuple[tuple[Piece, ...], ...]:
        """The answers word by word, repeat for repeat: `=` and `-` pieces are the text before, `=` and `+`
        the one after. Takes milliseconds for each long answer."""
        sides = [side.answers if side else () for side in (self.before, self.after)]
        repeats = max(map(len, sides))
        left, right = ((*side, *[""] * (repeats - len(side))) for side in sides)
        return tuple(prompts.pieces(old, new) for old, new in zip(left, right, strict=True))


@dataclass(frozen=True)
class Comparison:
    """`before` and `after` are the runs, `variants` what is held against what, `pairs` all their cases, the
    worst change first."""

    before: Mapping[str, Any]
    after: Mapping[str, Any]
    variants: tuple[Variants, ...]
    pairs: tuple[Pair, ...]

    @cached_property
    def counts(self) -> Mapping[Change, int]:
        """How many pairs there are of every change."""
        counted = Counter(pair.change for pair in self.pairs)
        return {change: counted[change] for change in CHANGES}

    @property
    def other_cases(self) -> bool:
        """Whether the dataset was another one: other cases, or other graders."""
        hashes = [run["settings"].get("dataset_hash") for run in (self.before, self.after)]
        return hashes[0] != hashes[1]

    def picked(self, changes: Collection[Change]) -> tuple[Pair, ...]:
        """The pairs with one of these changes, in their order."""
        return tuple(pair for pair in self.pairs if pair.change in changes)


NEWS: Mapping[Outcome, Change] = {
    "failed": "newly failing",
    "missing": "newly without a verdict",
    "open": "newly without a verdict",
    "passed": "newly passing",
    "answered": "newly passing",
}
"""What an outcome is where the one before was of another kind."""


def compare(
    before: Mapping[str, Any], after: Mapping[str, Any], variants: Sequence[Variants] | None = None
) -> Comparison:
    """Of runs as `store.run` gives them. `variants`: what to hold against what, where that is not obvious;
    with these a run can be compared with itself, one variant against another."""
    names = [run["settings"]["variants"] for run in (before, after)]
    chosen = tuple(paired(*names) if variants is None else variants)
    both = [sides(run) for run in (before, after)]
    found = []
    for case in dict.fromkeys([*both[1], *both[0]]):
        for pair in chosen:
            old, new = (side.get(case, {}).get(name) for side, name in zip(both, pair, strict=True))
            if old or new:
                found.append(Pair(case, pair, old, new, _change(old, new)))
    found.sort(key=lambda pair: (CHANGES.index(pair.change), *_loss(pair)))
    return Comparison(before, after, chosen, tuple(found))


def changed(comparison: Comparison) -> str:
    """In a sentence: `Against run 06dy…: 1 newly failing, 3 other answer, 16 same answer.`"""
    counts = ", ".join(f"{many:,} {change}" for change, many in comparison.counts.items() if many)
    other = " Its cases or their graders were others." if comparison.other_cases else ""
    return f"Against run {comparison.before['id']}: {counts or 'nothing'}.{other}"


def baseline(connection: Connection, principal: Principal, run: Mapping[str, Any]) -> str | None:
    """What a run is held against where nobody says: the newest earlier run of its dataset by the same person
    that came to an end, made up where this one is and real where it is; None where there is none."""
    for earlier in store.runs_before(connection, principal, run):
        made_up = [each["source"] == "simulated" for each in (earlier, run)]
        if made_up[0] == made_up[1]:
            return earlier["id"]
    return None


def paired(before: Sequence[str], after: Sequence[str]) -> list[Variants]:
    """Each variant after with the one before that it is likest to: of the same name, else another version of
    its prompt on its model, else its model or its prompt, else what is left; and what nothing is like."""
    found: dict[str, str | None] = {}
    free = [name for name in before if name not in after]
    for name in after:
        found[name] = name if name in before else None
    for name in (name for name in after if name not in before):
        likest = min(before, key=lambda old: (-_likeness(old, name), old not in free), default=None)
        if likest is not None and (_likeness(likest, name) or likest in free):
            found[name] = likest
            free = [each for each in free if each != likest]
    alone = [name for name in before if name not in found.values()]
    return [*((old, name) for name, old in found.items()), *((name, None) for name in alone)]


def said(content: Sequence[Mapping[str, Any]]) -> str:
    """An answer as text: its words, and the tools that it called with what."""
    called = (block for block in content if block.get("type") == "tool_use")
    tools = (f"[{each.get('name')} {json.dumps(each.get('input'), ensure_ascii=False)}]" for each in called)
    return "\n".join(filter(None, [store.plain_text(content), *tools]))


def _likeness(one: str, other: str) -> int:
    """Of two variants: 4 for the same model, 2 for the same prompt in whatever version, 1 for the rest."""
    mine, its = parts(one), parts(other)
    prompt, model = mine.prompt.partition("@")[0] == its.prompt.partition("@")[0], mine.model == its.model
    return 4 * model + 2 * prompt + (model or prompt) * (mine[2:] == its[2:])


def sides(run: Mapping[str, Any]) -> dict[str, dict[str, Side]]:
    """Of each case, by variant."""
    by_cell: dict[tuple[str, str], list] = defaultdict(list)
    for result in run["results"]:
        by_cell[result["case_id"], result["variant"]].append(result)
    found: dict[str, dict[str, Side]] = {}
    for case, row in cells(run, run["results"]).items():
        found[case] = {}
        for variant, cell in row.items():
            results = sorted(by_cell[case, variant], key=lambda result: result["repeat"])
            scores = [score for result in results if (score := result.get("score")) is not None]
            mean = sum(scores) / len(scores) if scores else None
            found[case][variant] = Side(cell, tuple(results), mean)
    return found


def _change(before: Side | None, after: Side | None) -> Change:
    if before is None or after is None:
        return "only after" if before is None else "only before"
    was, now = (NEWS[side.cell.outcome] for side in (before, after))
    if was == now:
        return "same answer" if before.answers == after.answers else "other answer"
    return now


def _loss(pair: Pair) -> tuple[float, int]:
    """What sorts the pairs of one change: how much worse the score is, then how many fewer answers passed."""
    if pair.before is None or pair.after is None:
        return 0, 0
    scores = (pair.after.score, pair.before.score)
    fell = 0 if None in scores else scores[0] - scores[1]
    return fell, pair.after.cell.passed - pair.before.cell.passed
