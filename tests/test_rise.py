"""Why costs differ: every factor alone by hand, all orders, and sums that are exact."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import permutations
from math import prod

import pytest

from lab import rise
from lab.rise import FACTORS, TERMS, Usages, Used, by_factor

HAIKU, OPUS = "claude-haiku-5-5", "claude-opus-5-5"
COUNTS = {"input": 100, "cache_read": 300, "output": 50, "thinking": 20, "web_search": 2}
PRICES = {"input": 10, "cache_read": 1, "output": 40, "web_search": 1000}


def used(
    turns: int = 10,
    counts: dict[str, int] | None = None,
    prices: dict[str, int] | None = None,
    rest: int = 0,
) -> Used:
    """Ten turns that used `COUNTS` together at `PRICES`, unless something else is said."""
    counts, prices = COUNTS | (counts or {}), PRICES | (prices or {})
    return Used(turns, counts, {term: counts.get(term, 0) * price for term, price in prices.items()}, rest)


BASE = {HAIKU: used()}  # 1,000 + 300 + 2,000 + 2,000 = 5,300 picodollars
TWICE = {name: 2 * count for name, count in COUNTS.items()}

ALONE = [
    pytest.param({HAIKU: used(20, TWICE)}, {"turns": 5_300}, id="twice as many turns of the same kind"),
    pytest.param({}, {"turns": -5_300}, id="no turns any more"),
    pytest.param(
        {HAIKU: used(counts={"input": 150, "cache_read": 450})},
        {"prompt": 650},
        id="half as many tokens more in every prompt, as much of it cached",
    ),
    pytest.param(
        {HAIKU: used(counts={"output": 80})}, {"answer": 1_200}, id="30 tokens more of answer at 40 each"
    ),
    pytest.param(
        {HAIKU: used(counts={"output": 80, "thinking": 50})}, {"thinking": 1_200}, id="30 more of thinking"
    ),
    pytest.param({HAIKU: used(counts={"web_search": 5})}, {"searches": 3_000}, id="three searches more"),
    pytest.param(
        {HAIKU: used(counts={"input": 200, "cache_read": 200})},
        {"cache": 900},
        id="100 tokens at 10 that were read at 1 before",
    ),
    pytest.param({HAIKU: used(prices={"output": 41, "input": 8})}, {"price": 50 - 200}, id="other prices"),
    pytest.param({HAIKU: used(rest=7)}, {"other": 7}, id="something that cannot be told apart"),
]


@pytest.mark.parametrize(("after", "expected"), ALONE)
def test_a_factor_that_changes_alone_accounts_for_all_of_it(after: Usages, expected: dict[str, int]) -> None:
    assert by_factor(rise.rise(BASE, after)) == dict.fromkeys(FACTORS, 0) | expected
    back = {name: -amount for name, amount in expected.items()}
    assert by_factor(rise.rise(after, BASE)) == dict.fromkeys(FACTORS, 0) | back


def test_turns_that_move_to_a_dearer_model_are_mix() -> None:
    """Ten turns at 10 picodollars and ten at 100 become five and fifteen: 450 more."""

    def at(haiku: int, opus: int) -> Usages:
        return {
            HAIKU: Used(haiku, {"input": haiku}, {"input": haiku * 10}),
            OPUS: Used(opus, {"input": opus}, {"input": opus * 100}),
        }

    cells = rise.rise(at(10, 10), at(5, 15))
    assert {key: amount for key, amount in cells.items() if amount} == {
        (HAIKU, "mix"): -50,
        (OPUS, "mix"): 500,
    }


def test_a_model_that_is_new_is_mix_and_so_is_one_that_is_gone() -> None:
    """Half of ten turns move to a model that costs 1,000 a turn where 530 were paid."""
    moved = {
        HAIKU: used(5, {name: count // 2 for name, count in COUNTS.items()}),
        OPUS: Used(5, {"input": 5}, {"input": 5_000}),
    }
    assert by_factor(rise.rise(BASE, moved)) == dict.fromkeys(FACTORS, 0) | {"mix": 5_000 - 2_650}
    assert by_factor(rise.rise(moved, BASE))["mix"] == 2_650 - 5_000


def test_what_cannot_be_told_apart_is_shared_among_turns_and_what_one_costs() -> None:
    """From 2 turns of 10 to 4 of 30: as below. Where no turn was counted it is all there is to say."""
    cells = rise.rise({HAIKU: Used(2, rest=20)}, {HAIKU: Used(4, rest=120)})
    assert {factor: each for (_, factor), each in cells.items() if each} == {"turns": 40, "other": 60}
    assert by_factor(rise.rise({HAIKU: Used(0, rest=20)}, {HAIKU: Used(4, rest=120)}))["other"] == 100


def test_calls_that_were_cut_off_stand_for_themselves() -> None:
    """Ten calls become twenty, of which five were cut off and cost 70 together: five turns more of the same
    kind, and the calls that were cut off have a share of their own and are in no other."""
    after = used(15, {name: 3 * count // 2 for name, count in COUNTS.items()})
    cut = Used(15, after.counts, after.costs, cuts=5, cut=70)
    expected = {"turns": 2_650, "cut": 70}
    assert by_factor(rise.rise(BASE, {HAIKU: cut})) == dict.fromkeys(FACTORS, 0) | expected


def test_two_factors_share_what_they_do_together() -> None:
    """Turns from 2 to 4 and tokens a turn from 10 to 30, at 1 each: 20 become 120. Turns first, 20 + 80;
    tokens first, 40 + 60: on average (20 + 60) / 2 = 40 and (80 + 40) / 2 = 60."""
    cells = rise.rise(
        {HAIKU: Used(2, {"input": 20}, {"input": 20})}, {HAIKU: Used(4, {"input": 120}, {"input": 120})}
    )
    assert {factor: each for (_, factor), each in cells.items() if each} == {"turns": 40, "prompt": 60}


def test_the_last_picodollar_goes_to_whom_rounding_took_most() -> None:
    thirds = {"a": Fraction(4, 3), "b": Fraction(5, 3), "c": Fraction(-1)}
    assert rise._whole(thirds) == {"a": 1, "b": 2, "c": -1}
    halves = {"a": Fraction(1, 2), "b": Fraction(1, 2)}
    assert rise._whole(halves) == {"a": 1, "b": 0}


def random_history(dice: random.Random) -> Usages:
    """Some models, some of them not asked at all; terms that nothing was counted for, and free ones."""

    def one() -> Used:
        turns = dice.choice((0, 1, 7, dice.randrange(1, 10**6)))
        counts = {term: dice.choice((0, dice.randrange(10**9))) for term in TERMS}
        counts["thinking"] = dice.randrange(counts["output"] + 1)
        costs = {term: dice.choice((0, dice.randrange(10**15))) for term in TERMS}
        rest, cut = (dice.choice((0, dice.randrange(10**12))) for _ in range(2))
        return Used(turns, counts, costs, rest, dice.randrange(99), cut)

    return {model: one() for model in ("a", "b", "c") if dice.random() < 0.7}


def test_of_1_000_random_histories_every_one_adds_up_to_the_difference() -> None:
    dice = random.Random(8)
    for _ in range(1_000):
        before, after = random_history(dice), random_history(dice)
        difference = sum(one.cost for one in after.values()) - sum(one.cost for one in before.values())
        cells = rise.rise(before, after)
        assert sum(cells.values()) == difference == sum(by_factor(cells).values())


def test_shares_are_the_average_over_every_order_of_change() -> None:
    dice = random.Random(5)
    factors = [(Fraction(dice.randrange(-9, 9)), Fraction(dice.randrange(9))) for _ in range(5)]
    total = [Fraction()] * 5
    orders = list(permutations(range(5)))
    for order in orders:
        now = [before for before, _ in factors]
        for number in order:
            was = prod(now)
            now[number] = factors[number][1]
            total[number] += prod(now) - was
    assert rise._shared(factors) == [each / len(orders) for each in total]
