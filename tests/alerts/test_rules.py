"""The rules on traffic that is made up: what is an alert, and that a few calls never are."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from lab.alerting import Alerting
from lab.alerts import Judgement, Money, Slot, Traffic, judged, rules, statistic
from lab.alerts.statistic import Usual
from lab.cost import DOLLAR
from lab.models import Model

NOW = datetime(2026, 11, 29, 12, 30, tzinfo=UTC)
HOUR = NOW.replace(minute=0)
WANTED = Alerting(daily_cost=10)


def bucket(value: float) -> int:
    return math.floor(math.log(value, 1.1))


def slot(calls: int, errors: int = 0, first: float = 400, tokens: float = 2000, hits: float = 0.7) -> Slot:
    answered = calls - errors
    prompt = round(answered * tokens)
    return Slot(
        HOUR,
        calls,
        errors,
        prompt,
        round(prompt * hits),
        {bucket(first): answered},
        {bucket(tokens): answered},
    )


def traffic(of: Slot, **fields: Any) -> Traffic:
    usual = {
        "usual_tokens": {"support": Usual(math.log(2000), 0.05, 12)},
        "usual_hits": {"support": Usual(0.7, 0.05, 12)},
    }
    return Traffic(NOW, models={"sonnet": [of]}, prompts={"support": [of]}, **usual | fields)


def alarms(seen: Traffic, wanted: Alerting = WANTED) -> dict[str, str]:
    return {each.rule: each.severity for each in judged(seen, wanted) if each.severity}


@pytest.mark.parametrize(
    ("of", "found"),
    [
        (slot(300), {}),
        (slot(300, errors=3), {}),
        (slot(300, errors=15), {"errors": "warning"}),
        (slot(300, errors=60), {"errors": "critical"}),
        (slot(300, first=1500), {"first_token": "critical"}),
        (slot(300, tokens=3000), {"tokens": "warning"}),
        (slot(300, tokens=1300), {"tokens": "warning"}),
        (slot(300, tokens=2300), {}),
        (slot(300, hits=0.1), {"cache": "warning"}),
        (slot(300, hits=0.95), {}),
        (slot(3, errors=3), {}),
        (slot(3, first=60_000, tokens=60_000, hits=0), {}),
    ],
)
def test_what_is_an_alert(of: Slot, found: Mapping[str, str]) -> None:
    assert alarms(traffic(of)) == found


def test_one_slow_call_in_ten_is_a_warning() -> None:
    of = slot(300)._replace(first={bucket(400): 270, bucket(3000): 30})
    assert alarms(traffic(of)) == {"first_token": "warning"}


def test_a_rule_that_is_switched_off_says_nothing() -> None:
    off = Alerting(errors=0, first_token=0, tokens=0, cache_fall=0, retiring=0)
    bad = slot(300, errors=100, first=9000, tokens=9000, hits=0)
    assert [*judged(traffic(bad), off)] == []
    assert alarms(traffic(slot(300, errors=100)), Alerting(many_errors=0)) == {"errors": "warning"}


@pytest.mark.parametrize(
    ("money", "severity", "said"),
    [
        (Money(4 * DOLLAR, 100, 0, 0.5), None, "about $8"),
        (Money(6 * DOLLAR, 100, 0, 0.5), "warning", "about $12"),
        (Money(11 * DOLLAR, 3, 2, None), "critical", "Not in it: 2 calls"),
        (Money(6 * DOLLAR, 3, 0, 0.5), None, "$6"),
        (Money(6 * DOLLAR, 100, 0, 0.05), None, "$6"),
        (Money(0, 0, 0, None), None, "$0"),
    ],
)
def test_the_cost_of_the_day(money: Money, severity: str | None, said: str) -> None:
    (found,) = (each for each in judged(traffic(slot(9), money=money), WANTED) if each.rule == "cost")
    assert found.severity == severity and said in found.sentence


@pytest.mark.parametrize(
    ("stops", "before", "found"),
    [
        ({"end_turn": 90, "vanished": 5}, {"end_turn": 500}, "warning"),
        ({"end_turn": 90, "tool_use": 5}, {"end_turn": 500}, "notice"),
        ({"end_turn": 90, "tool_use": 5}, {"end_turn": 500, "tool_use": 1}, None),
        ({"end_turn": 90, "vanished": 4}, {"end_turn": 500}, None),
        ({"vanished": 90}, {"end_turn": 99}, None),
    ],
)
def test_a_stop_reason_that_is_new(
    stops: Mapping[str, int], before: Mapping[str, int], found: str | None
) -> None:
    assert alarms(traffic(slot(90), stops=stops, stops_before=before)).get("stop_reason") == found


@pytest.mark.parametrize(
    ("days", "calls", "found"),
    [(61, 99, None), (60, 99, "warning"), (14, 99, "critical"), (-3, 99, "critical"), (3, 9, None)],
)
def test_a_model_in_use_that_leaves(days: int, calls: int, found: str | None) -> None:
    model = Model("sonnet", retires=NOW.date() + timedelta(days=days))
    seen = traffic(slot(90), used={"sonnet": calls, "unheard-of": 99}, catalogue={"sonnet": model})
    assert alarms(seen).get("retiring") == found
    assert alarms(replace(seen, catalogue={"sonnet": Model("sonnet", deprecated=date(2026, 1, 1))})) == {}


def test_what_nobody_knows_yet_is_not_judged() -> None:
    seen = traffic(slot(300, tokens=9000, hits=0), usual_tokens={}, usual_hits={"support": None})
    found = {each.rule: each for each in judged(seen, WANTED)}
    assert not any(found[name].judged or found[name].severity for name in ("tokens", "cache"))
    assert [each.rule for each in judged(Traffic(NOW), Alerting())] == []


def test_every_alert_says_what_it_means_what_to_do_and_where_to_look() -> None:
    seen = traffic(
        slot(300, errors=100, first=3000, tokens=9000, hits=0.01),
        money=Money(99 * DOLLAR, 100, 0, 0.5),
        stops={"vanished": 9},
        stops_before={"end_turn": 500},
        used={"sonnet": 99},
        catalogue={"sonnet": Model("sonnet", retires=NOW.date())},
    )
    found: dict[str, Judgement] = {each.rule: each for each in judged(seen, WANTED) if each.severity}
    assert list(found) == list(rules())
    for each in found.values():
        assert each.sentence.endswith(".") and any(letter.isdigit() for letter in each.sentence)
        assert each.means.endswith(".") and each.do.endswith(".") and each.command.startswith("lab ")
        assert each.view["page"] in ("logs", "costs", "settings")


def test_the_numbers() -> None:
    assert statistic.above(0, 100) == 0
    assert statistic.above(10, 100, 1.959964) == pytest.approx(0.0552, abs=1e-4)  # as tables have it
    assert statistic.over({0: 10, 1: 10}, 2, 2**0.5) == 15
    assert statistic.log_median({10: 1, 20: 1, 30: 1}, 1.1) == pytest.approx(20.5 * math.log(1.1))
