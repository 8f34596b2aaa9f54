"""Why costs differ, in one sentence and a line for each factor."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lab import rise, risewords
from lab.cost import DOLLAR
from lab.rise import Usages, Used

HAIKU, OPUS = "claude-haiku-5-5", "claude-opus-5-5"


def paid(turns: int, model: str = HAIKU, tokens: int = 1_000, price: int = 10**9, rest: int = 0) -> Usages:
    """So many turns of so many tokens each, at $1 per thousand; and something that is not told apart."""
    count = turns * tokens
    return {model: Used(turns, {"input": count}, {"input": count * price}, rest)}


SENTENCES = [
    pytest.param(
        paid(10),
        paid(20),
        "Costs rose by $10.00 (+100%), from $10.00 to $20.00, mostly because there were more turns "
        "(+$10.00).",
        id="one reason",
    ),
    pytest.param(
        paid(20),
        paid(10),
        "Costs fell by $10.00 (−50%), from $20.00 to $10.00, mostly because there were fewer turns "
        "(−$10.00).",
        id="falling",
    ),
    pytest.param(
        paid(10, tokens=1_000),
        paid(5, tokens=4_000),
        "Costs rose by $10.00 (+100%), from $10.00 to $20.00, mostly because prompts were longer (+$22.50), "
        "although there were fewer turns (−$12.50).",
        id="two against each other: at 5 to 10 turns 7.5 x $3, at $1 to $4 a turn 5 x $2.50",
    ),
    pytest.param(
        paid(10),
        paid(20, tokens=2_000),
        "Costs rose by $30.00 (+300%), from $10.00 to $40.00, mostly because there were more turns (+$15.00) "
        "and prompts were longer (+$15.00).",
        id="two reasons that do as much",
    ),
    pytest.param(
        {},
        paid(1),
        "Costs rose by $1.00, from $0 to $1.00, mostly because there were more turns (+$1.00).",
        id="from nothing",
    ),
    pytest.param(paid(3), paid(3), "Costs did not change: $3.00 in both periods.", id="the same"),
    pytest.param(
        paid(1),
        paid(1, rest=DOLLAR),
        "Costs rose by $1.00 (+100%), from $1.00 to $2.00, mostly because more was spent on what cannot be "
        "told apart (+$1.00).",
        id="what is not told apart",
    ),
    pytest.param(
        paid(1),
        {HAIKU: replace(paid(1)[HAIKU], cuts=3, cut=DOLLAR)},
        "Costs rose by $1.00 (+100%), from $1.00 to $2.00, mostly because more was spent on calls that were "
        "cut off (+$1.00).",
        id="what was cut off",
    ),
]


@pytest.mark.parametrize(("before", "after", "expected"), SENTENCES)
def test_the_sentence(before: Usages, after: Usages, expected: str) -> None:
    assert risewords.sentence(before, after, rise.rise(before, after)) == expected


def test_simulated_costs_are_called_so() -> None:
    said = risewords.sentence(paid(1), paid(2), rise.rise(paid(1), paid(2)), "simulated")
    assert said.startswith("Simulated costs rose by $1.00")


def told(before: Usages, after: Usages) -> dict[str, tuple[str, str]]:
    steps = risewords.steps(before, after, rise.rise(before, after))
    return {step.factor: (step.before, step.after) for step in steps}


def test_each_factor_says_how_it_stood_before_and_after() -> None:
    before = {HAIKU: Used(10, {"input": 500, "output": 200, "thinking": 50}, {"input": 5, "output": 20})}
    after = {
        HAIKU: Used(
            5,
            {"input": 250, "cache_read": 250, "output": 200, "thinking": 150, "web_search": 1},
            {"input": 5 * 10**6, "cache_read": 1, "output": 20, "web_search": 1},
            10**10,
            2,
            10**11,
        )
    }
    assert told(before, after) == {
        "turns": ("10", "5"),
        "prompt": ("50", "100"),
        "answer": ("15", "10"),
        "thinking": ("5", "30"),
        "searches": ("0", "0.2"),
        "cache": ("0%", "50%"),
        "price": (f"{HAIKU} input $0.00000001/M", f"{HAIKU} input $0.02/M"),
        "cut": ("0 calls, $0", "2 calls, $0.10"),
        "other": ("$0", "$0.01"),
    }


def test_what_a_turn_uses_is_that_of_the_same_mix() -> None:
    """Both models write less than before, and more turns go to the one that writes much: the answers of all
    turns are longer on average (14 to 20), and those of the same mix (a half each) shorter."""

    def wrote(haiku: tuple[int, int], opus: tuple[int, int]) -> Usages:
        return {
            model: Used(turns, {"output": turns * each}, {"output": turns * each * 10**6})
            for model, (turns, each) in ((HAIKU, haiku), (OPUS, opus))
        }

    before, after = wrote((80, 10), (20, 30)), wrote((20, 8), (80, 23))
    cells = rise.rise(before, after)
    (answer,) = (step for step in risewords.steps(before, after, cells) if step.factor == "answer")
    assert (answer.before, answer.after) == ("20", "16")  # 15.5
    assert answer.amount < 0


def test_factors_that_do_not_count_here_are_left_out() -> None:
    assert told(paid(1), paid(2)) == {"turns": ("1", "2")}
    assert told({}, {}) == {}
