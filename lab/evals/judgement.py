"""The calls that graders make: like any other, with an origin of their own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from lab import capability, cost, engine, graders
from lab.engine import Lab
from lab.errors import BadInput
from lab.graders import Question, Sample
from lab.types import Picodollars, Request, new_id

if TYPE_CHECKING:  # a plan counts what its graders will ask
    from lab.evals.plan import Plan, Trial

LONGEST = 4_000
"""Tokens of a judgement: a few sentences, and what the model thinks before."""


def judgement(lab: Lab, plan: Plan, trial: Trial, question: Question) -> Request:
    """The call that puts a question. It is the same however often the answer it is about was given, so that
    a recording has it once. Raises BadInput for what the API would refuse."""
    model = lab.model(question.model or lab.settings.model)
    form = {"format": {"type": "json_schema", "schema": question.schema}}
    found = Request(
        id=new_id(),
        model=model.id,
        messages=({"role": "user", "content": question.text},),
        max_tokens=min(LONGEST, model.max_output or LONGEST),
        origin=plan.origin(trial, "judge", 1),
        system=question.system,
        options={} if model.structured_output is False else {"output_config": form},
    )
    capability.check(model, found.max_tokens, found.options, found.messages, lab.endpoint(model.id))
    return found


def judgements(lab: Lab, plan: Plan, trial: Trial, sample: Sample) -> Iterator[Request]:
    """All calls that the graders of a trial make about such an answer. Raises BadInput naming the grader."""
    for check in trial.case.graders:
        for question in graders.questions(check.grader, sample, check.expected):
            try:
                yield judgement(lab, plan, trial, question)
            except BadInput as error:
                raise check.grader.place.error(f"{check.grader.name} cannot be asked. {error}") from None


def dearest(lab: Lab, request: Request, unseen: int = 0) -> Picodollars | None:
    """The most that a call can cost, a judge's of an answer that has so many bytes and is not in the request
    yet; None where a price is unknown."""
    model, today = lab.model(request.model), engine.today()
    return cost.worst_case(request, model, today, unseen, batched=lab.batched)
