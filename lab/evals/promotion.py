"""Whether a version may have a label that requires checks, and moving it with the proof."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lab import prompts, store
from lab.engine import Lab, today
from lab.errors import BadInput
from lab.evals.changes import content, differing
from lab.evals.dataset import Dataset, load
from lab.evals.variant import Variant, parts
from lab.prompts import Edit, Proof, Proofs, Target, Unproven
from lab.types import Principal

REASON = 500
"""Characters that the reason of an override may have."""


@dataclass(frozen=True)
class Standing:
    """What speaks for a version in a `check`, or why nothing does (`lack`, a sentence) and what to do.
    `kept`: it is on record already."""

    version: int
    check: str
    proof: Proof | None = None
    lack: str = ""
    kept: bool = False


def standings(lab: Lab, principal: Principal, name: str, label: str, target: Target) -> tuple[Standing, ...]:
    """Of each version that a label would point to, how it stands in each check that the label requires."""
    folder = lab.folder / "prompts"
    about = prompts.about(folder, name)
    kept, now = about.promoted.get(label, {}), prompts.pointed(about.labels.get(label))
    found = []
    for check in about.requires.get(label, ()):
        for version in prompts.pointed(target):
            proof = kept.get(version, {}).get(check) if version in now else None
            if proof:
                found.append(Standing(version, check, proof, kept=True))
            else:
                found.append(_standing(lab, principal, name, version, check))
    return tuple(found)


@dataclass(frozen=True)
class Promotion:
    """A label that is to move: `was` is where it pointed when that was decided, `...` for anywhere;
    `override` the reason why a check that it requires need not have passed."""

    name: str
    label: str
    target: Target | None
    was: Any = ...
    override: str = ""

    def carry_out(self, lab: Lab, principal: Principal) -> Mapping[str, Target]:
        """`prompts.label` with the proof of every check that the label requires, or the reason in its place.
        Raises BadInput, and Unproven where neither is there."""
        return prompts.label(lab.folder / "prompts", *self._asked(lab, principal))

    def edit(self, lab: Lab, principal: Principal) -> Edit:
        """What that would write, and its errors; nothing is written."""
        return prompts.labelling(lab.folder / "prompts", *self._asked(lab, principal))

    def _asked(self, lab: Lab, principal: Principal) -> tuple[Any, ...]:
        found = proofs(lab, principal, self.name, self.label, self.target, self.override)
        return self.name, self.label, self.target, self.was, found


def proofs(
    lab: Lab, principal: Principal, name: str, label: str, target: Target | None, override: str
) -> Proofs:
    """By version and check. `override`: the reason, where a proof is lacking. Raises Unproven."""
    reason = " ".join(override.split())
    if len(reason) > REASON:
        raise BadInput(f"The reason has {len(reason):,} characters; {REASON} are the most.")
    found: dict[int, dict[str, Proof]] = {}
    for each in standings(lab, principal, name, label, target) if target is not None else ():
        proof = each.proof
        if proof is None and not reason:
            raise Unproven(f"{label} of {name} requires a PASS of {each.check}. {each.lack}")
        if proof is None:
            proof = Proof(override=reason, by=principal.user, date=today().isoformat())
        found.setdefault(each.version, {})[each.check] = proof
    return found


def _standing(lab: Lab, principal: Principal, name: str, version: int, check: str) -> Standing:
    try:
        dataset = load(lab.folder / "datasets" / f"{check}.yaml")
    except BadInput as error:
        return Standing(version, check, lack=f"That dataset cannot be read: {error}")
    ref = f"{name}@{version}"
    found = _newest(lab, principal, dataset, ref)
    again = f"Check it: lab check {check} -p {ref}"
    if found is None:
        return Standing(version, check, lack=f"{ref} has no run of it as it is now. {again}")
    run, states = found
    if worse := sorted(states - {"passed"}):
        return Standing(version, check, lack=f"{ref} is '{worse[0]}' in run {run['id']}. {again}")
    if run["source"] == "simulated":
        made_up = f"{ref} passed it with simulated answers, which prove nothing (run {run['id']})."
        return Standing(version, check, lack=f"{made_up} {again}")
    return Standing(version, check, Proof(run=run["id"]))


def _newest(
    lab: Lab, principal: Principal, dataset: Dataset, ref: str
) -> tuple[dict[str, Any], set[str]] | None:
    """The newest run of all cases of a dataset, as it is now, that a version as it is now was part of, and
    what came of it there on each model."""
    folder = lab.folder / "prompts"
    prompt = prompts.load(folder, ref)
    fewshot = prompts.fewshot(folder, prompt.examples.set) if prompt.examples else None
    for run in store.runs_that_name(lab.store.read, principal, dataset.name, prompt.hash):
        settings, states = run["settings"], set()
        if settings.get("selection") or "until" in settings:
            continue
        for score in (run["summary"] or {}).get("scores", ()):
            asked = Variant(prompt, fewshot, parts(score["variant"]).model)
            same = asked.name == score["variant"] and not differing(settings, content(dataset, [asked]))
            states |= {score["verdict"]} if same else set()
        if states:
            return run, states
    return None
