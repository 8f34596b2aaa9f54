"""Checks being made for the command line: their progress, and what Ctrl-C does to them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from lab import evals
from lab.cli._out import note
from lab.cli._progress import Progress
from lab.engine import Lab, opened
from lab.errors import BudgetSpent, LabError, Paused
from lab.evals import Left, Order, Plan, Pressure, Verdict, Way
from lab.providers import Providers
from lab.types import Caller


class Work:
    """The plans of an order, made one after the other, or all at once where they go through batches; `waits`:
    until these have come back."""

    def __init__(self, lab: Lab, plans: Sequence[Plan], order: Order, waits: bool = True) -> None:
        self._lab, self._plans, self._order, self._waits = lab, plans, order, waits
        self._pressure, self._progress = Pressure(), None

    async def done(self, providers: Providers) -> list[Verdict | None] | None:
        """Their verdicts, None of those that are left in a batch; None when a signal, or a reader who left,
        ended that."""
        try:
            async with opened(self._lab, providers) as call:
                if self._order.batch:
                    return await self._batched(call, providers)
                return await self.made(call)
        except asyncio.CancelledError:
            return None

    async def made(self, call: Caller) -> list[Verdict] | None:
        """The same, by a caller that is there."""
        verdicts = []
        for plan in self._plans:
            if self.eased:
                return None
            verdicts.append(await self._one(call, plan))
        return verdicts

    @property
    def eased(self) -> bool:
        """Whether nothing new is to begin."""
        return self._pressure.eased

    async def _batched(self, call: Caller, providers: Providers) -> list[Verdict | None]:
        ways = [evals.Way(providers, self._waits) for _ in self._plans]
        ends = await asyncio.gather(*map(partial(self._one, call), self._plans, ways), return_exceptions=True)
        for left in (each for each in ends if type(each) is Left):
            note(str(left))
        for error in (each for each in ends if isinstance(each, BaseException) and type(each) is not Left):
            raise error
        return [None if type(each) is Left else each for each in ends]

    async def _one(self, call: Caller, plan: Plan, way: Way | None = None) -> Verdict:
        self._pressure = pressure = Pressure()
        with Progress(self._lab, plan, self._pressure) as self._progress:
            took = self._progress.take
            way = replace(way, tell=self._progress.tell, look=partial(took, None)) if way else None
            try:
                return await evals.fulfil(
                    self._lab, call, plan, self._order, took, pressure=pressure, way=way
                )
            except (BudgetSpent, Paused) as error:
                more = " --max-cost DOLLARS, of all of it" * isinstance(error, BudgetSpent)
                error.add_note(
                    f"What was answered is kept: lab runs show {plan.run}. To go on: lab check --resume "
                    f"{plan.run}{more}."
                )
                raise
            except LabError as error:
                if way and type(error) is not Left:
                    error.add_note(f"To go on: lab check --resume {plan.run}.")
                raise
            finally:
                _recorded(self._lab, plan)

    def ease(self) -> bool:
        """The first Ctrl-C: nothing new, but what was sent comes to its end. Whether there is anything."""
        going = self._pressure.ease()
        if going and self._progress:
            calls, them = ("1 call", "it") if going == 1 else (f"{going} calls", "them")
            self._progress.tell(f"Finishing {calls} under way; Ctrl-C again stops {them} too.")
        return going > 0


def _recorded(lab: Lab, plan: Plan) -> None:
    tape = lab.tapes.get(plan.run)
    if tape and tape.saved:
        note(tape.saved)
