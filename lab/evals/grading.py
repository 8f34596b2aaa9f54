"""What an answer is worth: the grades of a trial."""

from __future__ import annotations

import asyncio

from lab.answer import Answer
from lab.evals import scoring
from lab.evals.plan import Trial
from lab.graders import Grade, Sample, grade
from lab.store import plain_text
from lab.types import Request

TEAMS_OWN = "python"
"""The grader that may take any time."""


class Grading:
    """Grades the answers of one run."""

    def __init__(self) -> None:
        self._alone = asyncio.Lock()

    async def grades(self, trial: Trial, request: Request, answer: Answer) -> tuple[Grade, ...]:
        """The grades of a complete answer, and their mean where a threshold asks for it; one that was cut is
        not the prompt's fault, and gets none."""
        if answer.reply is None:
            return ()
        given = sample(trial, request, answer)
        if any(check.grader.kind == TEAMS_OWN for check in trial.case.graders):
            async with self._alone:  # as its author expects, and not on the loop that others wait for
                return await asyncio.to_thread(_grades, trial, given)
        return _grades(trial, given)


def sample(trial: Trial, request: Request, answer: Answer) -> Sample:
    """What graders see of a complete answer."""
    reply = answer.reply
    return Sample(
        text=plain_text(answer.content),
        stop_reason=reply.stop_reason,
        columns=trial.case.columns,
        content=answer.content,
        question=trial.case.input,
        context=trial.case.context,
        seconds=reply.timing.total,
        first_token=reply.timing.first_token,
        output_tokens=reply.usage.output_tokens,
        cost=reply.cost.amount if reply.cost else None,
        refused=answer.state == "refused" or answer.refused_in_words,
        source=reply.source,
    )


def _grades(trial: Trial, given: Sample) -> tuple[Grade, ...]:
    grades = tuple(grade(check.grader, given, check.expected) for check in trial.case.graders)
    threshold = trial.case.threshold
    return grades if threshold is None or not grades else (*grades, scoring.mean(grades, threshold))
