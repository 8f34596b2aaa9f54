"""A turn goes to the model that the team's rules name, and the log says so."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lab.cost import settled
from lab.engine import Asked, Lab, ask, build, converse, today
from lab.errors import CallError
from lab.policy import Policy
from lab.routing import Turn
from lab.store import Store, conversation, exchanges
from lab.types import Caller, Event, Note, Request, Sent, Usage
from tests.engine.kit import ME, THINKER, answer, collect, lab_of, request, row
from tests.engine.test_route import DECLINED, OVERLOADED, playing

BIG, SMALL = "claude-sonnet-4-6", "claude-haiku-4-5"
RULES = {"short": {"model": SMALL, "longest": 20}}


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    store = Store(tmp_path / "lab.db", patience=0.3)
    yield replace(lab_of(store, model=BIG, routes=RULES), folder=tmp_path)
    store.close()


def said(lab: Lab, call: Caller, asked: Request) -> list[Event]:
    async def whole() -> list[Event]:
        return [event async for event in converse(lab, build(lab, call), ME, asked)]

    found = asyncio.run(whole())
    lab.store.flush()
    return found


def test_a_turn_that_fits_goes_there_and_its_row_says_what_was_meant(lab: Lab) -> None:
    call, asked = playing(answer("Up."), answer("Down."), answer("So."))
    first = ask(lab, ME, Asked("Which way?"))
    events = said(lab, call, first)
    assert asked[0].model == SMALL and [type(event) for event in events[:2]] == [Note, Sent]
    assert "'short'" in events[0].text and events[1].request.model == SMALL
    found = row(lab, first)
    assert (found["model"], found["meant_model"], found["rule"]) == (SMALL, BIG, "short")
    used = Usage(input_tokens=found["input_tokens"], output_tokens=found["output_tokens"])
    assert found["cost_meant"] == settled(used, lab.model(BIG), today()).amount > found["cost"]
    # The conversation goes on with the model that was meant, and the next turn is looked at anew.
    id = first.origin.conversation
    assert conversation(lab.store.read, ME, id).model == BIG
    long = ask(lab, ME, Asked("And which way is it if I stand on my head?", conversation=id))
    assert said(lab, call, long) and asked[1].model == BIG and row(lab, long)["rule"] is None
    chosen = ask(lab, ME, Asked("Why?", conversation=id, model="claude-opus-4-8"))
    assert said(lab, call, chosen) and asked[2].model == "claude-opus-4-8"
    turns = list(exchanges(lab.store.read, ME))
    assert [(turn["number"], turn["asked"], turn["followed"]) for turn in turns] == [
        (1, "Which way?", True), (2, long.messages[-1]["content"], True), (3, "Why?", False),
    ]  # fmt: skip
    assert [turn["meant_model"] for turn in turns] == [BIG, BIG, "claude-opus-4-8"]


def test_whoever_asks_without_a_turn_is_left_alone(lab: Lab) -> None:
    """Checks, judges and comparisons ask exactly what they mean to."""
    call, asked = playing(answer("Up."))
    asyncio.run(collect(build(lab, call), request("Short?", model=BIG)))
    assert asked[0].model == BIG


@pytest.mark.parametrize(
    ("first", "policy", "second"),
    [
        ([OVERLOADED] * 3, Policy(), "claude-opus-4-8"),
        ([DECLINED], Policy(), "claude-opus-4-8"),
        ([DECLINED], Policy("fallback", THINKER), THINKER),
        ([DECLINED], Policy("person"), None),
    ],
)
def test_the_fallback_of_a_rule_answers_where_its_model_does_not(
    first: Any, policy: Policy, second: str | None, lab: Lab
) -> None:
    rules = {"short": {**RULES["short"], "fallback": "claude-opus-4-8"}}
    lab = replace(lab, settings=replace(lab.settings, routes=rules))
    call, asked = playing(*([step] if isinstance(step, CallError) else step for step in first), answer("Up."))
    one = request("Short?", model=BIG, policy=replace(policy, turn=Turn(1, "Short?")))
    asyncio.run(collect(build(lab, call), one))
    assert asked[0].model == SMALL and (asked[-1].model if second else None) == second


def test_a_model_that_cannot_take_it_is_not_asked(lab: Lab) -> None:
    call, asked = playing(answer("Up."))
    options = {"thinking": {"type": "adaptive"}, "output_config": {"effort": "max"}}
    one = request("Short?", model=BIG, max_tokens=100, options=options, policy=Policy(turn=Turn(1, "Short?")))
    one = replace(one, messages=({"role": "user", "content": "x"}, {"role": "assistant", "content": "y"}))
    lab = replace(lab, settings=replace(lab.settings, routes={"short": {"model": THINKER, "longest": 20}}))
    asyncio.run(collect(build(lab, call), one))
    assert asked[0].model == BIG and row(lab, one)["rule"] is None
