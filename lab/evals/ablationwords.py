"""What an ablation comes to, in words."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from lab.cost import DOLLAR, dollars
from lab.evals.ablation import Ablation, Ordering, Shown
from lab.evals.tradewords import points, within


def effect(of: Shown) -> str:
    """`helps: +6.0 points [+2.0, +10.0]`, or `no difference seen [−3.1, +4.4]; costs 83 tokens a call`."""
    if of.effect == "incomplete" or of.difference is None:
        return "cannot be told: too many cases have no verdict"
    if of.effect != "no difference":
        return f"{of.effect}: {within(of.difference)}"
    found = of.difference
    costs = f"; costs {_tokens(of)} a call" if of.tokens is not None else ""
    return f"no difference seen [{points(found.low)}, {points(found.high)}]{costs}"


def tokens(of: Shown) -> str:
    """`83`, or `about 83` of an estimate; a dash where nothing tells."""
    return "–" if of.tokens is None else f"{'' if of.counted else 'about '}{of.tokens:,}"


def price(of: Shown) -> str:
    """What its tokens cost in a thousand calls."""
    return "unknown" if of.price is None else dollars(of.price)


def order(of: Ablation) -> str:
    """What the order of the examples does."""
    rates = [each.quality.value for each in of.orders if each.quality]
    if not rates or of.whole is None:
        return "Other orders were not asked." if not of.orders else "Other orders have no verdicts."
    many = "1 other order comes" if len(rates) == 1 else f"{len(rates)} other orders come"
    span = f"to {_percent(min(rates))}"
    if max(rates) > min(rates):
        span += f" to {_percent(max(rates))}"
    differ = [each for each in of.orders if each.difference and _differs(each)]
    found = "; ".join(
        f"order {each.number} differs by more than chance: {within(each.difference)}" for each in differ
    )
    found = found or "no further apart than by chance"
    return f"Order: {many} {span}, its own to {_percent(of.whole.value)}; {found}."


def plain(of: Ablation) -> dict[str, Any]:
    """The same as JSON can hold it, with prices in dollars per 1,000 calls."""
    found = asdict(of)
    for table, each in zip(found["examples"], of.examples, strict=True):
        price = table.pop("price")
        table |= {"usd_per_1000": None if price is None else price / DOLLAR, "words": effect(each)}
    return found | {"words": order(of)}


def _differs(of: Ordering) -> bool:
    return of.difference.low > 0 or of.difference.high < 0


def _tokens(of: Shown) -> str:
    return f"{tokens(of)} token{'s' * (of.tokens != 1)}"


def _percent(share: float) -> str:
    return f"{share:.1%}"
