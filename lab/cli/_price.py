"""What checks will cost, said before they are made, and asked where it is much."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import click

from lab import evals
from lab.cli._opened import principal
from lab.cli._out import note, say
from lab.cli._signals import run
from lab.cost import DOLLAR
from lab.engine import Lab
from lab.errors import BadInput
from lab.evals import Plan, Price
from lab.providers import Providers
from lab.types import Request


@dataclass(frozen=True)
class Asking:
    """`only`: the price is all that is wanted. `yes`: nothing is asked."""

    only: bool = False
    yes: bool = False


def agreed(lab: Lab, plans: Sequence[Plan], asking: Asking) -> bool:
    """Whether the plans are to be made. Asks where they will probably cost more than `confirm_above`.

    Raises BadInput where that is so and nobody can answer.
    """
    if asking.only:
        for sentence in _price(lab, plans).sentences:
            say(sentence)
        return False
    limit = lab.settings.confirm_above
    if asking.yes or not _may_exceed(lab, plans, limit):
        return True
    found = _price(lab, plans)
    price = found.price
    if not price.above(limit):
        return True
    if not sys.stdin.isatty():
        raise BadInput(
            f"{price} That is more than ${limit:g} (confirm_above), so it asks first. Add --yes where nobody "
            "can answer."
        )
    for sentence in found.sentences:
        note(sentence)
    click.confirm("Go on?", abort=True, err=True)
    return True


def _may_exceed(lab: Lab, plans: Sequence[Plan], limit: float) -> bool:
    """Whether they can cost as much at all; what has no price is above no limit."""
    most = [load.most or 0 for plan in plans for load in plan.loads(lab) if _is_paid(lab, load.model)]
    return sum(most) > limit * DOLLAR


def _is_paid(lab: Lab, model: str) -> bool:
    return lab.endpoint(model).source not in ("simulated", "replay")


class _Told(NamedTuple):
    price: Price
    sights: tuple[str, ...]

    @property
    def sentences(self) -> tuple[str, ...]:
        return str(self.price), *self.sights


def _price(lab: Lab, plans: Sequence[Plan]) -> _Told:
    """By the endpoints' own counts of what goes in, where somebody is paid; and what the datasets can see."""
    who = principal(lab.settings)
    providers = Providers(lab.settings)

    async def count(request: Request) -> int | None:
        paid = _is_paid(lab, request.model)
        return await providers.of(lab.endpoint(request.model)).count(request) if paid else None

    async def priced() -> Sequence[Price]:
        try:
            return await evals.prices(lab, who, plans, count)
        finally:
            await providers.close()

    each = run(priced())
    return _Told(evals.altogether(each), evals.sight.told(lab, who, plans, each))
