"""What a check will ask: every case, of every variant, as often as the dataset says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from lab import engine, prompts
from lab.engine import Lab
from lab.errors import BadInput
from lab.evals import conversation
from lab.evals.against import Against
from lab.evals.cases import Case
from lab.evals.dataset import Dataset
from lab.evals.judgement import judgements
from lab.evals.load import BYTES_OF_A_TOKEN, Load, loads
from lab.evals.variant import Variant, varied
from lab.graders import Sample, asks
from lab.store import TrialKey
from lab.types import Origin, Picodollars, Principal, Request


@dataclass(frozen=True)
class Trial:
    """One answer to ask for. `repeat` counts from 1."""

    case: Case
    variant: Variant
    repeat: int


@dataclass(frozen=True)
class Saved:
    """Answers that are there: those of a run, each trial's by its call. `judges`: whether these are asked."""

    run: str
    calls: Mapping[TrialKey, str]
    judges: bool


@dataclass(frozen=True)
class Earlier:
    """What an interrupted run has already: its `run` as `store.run_head` gives it, its `results` as
    `store.results` does, and for trials without one the calls that were made and are not made again, in the
    order of their turns, and those of their judges. The results of the trials in `again` go: these are asked
    once more. `out`: those, and judges, whose call is in a batch."""

    run: Mapping[str, Any]
    results: Sequence[Mapping[str, Any]]
    unsaved: Mapping[TrialKey, Sequence[str]]
    again: frozenset[TrialKey]
    out: frozenset[TrialKey] = frozenset()


@dataclass(frozen=True)
class Plan:
    """A dataset, the variants it is put to, and the run that they make up. `budget`: its name, which may be
    shared with other runs, and the most that all of them may cost (None: as much as it takes, where a budget
    held them before). `saved`: the answers that are graded,
    where none is asked for. `reuse`: answers that the log has to the same requests are taken from there.
    `weighed`: what it will ask, where it was added up already. `against`: what the gate holds it against.
    `until`: it goes on until that is decided, with its cases in the order that this seed draws."""

    run: str
    dataset: Dataset
    variants: tuple[Variant, ...]
    principal: Principal
    budget: tuple[str, Picodollars | None] | None = None
    saved: Saved | None = None
    reuse: bool = False
    earlier: Earlier | None = None
    weighed: tuple[Load, ...] | None = None
    against: Against | None = None
    until: int | None = None

    def trials(self) -> Iterator[Trial]:
        """All that have no result yet, variant after variant, so that a run that is cut has seen them
        alike."""
        done = {key_of(result) for result in self.earlier.results} if self.earlier else set()
        for repeat in range(1, self.dataset.repeats + 1):
            for case in self.dataset.cases:
                for variant in self.variants:
                    if (case.id, variant.name, repeat) not in done:
                        yield Trial(case, variant, repeat)

    def __len__(self) -> int:
        trials = len(self.dataset.cases) * len(self.variants) * self.dataset.repeats
        return trials - (len(self.earlier.results) if self.earlier else 0)

    def request(self, lab: Lab, trial: Trial) -> Request:
        """The call of a trial; the first, where its case asks for several answers. Raises BadInput naming the
        case."""
        case, variant = trial.case, trial.variant
        try:
            words = conversation.opening(case)
            filled = prompts.build(variant.prompt, variant.fewshot, words, case.values, case.context)
            origin = self.origin(trial, "check", trial.repeat)
            return engine.request(lab, conversation.begun(filled, case), origin, variant.model)
        except BadInput as error:
            raise BadInput(f"{self.dataset.file}, case '{case.id}' for {variant.name}: {error}") from None

    def origin(self, trial: Trial, source: Literal["check", "judge"], repeat: int) -> Origin:
        """Why the calls of a trial are made: for its answer, or to judge that."""
        return Origin(
            source=source,
            user=self.principal.user,
            prompt=trial.variant.prompt.name,
            version=trial.variant.prompt.version,
            run=self.run,
            case=trial.case.id,
            variant=trial.variant.name,
            repeat=repeat,
        )

    def judgements(self, lab: Lab, trial: Trial) -> Iterator[Request]:
        """What the graders of a trial will ask of models, as far as it is known before there is an answer."""
        case = trial.case
        if (self.saved and not self.saved.judges) or not any(asks(each.grader) for each in case.graders):
            return iter(())
        given = Sample("", columns=case.columns, question=conversation.words(case), context=case.context)
        return judgements(lab, self, trial, given)

    def loads(self, lab: Lab) -> tuple[Load, ...]:
        """What all of it will ask, added up once. Raises BadInput for what is asked wrongly."""
        return self.weighed if self.weighed is not None else loads(lab, self)

    def models(self, lab: Lab) -> set[str]:
        """Who is asked, judges too."""
        return {load.model for load in self.loads(lab)}

    def judged(self, lab: Lab) -> int:
        """How many calls judges are asked for at most."""
        return sum(load.calls for load in self.loads(lab) if load.judge)

    def most(self, lab: Lab) -> Picodollars | None:
        """The most that all of it can cost, as the ledger reserves it, with what judges are asked; None where
        a price is unknown, 0 where all is replayed."""
        if all(lab.endpoint(model).source == "replay" for model in self.models(lab)):
            return 0
        worst = [load.most for load in self.loads(lab)]
        return None if None in worst else sum(worst)

    def once(self) -> Iterator[Trial]:
        """Every case and variant, once."""
        for case in self.dataset.cases:
            for variant in self.variants:
                yield Trial(case, variant, 1)

    def requests(self, lab: Lab, trial: Trial) -> Iterator[Request]:
        """All of a trial; answers in between are taken to be as long as they can be."""
        yield (request := self.request(lab, trial))
        for said in conversation.further(trial.case):
            stand_in = [{"type": "text", "text": "x" * request.max_tokens * BYTES_OF_A_TOKEN}]
            yield (request := engine.followed(request, request, stand_in, said))


def key_of(result: Mapping[str, Any]) -> TrialKey:
    """Which trial a result is of, as `store.results` gives it."""
    return result["case_id"], result["variant"], result["repeat"]


def variants(
    lab: Lab, folder: Path, dataset: Dataset, refs: Sequence[str], models: Sequence[str]
) -> tuple[Variant, ...]:
    """Every prompt on every model: those named, else the dataset's, else the prompt's own, else the lab's.

    `folder` holds the prompts. Raises BadInput.
    """
    found: dict[str, Variant] = {}
    for ref in refs or dataset.prompts:
        prompt = prompts.load(folder, ref)
        for model in models or dataset.models or (prompt.model or lab.settings.model,):
            each = varied(lab, folder, ref, model)
            found[each.name] = each
    return tuple(found.values())
