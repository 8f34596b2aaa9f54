"""What a check is held against: a baseline that was kept beside its dataset, another run, another version."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from lab import prompts, store
from lab.engine import Lab, today
from lab.errors import BadInput, LabError
from lab.evals import baseline as baselines
from lab.evals.baseline import RENEW, Baseline
from lab.evals.dataset import Dataset
from lab.evals.selection import LAST
from lab.evals.sides import sides
from lab.evals.variant import parts
from lab.models import retiring
from lab.types import Principal, digest

NONE = "none"
"""What is asked for where nothing is to be held against anything."""


@dataclass(frozen=True)
class Against:
    """What the variants of a run are held against: a `baseline` that was kept, another `run`, or the variants
    of one `prompt` in the same run. `source`: who answered there, None where that is still to come. `about`
    is what has to be known of it."""

    baseline: Baseline | None = None
    run: str | None = None
    prompt: str | None = None
    source: str | None = None
    about: tuple[str, ...] = ()

    @property
    def named(self) -> str | None:
        """What it was asked for by; None: it was the dataset's own baseline."""
        return self.run or self.prompt


def against(lab: Lab, principal: Principal, dataset: Dataset, wanted: str | None) -> Against | None:
    """What somebody wants to hold a check against: a run, `last`, a prompt such as `support@3`, `none`; else
    the dataset's own baseline, where it has one. Raises BadInput for what is not there, and LabError for a
    baseline of other cases or graders."""
    if wanted == NONE:
        return None
    if wanted is None:
        found = baselines.read(baselines.path(dataset.file))
        return (
            None
            if found is None
            else Against(baseline=found, source=found.source, about=_about(lab, dataset, found))
        )
    id = store.last_run(lab.store.read, principal, dataset.name) if wanted == LAST else wanted
    if id is None:
        raise BadInput(f"There is no run of {dataset.name} yet to be the baseline.")
    if run := _run(lab, principal, id):
        if "until" in run["settings"]:
            raise BadInput(
                f"Run {id} stopped once it was decided, so that it is no baseline: that is of all cases. "
                "Name another run, or a prompt."
            )
        return Against(run=id, source=run["source"])
    if "@" in wanted or (lab.folder / "prompts" / wanted).is_dir():
        prompt = prompts.load(lab.folder / "prompts", wanted)
        return Against(prompt=f"{prompt.name}@{prompt.version}")
    raise BadInput(f"'{wanted}' is neither a run nor a prompt. `lab runs` and `lab prompts` list them.")


def same_source(lab: Lab, held: Against, models: Sequence[str]) -> None:
    """Raises LabError where answers that are made up would be held against real ones, or these against
    such."""
    made_up = any("simulated" in (endpoint.source, endpoint.name) for endpoint in map(lab.endpoint, models))
    if held.source and (held.source == "simulated") != made_up:
        whose = ("simulated", "real") if held.source == "simulated" else ("real", "simulated")
        raise LabError(
            f"The baseline's answers are {whose[0]}, those of this check would be {whose[1]}: they cannot be "
            f"compared. {RENEW.replace('DATASET', 'its name')}, or leave it out with --baseline none."
        )


def fit(dataset: Dataset, variants: Sequence[str], until: bool) -> None:
    """Raises BadInput where a run of this could not be a baseline: it is one variant's, of all cases, and not
    one that stops once it is decided."""
    if len(variants) != 1:
        raise BadInput(f"A baseline is one variant's, not of {len(variants)}: choose it with -p and -m.")
    if dataset.selection:
        raise BadInput("A baseline is of all cases: leave the choice of cases out.")
    if until:
        raise BadInput("A baseline is of all cases: a check that stops once it is decided makes none.")


def save(lab: Lab, principal: Principal, id: str, dataset: Dataset) -> Path:
    """Keep a run beside its dataset, as what later ones are held against. Gives the file. Raises BadInput
    where it is not of one variant and all cases as they are now, or came to no verdict."""
    run = store.run_head(lab.store.read, principal, id)
    settings = run["settings"]
    fit(replace(dataset, selection=settings.get("selection")), settings["variants"], "until" in settings)
    if run["state"] not in ("passed", "failed", "inconclusive"):
        raise BadInput(f"Run {id} is '{run['state']}': it came to no verdict that could be a baseline.")
    if settings["dataset_hash"] != dataset.hash:
        raise BadInput(f"Run {id} is of other cases or graders than {dataset.file} has now. Check it again.")
    [(name, arm)] = sides(lab.store.read, principal, run, dataset.gate).items()
    prompt, fewshot = settings["prompts"][name]
    kept = Baseline(
        arm,
        name,
        parts(name).model,
        prompt,
        fewshot,
        _catalogue(lab, parts(name).model),
        settings["repeats"],
        run["source"],
        id,
        date.fromisoformat(run["started_at"][:10]),
    )
    file = baselines.path(dataset.file)
    baselines.written(file, kept)
    return file


def _about(lab: Lab, dataset: Dataset, found: Baseline) -> tuple[str, ...]:
    """What has to be known of a baseline. Raises LabError where it does not fit the dataset."""
    file = baselines.path(dataset.file)
    if found.arm.dataset != dataset.hash:
        anew = RENEW.replace("DATASET", dataset.name)
        raise LabError(f"{file} is of other cases or graders than {dataset.file} has now. {anew}")
    said = []
    if (age := found.age(today())) > baselines.OLD:
        said.append(f"The baseline is {age:,} days old.")
    try:
        model = lab.model(found.model)
    except BadInput:
        return (*said, f"The catalogue no longer has the baseline's model, {found.model}.")
    if leaving := retiring(model, today()):
        said.append(f"Of the baseline's model: {leaving}")
    if _catalogue(lab, found.model) != found.catalogue:
        said.append(f"What the catalogue says of {found.model} has changed since the baseline.")
    return tuple(said)


def _catalogue(lab: Lab, model: str) -> str:
    return digest(repr(lab.model(model))).hex()[:16]


def _run(lab: Lab, principal: Principal, id: str) -> dict[str, Any] | None:
    try:
        return store.run_head(lab.store.read, principal, id)
    except BadInput:
        return None
