"""Two periods beside each other: what is told beside the sentence."""

from __future__ import annotations

from lab.spent import Spent
from lab.why import Why, moved


def test_unknown_prices_and_estimates_are_told_beside_the_figures() -> None:
    after = {"toy": Spent(calls=3, cost=5, estimates=1, floor=2, upper=9, unpriced=1)}
    assert Why("real", {}, after).notes == [
        "Not in these figures: 1 call whose price is not known (0 before).",
        "Cut off: 1 call (0 before). They stand apart, with the least that they may have cost: no turn and "
        "no token of theirs is in another factor.",
    ]
    assert Why("real", {}, {"toy": Spent(calls=1, cost=5)}).notes == []


def test_where_it_moved_adds_up_and_the_unknown_is_not_0() -> None:
    before = {"a": Spent(calls=1, cost=10), "b": Spent(calls=1, cost=10), None: Spent(calls=1, unpriced=1)}
    after = {"a": Spent(calls=1, cost=10 * 10**12), "c": Spent(calls=2, cost=10**12, unpriced=1)}
    found = moved(before, after)
    assert sum(one.difference for one in found) == 11 * 10**12 - 20
    assert [one.name for one in found] == ["a", "c", "b", None]
    assert found[1].shown == {"before": "$0", "after": "$1.00 + 1 unknown", "change": "+$1.00 + unknown"}
    assert found[3].shown == {"before": "unknown", "after": "$0", "change": "unknown"}


def test_the_record_adds_up_exactly() -> None:
    why = Why(
        "real",
        {"toy": Spent(calls=3, cost=10, input_tokens=7, cost_input=10)},
        {"toy": Spent(calls=5, cost=23, input_tokens=11, cost_input=22, output_tokens=1, cost_output=1)},
    )
    record = why.record()
    assert sum(record["factors_picodollars"].values()) == record["difference_picodollars"] == 13
    assert sum(record["models_picodollars"]["toy"].values()) == 13
