"""A dataset of so many cases whose versions answer by coins: a check of it costs a tenth of a second."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
from pathlib import Path

from lab import evals
from lab.engine import Lab, build
from lab.evals import Order, Plan, Verdict
from lab.store import Store
from lab.types import Event, Request
from tests.engine.kit import ME, PLAIN, answer, caller, lab_of

Coin = Callable[[str, int, int], bool]
"""Whether an answer is right, by its case, version and repeat."""


def laboratory(folder: Path, cases: int, more: str = "", **settings: object) -> Lab:
    """A lab with the versions 1 to 3 of the prompt `p`, and the dataset `coins`."""
    for version in (1, 2, 3):
        file = folder / "prompts" / "p" / f"v{version}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"system: '{version}'\nuser: '{{{{input}}}}'\nmodel: {PLAIN}\nmax_tokens: 100\n")
    (folder / "datasets").mkdir()
    rows = "".join(f"  - {{id: c{at}, input: c{at}, family: f{at // 5}}}\n" for at in range(cases))
    written = f"prompt: p\ngraders: [equals: 'yes']\n{more}cases:\n{rows}"
    (folder / "datasets" / "coins.yaml").write_text(written)
    return replace(lab_of(Store(folder / "lab.db"), **settings), folder=folder)


def tossed(share: float, seed: str = "") -> Callable[[str, int, int], bool]:
    """Each answer is right with this probability, on its own."""
    return lambda case, version, repeat: random.Random(f"{seed} {case} {version} {repeat}").random() < share


def answering(coin: Coin, calls: list[Request] | None = None) -> Callable[..., AsyncGenerator[Event, None]]:
    """A Caller."""

    def call(request: Request) -> AsyncGenerator[Event, None]:
        if calls is not None:
            calls.append(request)
        right = coin(request.origin.case, int(str(request.system)), request.origin.repeat)
        return caller(*answer("yes" if right else "no"))(request)

    return call


def planned(lab: Lab, version: int, **about: object) -> tuple[Plan, Order]:
    order = Order(("coins",), (f"p@{version}",), **about)
    [plan] = evals.plans(lab, ME, evals.chosen(lab, ME, order).datasets, order)
    return plan, order


def checked(lab: Lab, coin: Coin, version: int, **about: object) -> tuple[str, Verdict]:
    """A run, and its verdict."""
    plan, _ = planned(lab, version, **about)
    verdict = asyncio.run(evals.check(lab, build(lab, answering(coin)), plan, 8, False, lambda result: None))
    lab.store.flush()
    return plan.run, verdict
