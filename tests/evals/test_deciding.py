"""Checks that go on until they are decided, against answers that coins make."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lab import evals, store
from lab.cost import DOLLAR
from lab.engine import Lab, build
from lab.errors import BadInput
from lab.evals import Order
from lab.types import Request
from tests.engine.kit import ME
from tests.evals.coins import Coin, answering, checked, laboratory, planned, tossed

HEAD = "gate: {margin: 0.1}\n"
UNTIL: dict[str, Any] = {"until_decided": True, "max_cost": 5.0, "baseline": "p@1"}


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    found = laboratory(tmp_path, 300, HEAD)
    yield found
    found.store.close()


def right(*shares: float, seed: str = "") -> Coin:
    """Versions 1, 2, ... are right so often."""
    return lambda case, version, repeat: tossed(shares[version - 1], seed)(case, version, repeat)


def results(lab: Lab, run: str) -> list[dict[str, Any]]:
    return store.results(lab.store.read, ME, run)


def test_one_made_worse_on_purpose_fails_early(lab: Lab) -> None:
    run, verdict = checked(lab, right(0.95, 0.5), 2, **UNTIL)
    assert (verdict.state, verdict.exit_code) == ("failed", 1)
    [found] = verdict.decisions
    assert (found.old, found.new) == ("p@1 · claude-haiku-4-5", "p@2 · claude-haiku-4-5")
    [measure] = found.measures
    assert measure.method == "until decided" and measure.high <= 0 and measure.cases < 60
    assert f"Decided after {measure.cases} of 300 cases; $0.0" in verdict.sentence
    assert re.search(r"; \$0\.0\d+ spent, about \$0\.0\d+ not\.", verdict.sentence)
    asked = {result["case_id"] for result in results(lab, run)}
    assert measure.cases <= len(asked) <= measure.cases + 16, "few more than were needed"
    head = store.run_head(lab.store.read, ME, run)
    assert head["state"] == "failed" and head["summary"]["decisions"][0]["sentence"] == found.sentence
    looks = evals.deciding.drawn(lab, ME, head).looks
    assert looks[-1].steps == measure.cases and looks[-1].not_worse >= looks[-1].failed_at


def test_an_equal_one_passes(lab: Lab) -> None:
    _, verdict = checked(lab, right(0.98, 0.98), 2, **UNTIL)
    assert (verdict.state, verdict.exit_code) == ("passed", 0)
    assert verdict.decisions[0].measures[0].low > -0.1 and ", about $0.0" in verdict.sentence


def test_it_stays_open_where_only_more_cases_would_decide(tmp_path: Path) -> None:
    lab = laboratory(tmp_path, 80, "gate: {margin: 0.05}\n")
    coin = right(0.9, 0.9)
    run, verdict = checked(lab, lambda case, version, repeat: coin(case, version, 1), 2, **UNTIL)
    assert verdict.state == "inconclusive" and "cases would decide" in verdict.sentence
    assert "Not decided after all 80 cases, 2 answers to each at most" in verdict.sentence
    assert "to ask them again would hardly help" in verdict.sentence
    assert sum(result["repeat"] == 2 for result in results(lab, run)) < 80, "as soon as that is clear"
    lab.store.close()


def test_repeats_decide_where_answers_to_one_case_differ(tmp_path: Path) -> None:
    lab = laboratory(tmp_path, 60, "gate: {margin: 0.15}\n")
    run, verdict = checked(lab, right(0.5, 0.5), 2, **UNTIL)
    assert verdict.state == "passed" and "answers to each at most" in verdict.sentence
    assert max(result["repeat"] for result in results(lab, run)) > 2
    head = store.run_head(lab.store.read, ME, run)
    looks = evals.deciding.drawn(lab, ME, head)
    assert looks.round == 60 < looks.looks[-1].steps and len(looks.looks) <= 200
    assert looks.looks[-1].passed_at == pytest.approx(4 * looks.looks[0].passed_at)
    [new, _] = [next(iter(row.values())) for row in evals.sheet(lab.store.read, ME, head).cells.values()][:2]
    assert new.repeats == new.came > 2, "a case passes by all the answers that it had"
    lab.store.close()


def test_the_cap_ends_it_and_holds(lab: Lab) -> None:
    plan, _ = planned(lab, 2, **UNTIL)
    each = plan.most(lab) / len(plan)
    cap = 2.5 * each / DOLLAR  # a call is reserved at its dearest, and settled at a thirtieth of that
    run, verdict = checked(lab, right(0.9, 0.9), 2, **UNTIL | {"max_cost": cap})
    assert verdict.state == "inconclusive" and "Stopped at the cap of $" in verdict.sentence
    head = store.run_head(lab.store.read, ME, run)
    assert head["state"] == "inconclusive" and head["cost"] <= cap * DOLLAR
    assert 0 < head["summary"]["scores"][0]["passed"] < 300
    none, verdict = checked(lab, right(0.9, 0.9), 2, **UNTIL | {"max_cost": each / DOLLAR / 2})
    assert (verdict.state, verdict.exit_code) == ("invalid", 3) and not results(lab, none)


@pytest.mark.parametrize("shares", [(0.95, 0.7), (0.97, 0.97)])
def test_killed_and_resumed_it_decides_alike(tmp_path: Path, shares: tuple[float, float]) -> None:
    whole = laboratory(tmp_path / "whole", 200, HEAD)
    _, expected = checked(whole, right(*shares), 2, **UNTIL)
    lab = laboratory(tmp_path / "cut", 200, HEAD)
    plan, order = planned(lab, 2, **UNTIL)
    calls: list[Request] = []

    def take(result: object) -> None:
        if len(calls) > 30:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        asyncio.run(evals.check(lab, build(lab, answering(right(*shares), calls)), plan, 8, False, take))
    lab.store.flush()
    kept = evals.interrupted(lab, ME, plan.run)
    order = evals.asked_again(kept, Order())
    assert order.until_decided
    rest, _ = evals.resumed(lab, ME, kept, order)
    again: list[Request] = []
    caller = build(lab, answering(right(*shares), again))
    verdict = asyncio.run(evals.fulfil(lab, caller, rest, order, lambda result: None))
    assert verdict.decisions[0].measures == expected.decisions[0].measures
    assert verdict.state == expected.state and 0 < len(again) < 400
    asked = [(each.origin.case, each.origin.variant, each.origin.repeat) for each in (*calls, *again)]
    assert len(asked) - len(set(asked)) <= 8, "but for those that were under way"
    with pytest.raises(BadInput, match="has come to its end"):
        evals.interrupted(lab, ME, plan.run)
    whole.store.close()
    lab.store.close()


def test_against_what_was_kept(lab: Lab) -> None:
    first, _ = checked(lab, right(0.95), 1)
    run, verdict = checked(lab, right(0.95, 0.6), 2, **UNTIL | {"baseline": first})
    assert verdict.state == "failed" and verdict.decisions[0].old == f"run {first} (p@1 · claude-haiku-4-5)"
    assert {result["variant"] for result in results(lab, run)} == {"p@2 · claude-haiku-4-5"}
    evals.save_baseline(lab, ME, first, evals.load(lab.folder / "datasets" / "coins.yaml"))
    _, kept = checked(lab, right(0.95, 0.6), 2, **UNTIL | {"baseline": None})
    assert kept.decisions[0].old.startswith("the baseline") and kept.state == "failed"
    assert kept.decisions[0].measures == verdict.decisions[0].measures


def test_hard_rules_end_it_at_once(lab: Lab) -> None:
    file = lab.folder / "datasets" / "coins.yaml"
    file.write_text(file.read_text().replace("id: c7,", "id: c7, tags: must_pass,"))
    run, verdict = checked(lab, lambda case, version, repeat: case != "c7" or version == 1, 2, **UNTIL)
    assert verdict.state == "failed" and verdict.decisions[0].broken == ("c7: must_pass",)
    assert "breaks a hard rule: c7: must_pass. Stopped there" in verdict.sentence
    assert len(results(lab, run)) <= 16, "those that must pass come first"


def test_the_same_answers_pass_unchanged(tmp_path: Path) -> None:
    lab = laboratory(tmp_path, 40, "gate: {margin: 0.02}\n")
    _, verdict = checked(lab, lambda *_: True, 2, **UNTIL)
    assert verdict.state == "passed" and "gives the same answers as p@1" in verdict.sentence
    lab.store.close()


def test_families_come_whole(lab: Lab) -> None:
    file = lab.folder / "datasets" / "coins.yaml"
    file.write_text(file.read_text().replace("margin: 0.1", "margin: 0.1, cluster: family"))
    _, verdict = checked(lab, right(0.95, 0.5), 2, **UNTIL)
    assert verdict.state == "failed" and verdict.decisions[0].measures[0].cases % 5 == 0


@pytest.mark.parametrize(
    ("about", "said"),
    [
        ({"max_cost": None}, "at what cost at most"),
        ({"max_cost": 0.0}, "at what cost at most"),
        ({"baseline": None}, "has nothing to be held against"),
        ({"prompts": ("p@2", "p@3")}, "one variant is held against another, not 2 against 1"),
        ({"prompts": ("p@1",)}, "not 0 against 1"),
    ],
)
def test_what_it_needs(lab: Lab, about: dict[str, Any], said: str) -> None:
    order = Order(**{"datasets": ("coins",), "prompts": ("p@2",), **UNTIL, **about})
    with pytest.raises(BadInput, match=said):
        evals.plans(lab, ME, evals.chosen(lab, ME, order).datasets, order)


def test_it_needs_a_price_for_everything(lab: Lab) -> None:
    unknown = replace(lab, models={name: replace(each, prices=()) for name, each in lab.models.items()})
    with pytest.raises(BadInput, match="has no price here"):
        planned(unknown, 2, **UNTIL)
