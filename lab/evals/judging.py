"""Puts to models what a run's graders ask, each question once."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from contextlib import aclosing

from lab.answer import Answer
from lab.engine import Lab
from lab.errors import BadInput, CallError, Enclosed
from lab.evals.hopeless import Failures
from lab.evals.judgement import judgement
from lab.evals.plan import Plan, Trial
from lab.graders import Ask, Question, Sample, Unknown, questions
from lab.types import Caller, Request


class Judging:
    """Puts the questions of one run's graders."""

    def __init__(self, lab: Lab, call: Caller, plan: Plan, failures: Failures) -> None:
        self._lab, self._call, self._plan, self._failures = lab, call, plan, failures
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._said: dict[str, str | Unknown | Enclosed] = {}

    async def ready(self, trial: Trial, given: Sample) -> Ask:
        """The same as `ask`. Where calls go through a batch it first puts all questions about this answer, so
        that they go out together. Raises Enclosed, too, once they have."""
        ask, enclosed = self.ask(trial), None
        for check in trial.case.graders if self._lab.batched else ():
            for question in questions(check.grader, given, check.expected):
                try:
                    await ask(question)
                except Unknown:  # the grader will say it
                    pass
                except Enclosed as error:
                    enclosed = error
        if enclosed:
            raise enclosed
        return ask

    def ask(self, trial: Trial) -> Ask:
        """What graders ask by about the answer of a trial. A question that was put already is not put again.

        Raises LabError for what every further call would meet too.
        """

        async def asked(question: Question) -> str:
            try:
                request = judgement(self._lab, self._plan, trial, question)
            except BadInput as error:
                raise Unknown(str(error)) from None
            key = request.key()
            async with self._turns[key]:
                if key not in self._said:
                    self._said[key] = await self._answer(trial, request)
            said = self._said[key]
            if isinstance(said, (Unknown, Enclosed)):
                raise said
            return said

        return asked

    async def _answer(self, trial: Trial, request: Request) -> str | Unknown | Enclosed:
        answer, judge = Answer(), f"The judge {request.model}"
        try:
            async with aclosing(self._call(request)) as events:
                async for event in events:
                    answer.add(event)
        except Enclosed as error:
            return error
        except CallError as error:
            self._failures.judge(judge, trial.case.id, error)
            return Unknown(f"the judge {request.model} did not answer: {error}")
        except BadInput as error:  # too long a request, which does not say that others are
            return Unknown(f"the judge {request.model} was not asked: {error}")
        self._failures.answered(judge)
        if answer.state == "refused":
            return Unknown(f"the judge {request.model} declined to answer")
        if answer.reply and answer.reply.stop_reason == "max_tokens":
            return Unknown(f"the judge {request.model} was cut off at {request.max_tokens:,} tokens")
        return answer.text
