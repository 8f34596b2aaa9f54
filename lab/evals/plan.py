"""What a check will ask: every case, of every variant, as often as the dataset says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lab import cost, engine, prompts
from lab.engine import Lab
from lab.errors import BadInput
from lab.evals import conversation
from lab.evals.cases import Case
from lab.evals.dataset import Dataset
from lab.prompts import FewShot, Prompt
from lab.types import Origin, Picodollars, Principal, Request

BYTES_OF_A_TOKEN = 4
"""Of English text, about: what an answer that does not exist yet is taken to be."""


@dataclass(frozen=True)
class Variant:
    """One version of a prompt on one model: a column of the report."""

    prompt: Prompt
    fewshot: FewShot | None
    model: str

    @property
    def name(self) -> str:
        return f"{self.prompt.name}@{self.prompt.version} · {self.model}"


@dataclass(frozen=True)
class Trial:
    """One answer to ask for. `repeat` counts from 1."""

    case: Case
    variant: Variant
    repeat: int


@dataclass(frozen=True)
class Plan:
    """A dataset, the variants it is put to, and the run that they make up. `budget`: its name, which may be
    shared with other runs, and the most that all of them may cost."""

    run: str
    dataset: Dataset
    variants: tuple[Variant, ...]
    principal: Principal
    budget: tuple[str, Picodollars] | None = None

    def trials(self) -> Iterator[Trial]:
        """All of them, variant after variant, so that a run that is cut has seen them alike."""
        for repeat in range(1, self.dataset.repeats + 1):
            for case in self.dataset.cases:
                for variant in self.variants:
                    yield Trial(case, variant, repeat)

    def __len__(self) -> int:
        return len(self.dataset.cases) * len(self.variants) * self.dataset.repeats

    def request(self, lab: Lab, trial: Trial) -> Request:
        """The call of a trial; the first, where its case asks for several answers. Raises BadInput naming the
        case."""
        case, variant = trial.case, trial.variant
        origin = Origin(
            source="check",
            user=self.principal.user,
            prompt=variant.prompt.name,
            version=variant.prompt.version,
            run=self.run,
            case=case.id,
            variant=variant.name,
            repeat=trial.repeat,
        )
        try:
            words = conversation.opening(case)
            filled = prompts.build(variant.prompt, variant.fewshot, words, case.values, case.context)
            return engine.request(lab, conversation.begun(filled, case), origin, variant.model)
        except BadInput as error:
            raise BadInput(f"{self.dataset.file}, case '{case.id}' for {variant.name}: {error}") from None

    def check(self, lab: Lab) -> None:
        """Build every request once, so that what is asked wrongly is said before anything is spent."""
        for _ in self._requests(lab):
            pass

    def most(self, lab: Lab) -> Picodollars | None:
        """The most that all of it can cost, as the ledger reserves it; None where a price is unknown."""
        today = engine.today()
        worst = [cost.worst_case(each, lab.model(each.model), today) for each in self._requests(lab)]
        return None if None in worst else sum(worst) * self.dataset.repeats

    def _requests(self, lab: Lab) -> Iterator[Request]:
        """Of every case and variant, once; answers in between are taken to be as long as they can be."""
        for case in self.dataset.cases:
            for variant in self.variants:
                yield (request := self.request(lab, Trial(case, variant, 1)))
                for said in conversation.further(case):
                    stand_in = [{"type": "text", "text": "x" * request.max_tokens * BYTES_OF_A_TOKEN}]
                    yield (request := engine.followed(request, request, stand_in, said))


def variants(
    lab: Lab, folder: Path, dataset: Dataset, refs: Sequence[str], models: Sequence[str]
) -> tuple[Variant, ...]:
    """Every prompt on every model: those named, else the dataset's, else the prompt's own, else the lab's.

    `folder` holds the prompts. Raises BadInput.
    """
    found: dict[str, Variant] = {}
    for ref in refs or dataset.prompts:
        prompt = prompts.load(folder, ref)
        fewshot = prompts.fewshot(folder, prompt.examples.set) if prompt.examples else None
        for model in models or dataset.models or (prompt.model or lab.settings.model,):
            variant = Variant(prompt, fewshot, lab.model(model).id)
            found[variant.name] = variant
    return tuple(found.values())
