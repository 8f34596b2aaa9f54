"""Rules of routing: which turns fit, and what is wrong with one in words."""

from __future__ import annotations

from typing import Any

import pytest

from lab.errors import BadInput
from lab.routing import Turn, choose, rules

SMALL, BIG = "claude-haiku-5-5", "claude-sonnet-5-5"


@pytest.mark.parametrize(
    ("rule", "fits", "not_this"),
    [
        ({"longest": 5}, Turn(1, " hello "), Turn(1, "hello!")),
        ({"shortest": 5}, Turn(1, "hello"), Turn(1, "hell ")),
        ({"turns": 2}, Turn(2, "x"), Turn(3, "x")),
        ({"turns": [2, 4]}, Turn(4, "x"), Turn(1, "x")),
        ({"words": ["Price"]}, Turn(1, "the PRICE, please"), Turn(1, "priceless")),
        ({"words": ["straße", "a b"]}, Turn(1, "STRASSE 5"), Turn(1, "a  b")),
        ({"without": ["refund"]}, Turn(1, "refunds"), Turn(1, "a refund?")),
        ({"longest": 20, "words": ["a"], "without": ["b"]}, Turn(1, "a c"), Turn(1, "a b")),
    ],
)
def test_a_rule_fits_where_all_of_it_holds(rule: dict[str, Any], fits: Turn, not_this: Turn) -> None:
    found = rules({"r": {"model": SMALL, **rule}})
    assert choose(found, fits, BIG, None) is found[0]
    assert choose(found, not_this, BIG, None) is None
    assert choose(found, fits, SMALL, None) is None  # it would go there anyway


def test_models_and_prompts_narrow_a_rule_and_the_first_one_wins() -> None:
    found = rules({
        "one": {"model": SMALL, "instead_of": BIG, "prompts": ["support"]},
        "two": {"model": "other", "longest": 100},
    })  # fmt: skip
    turn = Turn(1, "x")
    assert choose(found, turn, BIG, "support").name == "one"
    assert choose(found, turn, BIG, "sales").name == "two"
    assert choose(found, turn, "third", "support").name == "two"


@pytest.mark.parametrize(
    ("table", "why"),
    [
        (5, "must be a table: [routes.r]"),
        ({"model": SMALL, "longer": 5}, "has no 'longer'. Did you mean 'longest'?"),
        ({"longest": 5}, "names no model to send turns to"),
        ({"model": 5, "longest": 5}, "routes.r.model must be the name of a model, not 5"),
        (
            {"model": "claude-haiku-5", "longest": 5},
            "no model 'claude-haiku-5'. Did you mean 'claude-haiku-5-5'?",
        ),
        ({"model": SMALL}, "fits every turn"),
        ({"model": SMALL, "longest": -1}, "a whole number of characters from 0 up, not -1"),
        ({"model": SMALL, "turns": [3, 1]}, "begins after its end"),
        ({"model": SMALL, "turns": "first"}, "such as [1, 3], not 'first'"),
        ({"model": SMALL, "words": [""]}, "routes.r.words must be a text or a list of texts"),
        ({"model": SMALL, "words": ["x"], "fallback": "gpt"}, "routes.r.fallback: no model 'gpt'"),
        ({"model": SMALL, "instead_of": ["gpt"]}, "routes.r.instead_of: no model 'gpt'"),
    ],
)
def test_what_is_wrong_with_a_rule_is_said(table: Any, why: str) -> None:
    with pytest.raises(BadInput) as error:
        rules({"r": table}, (SMALL, BIG))
    assert why in str(error.value) and "routes.r" in str(error.value)
