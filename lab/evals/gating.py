"""What the gate says of a run, and what becomes of its verdict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from lab import store
from lab.errors import BadInput
from lab.evals.against import NONE, Against
from lab.evals.comparison import paired
from lab.evals.dataset import load
from lab.evals.gate import PASSED, Arm, Decision, Rule, decide
from lab.evals.gates import Score, State, Verdict
from lab.evals.sides import sides
from lab.evals.variant import parts
from lab.store import Connection
from lab.types import Principal

__all__ = ["NONE", "decisions", "held", "kept", "measures", "named", "reach", "span", "together"]

ORDER: tuple[tuple[State, int], ...] = (
    ("invalid", 3),
    ("failed", 1),
    ("inconclusive", 0),
    ("answered", 0),
    ("passed", 0),
)
"""The worst first."""
PEEKED = "The later run stopped once it was decided: this says less than it seems to, its own verdict stands."


def decisions(
    connection: Connection, principal: Principal, id: str, rule: Rule, held: Against
) -> tuple[Decision, ...]:
    """What the gate says of each variant of a run that has something to be held against."""
    run = store.run_head(connection, principal, id)
    new = sides(connection, principal, run, rule)
    if held.prompt:
        old = _in_the_same_run(new, held.prompt)
    else:
        before = kept(connection, principal, rule, held, [*new])
        old = {variant: _only(arm, new[variant], run) for variant, arm in before.items()}
    return tuple(decide(rule, old[variant], new[variant]) for variant in new if variant in old)


def kept(
    connection: Connection, principal: Principal, rule: Rule, held: Against, variants: Sequence[str]
) -> dict[str, Arm]:
    """What variants are held against, where that was asked before: a baseline, or those of a run that they go
    with."""
    if held.baseline:
        return dict.fromkeys(variants, held.baseline.arm)
    if not held.run:
        return {}
    before = sides(connection, principal, store.run_head(connection, principal, held.run), rule)
    held_to = {after: old for old, after in paired([*before], variants) if old and after}
    return {after: replace(before[name], name=f"run {held.run} ({name})") for after, name in held_to.items()}


def held(connection: Connection, principal: Principal, before: str, after: str) -> tuple[Decision, ...]:
    """What the gate says of one run against another, by the rule that the dataset of the later one has now,
    else by the usual one. Raises BadInput where there is no such run, or nothing to be held against."""
    settings = store.run_head(connection, principal, after)["settings"]
    try:
        rule = load(Path(settings["file"])).gate
    except BadInput:
        rule = Rule()
    found = decisions(connection, principal, after, rule, Against(run=before))
    if not found:
        raise BadInput(f"No variant of run {after} has one in run {before} to be held against.")
    if "until" in settings:
        found = tuple(replace(each, sentence=f"{each.sentence} {PEEKED}") for each in found)
    return found


def together(verdict: Verdict, found: Sequence[Decision], has_floor: bool) -> Verdict:
    """A run's verdict with the gate's. What is said of its own cases stands where it is not valid, breaks a
    hard rule, or falls below a floor that the dataset names; for the rest the gate decides. Variants that
    were asked to be held against are not judged."""
    by_variant = {each.new: each for each in found}
    scores = tuple(_score(score, by_variant.get(score.variant), has_floor) for score in verdict.scores)
    olds = {each.old for each in found}
    for state, code in ORDER:
        worst = [score for score in scores if score.verdict == state and score.variant not in olds]
        if worst:
            codes = [by_variant[each.variant].exit_code for each in worst if each.variant in by_variant]
            code = max([code, *codes]) if state == "inconclusive" else code
            said = " ".join(score.sentence for score in worst)
            return Verdict(state, code, said, scores, tuple(found))
    raise ValueError("a run has at least one variant")


def measures(found: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """The figures of decisions, as a run's summary keeps them, for a table: a row for each measure.
    Differences are in percentage points."""
    seen = [(decision, measure) for decision in found for measure in decision["measures"]]
    many = len({decision["new"] for decision, _ in seen}) > 1
    shaped = any(measure.get("resampled") for _, measure in seen)
    return [
        ({"variant": decision["new"]} if many else {})
        | {
            "held against": decision["old"],
            "measure": measure["name"],
            "cases": f"{measure['cases']:,}",
            "before": f"{measure['old']:.1%}",
            "after": f"{measure['new']:.1%}",
            "difference": f"{measure['value'] * 100:+.1f}",
            "may be": span(measure["low"], measure["high"]),
        }
        | ({"resampled": _resampled(measure)} if shaped else {})
        | {
            "lost": f"{measure['lost']:,}",
            "gained": f"{measure['gained']:,}",
            "p": f"{measure['adjusted']:.2g}",
        }
        for decision, measure in seen
    ]


def span(low: float, high: float) -> str:
    """From where to where a difference may be, of shares, in points: `-3.1 to +0.4`."""
    return f"{low * 100:+.1f} to {high * 100:+.1f}"


def named(decision: Mapping[str, Any], measure: Mapping[str, Any]) -> str:
    """The variant that a measure is of, with the measure's own name where it is not whether cases pass."""
    return decision["new"] if measure["name"] == PASSED else f"{decision['new']} · {measure['name']}"


def reach(seen: Iterable[tuple[float, float, float]]) -> tuple[float, float]:
    """From where to where a picture of differences goes: of each its low, its high and the margin, in any
    unit. What is not let through, and what is better by a margin, can be seen in it."""
    lows, highs, margins = zip(*seen, strict=True)
    return min(*lows, *(-2 * margin for margin in margins)), max(*highs, *margins)


def _resampled(measure: Mapping[str, Any]) -> str:
    return span(*measure["resampled"]) if measure.get("resampled") else "–"


def _only(old: Arm, new: Arm, run: Mapping[str, Any]) -> Arm:
    """The old side, of the cases alone that the new one was asked, where these were chosen."""
    if not run["settings"].get("selection") and "until" not in run["settings"]:
        return old
    return replace(old, cases={case: asked for case, asked in old.cases.items() if case in new.cases})


def _in_the_same_run(new: Mapping[str, Arm], prompt: str) -> dict[str, Arm]:
    """Each variant of another prompt with that of this one on the same model."""
    by_model = {parts(name).model: name for name in new if parts(name).prompt == prompt}
    held = {name: by_model.get(parts(name).model) for name in new if parts(name).prompt != prompt}
    return {name: new[old] for name, old in held.items() if old}


def _score(score: Score, found: Decision | None, has_floor: bool) -> Score:
    stands = score.verdict == "invalid" or (
        score.verdict == "failed" and (has_floor or score.must_pass_failed)
    )
    if found is None or stands:
        return score
    return replace(score, verdict=found.state, sentence=found.sentence)
