"""What an answer is worth: the grades of a trial."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import TypeVar

from lab.answer import Answer
from lab.evals import conversation, scoring
from lab.evals.cases import Check
from lab.evals.judging import Judging
from lab.evals.plan import Trial
from lab.graders import Grade, Sample, asks, grade, judged
from lab.store import plain_text
from lab.types import Reply, Request

T = TypeVar("T", int, float)
TEAMS_OWN = "python"
"""The grader that may take any time."""
BESIDE = ("cites", "language", "similarity")
"""Graders that can hold the loop up: by a model to be loaded first, by texts that are long."""


class Grading:
    """Grades the answers of one run. `judging` asks models for those graders that need one."""

    def __init__(self, judging: Judging) -> None:
        self._judging = judging
        self._alone = asyncio.Lock()

    async def grades(self, trial: Trial, request: Request, answer: Answer) -> tuple[Grade, ...]:
        """The grades of a complete answer, and their mean where a threshold asks for it; one that was cut is
        not the prompt's fault, and gets none.

        Raises LabError where a grader needs a model and none can be asked any more.
        """
        if answer.reply is None:
            return ()
        given, checks = sample(trial, request, answer), trial.case.graders
        own = iter(await self._own([check for check in checks if not asks(check.grader)], given))
        ask = await self._judging.ready(trial, given)
        grades = [
            await judged(check.grader, given, check.expected, ask) if asks(check.grader) else next(own)
            for check in checks
        ]
        threshold = trial.case.threshold
        return tuple(
            grades if threshold is None or not grades else [*grades, scoring.mean(grades, threshold)]
        )

    async def _own(self, checks: Sequence[Check], given: Sample) -> tuple[Grade, ...]:
        """The grades that need no model."""
        kinds = {check.grader.kind for check in checks}
        if TEAMS_OWN in kinds:
            async with self._alone:  # as its author expects, and not on the loop that others wait for
                return await asyncio.to_thread(_grades, checks, given)
        if not kinds.isdisjoint(BESIDE):
            return await asyncio.to_thread(_grades, checks, given)
        return _grades(checks, given)


def sample(trial: Trial, request: Request, answer: Answer) -> Sample:
    """What graders see of a complete answer: of its end, and of the calls of tools that led to it."""
    reply = answer.reply
    rounds = (*reply.before, reply)
    return Sample(
        text=plain_text(answer.content),
        stop_reason=reply.stop_reason,
        columns=trial.case.columns,
        content=[block for each in rounds for block in each.content],
        question=conversation.words(trial.case),
        context=trial.case.context,
        seconds=_sum(each.timing.total for each in rounds),
        first_token=rounds[0].timing.first_token,
        output_tokens=_sum(each.usage.output_tokens for each in rounds),
        cost=_sum(map(_cost, rounds)),
        refused=answer.state == "refused" or answer.refused_in_words,
        source=reply.source,
    )


def _sum(parts: Iterable[T | None]) -> T | None:
    """Unknown where one of them is."""
    each = list(parts)
    return None if None in each else sum(each)


def _cost(reply: Reply) -> int | None:
    """What it cost; of a replayed answer, which cost nothing, what it did cost when it was recorded."""
    if reply.source == "replay":
        return reply.recorded_cost
    return reply.cost.amount if reply.cost else None


def _grades(checks: Sequence[Check], given: Sample) -> tuple[Grade, ...]:
    return tuple(grade(check.grader, given, check.expected) for check in checks)
