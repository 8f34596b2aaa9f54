"""What checks will probably cost, before they are made."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from lab import cost, engine, store
from lab.batch import HOURS
from lab.cost import DOLLAR, dollars
from lab.engine import Counter, Lab, today
from lab.errors import CallError
from lab.evals.load import Load
from lab.evals.plan import Plan
from lab.types import Picodollars, Principal, Usage

GUESSED = (0.1, 0.5)
"""The share of `max_tokens` that an answer is taken to have where there were none before."""
ENOUGH = 500
"""Past answers that are looked at, the newest."""


@dataclass(frozen=True)
class Price:
    """What so many calls will cost: from `low` to `high` as far as can be told, and in no case more than
    `most`, which is what the ledger reserves. None: a price is unknown. `counted`: the endpoint counted what
    goes in, of a few requests. `guessed`: what has no answers in the log, so that their length is a guess.
    `batched`: it goes through batches. `elsewise`: from what to what it would cost the other way, all at once
    or through a batch."""

    calls: int
    low: Picodollars | None
    high: Picodollars | None
    most: Picodollars | None
    counted: bool
    guessed: tuple[str, ...]
    simulated: bool
    batched: bool = False
    elsewise: tuple[Picodollars | None, Picodollars | None] = (None, None)

    def __str__(self) -> str:
        if not self.calls:
            return "Nothing is left to be asked."
        many = "1 call" if self.calls == 1 else f"{self.calls:,} calls"
        if self.low is None or self.high is None or self.most is None:
            return f"{many}, at a price that is not known."
        likely = f"probably {_span(self.low, self.high)}, at most {dollars(self.most)}."
        if self.batched and self.saving:
            many = f"{many} through a batch"
            likely = f"{likely[:-1]}, instead of {_span(*self.elsewise)}: {self.saving} Answered within "
            likely += f"{HOURS} hours, mostly within one."
        said = [f"{many} to the simulated Claude or replayed: nobody pays. Real ones: {likely}"]
        said = said if self.simulated else [f"{many}: {likely}"]
        if self.guessed:
            share = " to ".join(f"{part:.0%}" for part in GUESSED)
            named = ", ".join(self.guessed)
            said.append(
                f"How long answers are is a guess ({share} of max_tokens): the log has none of {named}."
            )
        if not self.counted:
            said.append("What goes in is estimated by its size.")
        return " ".join(said)

    def times(self, factor: float) -> str:
        """What so many times as many calls probably cost: ` (about $4.10)`; nothing where it is not known."""
        if self.low is None or self.high is None:
            return ""
        said = dollars(round((self.low + self.high) / 2 * factor))
        return f" (about {said}, if real)" if self.simulated else f" (about {said})"

    @property
    def saving(self) -> str:
        """`it saves $1.20 to $2.40.`: what going through a batch does; nothing where that is unknown."""
        if None in (*self.elsewise, self.low, self.high):
            return ""
        mine, other = (self.low, self.high), self.elsewise
        direct, batch = (other, mine) if self.batched else (mine, other)
        return f"it saves {_span(*(high - low for high, low in zip(direct, batch, strict=True)))}."

    def above(self, limit: float) -> bool:
        """Whether it will probably cost more than so many dollars."""
        return not self.simulated and self.high is not None and self.high > limit * DOLLAR


async def prices(
    lab: Lab, principal: Principal, plans: Sequence[Plan], count: Counter | None
) -> Sequence[Price]:
    """What each of these plans will cost. Without `count`, what goes in is estimated by its size."""
    return await asyncio.gather(*(_price(lab, principal, plan, count) for plan in plans))


def altogether(each: Sequence[Price]) -> Price:
    """Several prices as one."""
    return Price(
        calls=sum(one.calls for one in each),
        low=_sum([one.low for one in each]),
        high=_sum([one.high for one in each]),
        most=_sum([one.most for one in each]),
        counted=all(one.counted for one in each),
        guessed=tuple(dict.fromkeys(name for one in each for name in one.guessed)),
        simulated=all(one.simulated for one in each),
        batched=any(one.batched for one in each),
        elsewise=tuple(_sum([one.elsewise[end] for one in each]) for end in (0, 1)),
    )


async def _price(lab: Lab, principal: Principal, plan: Plan, count: Counter | None) -> Price:
    found = [load for load in plan.loads(lab) if load.calls]
    scales = await asyncio.gather(*(_scale(load, count) for load in found))
    priced = [_priced(lab, principal, load, scale or 1.0) for load, scale in zip(found, scales, strict=True)]
    low, high, other_low, other_high = (_sum([each[at] for each in priced]) for at in range(4))
    return Price(
        calls=sum(load.calls for load in found),
        low=low,
        high=high,
        most=_sum([load.most for load in found]),
        counted=None not in scales,
        guessed=tuple(dict.fromkeys(each[4] for each in priced if each[4])),
        simulated=all(lab.endpoint(load.model).source in ("simulated", "replay") for load in found),
        batched=lab.batched,
        elsewise=(other_low, other_high),
    )


async def _scale(load: Load, count: Counter | None) -> float | None:
    """How many tokens the endpoint counts for one that is estimated; None where it does not count."""
    if count is None:
        return None
    try:
        counted = await asyncio.gather(*map(count, load.samples))
    except CallError:  # whatever it is, the first call will say it
        return None
    return None if None in counted else sum(counted) / sum(map(engine.estimate, load.samples))


def _priced(
    lab: Lab, principal: Principal, load: Load, scale: float
) -> tuple[*tuple[Picodollars | None, ...], str]:
    """What a load will cost, from one to the other, the same where it is or is not put into batches as it is
    not, and its name where its answers' length is a guess."""
    lengths = sorted(_lengths(lab, principal, load))
    if lengths:
        short, long = (lengths[int(share * (len(lengths) - 1))] for share in (0.5, 0.9))
    else:
        short, long = (round(share * load.max_tokens) for share in GUESSED)
    model, day = lab.model(load.model), today()
    sent, cached = (round(tokens * scale / load.calls) for tokens in (load.tokens, load.cached))
    least = Usage(input_tokens=sent - cached, cache_read_input_tokens=cached, output_tokens=short)
    most = Usage(input_tokens=sent, output_tokens=long)
    tiers = ("batch", None) if lab.batched else (None, "batch")
    each = (replace(usage, service_tier=tier) for tier in tiers for usage in (least, most))
    amounts = [_times(cost.settled(usage, model, day).amount, load.calls) for usage in each]
    name = f"{load.model} as a judge" if load.judge else f"{load.prompt} on {load.model}"
    return *amounts, "" if lengths else name


def _lengths(lab: Lab, principal: Principal, load: Load) -> list[int]:
    """The output tokens of answers like those that a load will have; simulated ones for simulated ones."""
    made_up = lab.endpoint(load.model).source == "simulated"
    sources = ("simulated",) if made_up else ("api", "batch")
    asked = (load.prompt, load.model, load.judge, sources, ENOUGH)
    return store.answer_lengths(lab.store.read, principal, *asked)


def _span(low: Picodollars, high: Picodollars) -> str:
    return " to ".join(dict.fromkeys(map(dollars, (low, high))))


def _times(amount: Picodollars | None, calls: int) -> Picodollars | None:
    return None if amount is None else amount * calls


def _sum(amounts: Sequence[Picodollars | None]) -> Picodollars | None:
    return None if None in amounts else sum(amounts)
