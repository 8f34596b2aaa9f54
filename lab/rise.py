"""Why costs differ between two times: how much of the difference each factor accounts for, exactly.

What calls cost is, for each model and each part of the bill, a product: turns x the model's share of them x
tokens a turn x the part's share of those x the price of one. The difference of two products is shared out by
their Shapley value: the average over all orders in which the factors could have changed one after another, so
that no order is preferred and nothing is left over (Albrecht, François and Schoors, "A Shapley decomposition
of carbon emissions without residuals", Energy Policy 30, 2002).
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import factorial, floor, lcm, prod
from operator import mul
from typing import TypeVar

from lab.types import Picodollars

FACTORS = ("turns", "mix", "prompt", "answer", "thinking", "searches", "cache", "price", "cut", "other")
"""What costs depend on, in the order in which it is shown: how many turns; which models took them; tokens of
the prompt, of the answer and of thinking, and web searches, a turn; how the prompt's tokens divide into new
ones and those written to and read from the cache; what one of them cost; calls that were cut off; what is not
told apart, a turn."""
PROMPT = ("input", "cache_write", "cache_read")
"""The parts of a bill that a prompt's tokens divide into."""
TERMS = (*PROMPT, "output", "web_search")

Key = TypeVar("Key", bound=Hashable)
Ends = tuple[Fraction, Fraction]
"""A factor before and after."""


@dataclass(frozen=True, slots=True)
class Used:
    """What turns of one model used, and what that cost, by `TERMS` (a missing one is 0).

    Of `counts`, `thinking` is counted in `output` already. `rest` is what turns cost that cannot be told
    apart by terms, and nothing is counted of those. Calls that were cut off are no turns: so many `cuts`
    cost `cut` at the least.
    """

    turns: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)
    costs: Mapping[str, Picodollars] = field(default_factory=dict)
    rest: Picodollars = 0
    cuts: int = 0
    cut: Picodollars = 0

    def count(self, *terms: str) -> int:
        """Tokens, or searches, of these terms together."""
        return sum(self.counts.get(term, 0) for term in terms)

    @property
    def cost(self) -> Picodollars:
        """All of it."""
        return sum(self.costs.values()) + self.cut + self.rest


Usages = Mapping[str, Used]
"""By model."""


def rise(before: Usages, after: Usages) -> dict[tuple[str, str], Picodollars]:
    """How much more was spent after than before, by model and one of `FACTORS`; less is negative.

    They add up to exactly the difference. A model that is new or gone counts as `mix`: what it uses a turn,
    and its prices, are taken to have been the same when nobody asked it. What was cut off stands for itself:
    its own difference is its share. Rounding: see `_whole`.
    """
    turns = _ends(*(sum(one.turns for one in each.values()) for each in (before, after)))
    exact: dict[tuple[str, str], Fraction] = {}
    for model in sorted({*before, *after}):
        one, other = before.get(model, Used()), after.get(model, Used())
        mix = _ratios((one.turns, turns[0]), (other.turns, turns[1]))
        for factors in _products(one, other):
            whole = {"turns": turns, "mix": mix, **factors}
            for name, share in zip(whole, _shared([*whole.values()]), strict=True):
                exact[model, name] = exact.get((model, name), Fraction()) + share
        exact[model, "cut"] = Fraction(other.cut - one.cut)
        if not _counted(one, other):
            exact[model, "other"] = Fraction(_untold(other) - _untold(one))
    return _whole(exact)


def by_factor(cells: Mapping[tuple[str, str], Picodollars]) -> dict[str, Picodollars]:
    """What `rise` gives, of all models together: every one of `FACTORS` in its order."""
    found = dict.fromkeys(FACTORS, 0)
    for (_, factor), amount in cells.items():
        found[factor] += amount
    return found


def _products(one: Used, other: Used) -> list[dict[str, Ends]]:
    """What each part of a model's bill is the product of, beside the turns and its share of them."""
    both = (one, other)

    def ratio(over: Sequence[int], under: Sequence[int]) -> Ends:
        return _ratios(*zip(over, under, strict=True))

    def of(*terms: str) -> list[int]:
        return [each.count(*terms) for each in both]

    def price(term: str) -> Ends:
        return ratio([each.costs.get(term, 0) for each in both], of(term))

    turns, prompt, thinking = [each.turns for each in both], of(*PROMPT), of("thinking")
    said = [whole - part for whole, part in zip(of("output"), thinking, strict=True)]
    a_turn = ratio(prompt, turns)
    untold = [{"other": ratio([_untold(each) for each in both], turns)}] if _counted(one, other) else []
    return [
        *untold,
        *({"prompt": a_turn, "cache": ratio(of(term), prompt), "price": price(term)} for term in PROMPT),
        {"answer": ratio(said, turns), "price": price("output")},
        {"thinking": ratio(thinking, turns), "price": price("output")},
        {"searches": ratio(of("web_search"), turns), "price": price("web_search")},
    ]


def _counted(*both: Used) -> bool:
    """Whether what was spent on nothing that was counted was spent on turns."""
    return all(each.turns or not _untold(each) for each in both)


def _untold(used: Used) -> Picodollars:
    """What was spent on nothing that was counted."""
    counted = [term for term in TERMS if used.turns and used.count(term)]
    return used.cost - used.cut - sum(used.costs.get(term, 0) for term in counted)


def _ratios(before: tuple[int | Fraction, ...], after: tuple[int | Fraction, ...]) -> Ends:
    """Two quotients; where one is of nothing, it is taken to be the other."""
    found = [Fraction(over) / under if under else None for over, under in (before, after)]
    known = next((each for each in found if each is not None), Fraction())
    one, other = (known if each is None else each for each in found)
    return one, other


def _ends(before: int, after: int) -> Ends:
    return Fraction(before), Fraction(after)


def _shared(factors: Sequence[Ends]) -> list[Fraction]:
    """Each factor's part of the difference between the product after and before: its change, times the
    average of what the others come to with none, one, … all of them changed. Reckoned in whole numbers."""
    units = [lcm(old.denominator, new.denominator) for old, new in factors]
    ends = [(int(old * unit), int(new * unit)) for (old, new), unit in zip(factors, units, strict=True)]
    many, found = len(factors), []
    for number, (before, after) in enumerate(ends):
        changed = [1]  # the sum of all products of the others of which so many are changed
        for old, new in (*ends[:number], *ends[number + 1 :]):
            kept, moved = [*(each * old for each in changed), 0], [0, *(each * new for each in changed)]
            changed = [one + other for one, other in zip(kept, moved, strict=True)]
        orders = [factorial(count) * factorial(many - 1 - count) for count in range(many)]
        whole = (after - before) * sum(map(mul, orders, changed))
        found.append(Fraction(whole, factorial(many) * prod(units)))
    return found


def _whole(exact: Mapping[Key, Fraction]) -> dict[Key, Picodollars]:
    """Whole picodollars with the same sum: all rounded down, and the few that are missing then, one each, to
    those that lost most by it; among equals to the first."""
    found = {key: floor(each) for key, each in exact.items()}
    missing = int(sum(exact.values())) - sum(found.values())
    lost = sorted(exact, key=lambda key: found[key] - exact[key])
    return {key: each + (key in lost[:missing]) for key, each in found.items()}
