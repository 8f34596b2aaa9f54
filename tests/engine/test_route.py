"""What happens after a refusal, or an overload, as the prompt says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from lab import prompts, store
from lab.answer import Answer
from lab.engine import Lab, build
from lab.engine import request as filled_request
from lab.engine.layers.route import REPHRASED
from lab.errors import BadInput, CallError
from lab.models import Endpoint
from lab.policy import Policy
from lab.prompts import Prompt
from lab.store import Store, Wanted
from lab.types import Caller, Done, Event, Note, Origin, Request, Retract, Sent, Text
from tests.engine.kit import ME, PLAIN, STARTED, THINKER, answer, collect, done, lab_of, request, row

DETAILS = {"type": "refusal", "category": "bio", "explanation": "No."}
DECLINED = (
    STARTED,
    Text("First"),
    Done(replace(done("First").reply, stop_reason="refusal", stop_details=DETAILS)),
)
UNSEEN = (STARTED, Done(replace(done().reply, stop_reason="refusal", stop_details=DETAILS)))
IN_WORDS = answer("I can't help with that.")
FINE = answer("Up", ".")
OVERLOADED = CallError("Overloaded.", status=529, type="overloaded_error", retry_after=0.001)
REPHRASE = Policy("rephrase")
FALLBACK = Policy("fallback", THINKER)
PERSON = Policy("person")
ELSEWHERE = Policy(overload_model=THINKER)


@pytest.fixture
def lab(store: Store) -> Lab:
    return lab_of(store)


def playing(*calls: Any) -> tuple[Caller, list[Request]]:
    """A Caller that gives one of these series of events after the other, and what it was asked."""
    asked: list[Request] = []

    async def call(request: Request) -> AsyncGenerator[Event, None]:
        asked.append(request)
        for step in calls[len(asked) - 1]:
            if isinstance(step, BaseException):
                raise step
            yield step

    return call, asked


def made(lab: Lab, policy: Policy, *calls: Any) -> tuple[list[Event], list[Request], Mapping[str, Any]]:
    """(the events, what was asked, the row) of a call with all layers round it."""
    call, asked = playing(*calls)
    question = request(policy=policy)
    events = asyncio.run(collect(build(lab, call), question))
    return events, asked, row(lab, question)


def told(events: list[Event]) -> Answer:
    """The events as a watcher folds them."""
    found = Answer()
    for event in events:
        found.add(event)
    return found


@pytest.mark.parametrize("first", [DECLINED, UNSEEN, IN_WORDS], ids=["declined", "unseen", "in words"])
@pytest.mark.parametrize("policy", [REPHRASE, FALLBACK], ids=["rephrase", "fallback"])
def test_a_second_call_takes_the_place_of_a_refusal(lab: Lab, first: Any, policy: Policy) -> None:
    events, asked, logged = made(lab, policy, first, FINE)
    assert [type(event) for event in events].count(Done) == 1
    assert told(events).text == "Up." and told(events).state == "ok"
    retract, note = (next(event for event in events if type(event) is kind) for kind in (Retract, Note))
    assert retract.reason == note.text == logged["rerouted"]
    assert ("declined to answer (bio): No" in note.text) is (first is not IN_WORDS)
    assert len([event for event in events if type(event) is Sent]) == len(logged["attempts"]) == 2
    assert all(attempt["state"] in ("ok", "refused") for attempt in logged["attempts"])
    assert logged["cost"] == sum(attempt["cost"] for attempt in logged["attempts"])
    assert logged["state"] == "ok" and logged["refused_in_words"] is None
    assert logged["request"]["messages"] == list(asked[1].messages)
    if policy is REPHRASE:
        assert asked[1].messages[-1]["content"] == f"Which way is up?\n\n{REPHRASED}"
        assert asked[1].model == PLAIN
    else:
        assert (asked[1].model, asked[1].messages) == (THINKER, asked[0].messages)
        assert logged["model"] == THINKER


def test_it_is_asked_again_once(lab: Lab) -> None:
    events, asked, logged = made(lab, REPHRASE, DECLINED, DECLINED)
    assert len(asked) == 2 and told(events).state == logged["state"] == "refused"


def test_a_second_call_that_fails_fails_the_call(lab: Lab) -> None:
    call, _ = playing(IN_WORDS, [STARTED, CallError("Gone.", status=200)])
    question = request(policy=FALLBACK)
    with pytest.raises(CallError, match="Gone"):
        asyncio.run(collect(build(lab, call), question))
    logged = row(lab, question)
    assert (logged["state"], logged["answer"]) == ("failed", None)
    assert [attempt["state"] for attempt in logged["attempts"]] == ["ok", "failed"]


@pytest.mark.parametrize("first", [DECLINED, UNSEEN, IN_WORDS, FINE])
def test_a_refusal_is_left_to_a_person(lab: Lab, first: Any) -> None:
    events, asked, logged = made(lab, PERSON, first)
    assert len(asked) == 1 and told(events).content == list(first[-1].reply.content)
    assert bool(logged["flag"]) is (first is not FINE)
    flagged = store.page(lab.store.read, ME, Wanted(marked="for a person"), 99).calls
    assert (logged["id"] in {call["id"] for call in flagged}) is (first is not FINE)


def test_a_flag_is_settled_once(lab: Lab) -> None:
    _, _, logged = made(lab, PERSON, DECLINED)

    async def settle() -> list[bool]:
        return [await lab.store.commit(store.flag_settled(logged["id"], who)) for who in ("ann", "ben")]

    assert asyncio.run(settle()) == [True, False]
    flag = store.call(lab.store.read, ME, logged["id"])["flag"]
    assert flag["settled_by"] == "ann" and flag["settled_at"] and "(bio)" in flag["reason"]
    flagged = store.page(lab.store.read, ME, Wanted(marked="for a person", state="refused"), 99).calls
    assert logged["id"] not in {call["id"] for call in flagged}


@pytest.mark.parametrize("policy", [Policy(), ELSEWHERE])
@pytest.mark.parametrize("first", [DECLINED, IN_WORDS])
def test_a_refusal_is_shown_where_nothing_else_is_said(lab: Lab, policy: Policy, first: Any) -> None:
    events, asked, logged = made(lab, policy, first)
    assert len(asked) == 1 and told(events).content == list(first[-1].reply.content)
    assert logged["rerouted"] is logged["flag"] is None


def test_an_overloaded_model_gives_way_before_its_first_word(lab: Lab) -> None:
    events, asked, logged = made(lab, ELSEWHERE, [OVERLOADED], [OVERLOADED], [OVERLOADED], FINE)
    assert [one.model for one in asked] == [PLAIN] * 3 + [THINKER]
    assert told(events).text == "Up." and "is overloaded" in logged["rerouted"]
    assert [attempt["status"] for attempt in logged["attempts"]] == [529, 529, 529, 200]
    assert logged["error"] is None and logged["model"] == THINKER


@pytest.mark.parametrize(
    ("policy", "steps"),
    [
        (ELSEWHERE, [STARTED, Text("U"), CallError("Over.", status=200, type="overloaded_error")]),
        (ELSEWHERE, [CallError("Bad.", status=400, type="invalid_request_error")]),
        (FALLBACK, [CallError("Over.", status=529, type="overloaded_error", should_retry=False)]),
    ],
)
def test_other_failures_stay_failures(lab: Lab, policy: Policy, steps: list) -> None:
    call, asked = playing(steps)
    with pytest.raises(CallError):
        asyncio.run(collect(build(lab, call), request(policy=policy)))
    assert len(asked) == 1


def test_another_model_gets_what_it_takes(lab: Lab) -> None:
    thought = {"type": "thinking", "thinking": "Hm.", "signature": "s"}
    turn = {"role": "assistant", "content": [thought, {"type": "text", "text": "Yes."}]}
    call, asked = playing(DECLINED, FINE)
    options = {"output_config": {"effort": "max"}, "thinking": {"type": "adaptive"}}
    messages = ({"role": "user", "content": "Up?"}, turn, {"role": "user", "content": "And?"})
    question = request(model=THINKER, messages=messages, options=options, policy=Policy("fallback", PLAIN))
    asyncio.run(collect(build(lab, call), replace(question, max_tokens=100_000)))
    assert asked[1].options == {} and asked[1].max_tokens == 64_000
    assert asked[1].messages[1]["content"] == turn["content"][1:]


@pytest.mark.parametrize(
    ("prompt", "policy", "fault"),
    [
        (Prompt("p", 1, system="x"), Policy(), ""),
        (Prompt("p", 1, system="x", on_refusal="person"), PERSON, ""),
        (Prompt("p", 1, system="x", on_refusal={"fallback": THINKER}), FALLBACK, ""),
        (Prompt("p", 1, system="x", on_overload={"fallback": THINKER}), ELSEWHERE, ""),
        (
            Prompt("p", 1, system="x", on_overload={"fallback": "claude-nobody"}),
            None,
            "No model 'claude-nobody'",
        ),
    ],
)
def test_a_prompts_policy_goes_into_its_request(lab: Lab, prompt: Prompt, policy: Any, fault: str) -> None:
    filled = prompts.build(prompt, None, "Up?", {})
    if fault:
        with pytest.raises(BadInput, match=fault):
            filled_request(lab, filled, Origin("check", "me"))
    else:
        found = filled_request(lab, filled, Origin("check", "me"))
        assert found.policy == policy
        assert not {"on_refusal", "on_overload", "policy"} & set(found.body())


BLOCKS = [{"type": "text", "text": "Up?"}]


@pytest.mark.parametrize(
    ("last", "then"),
    [
        ({"role": "user", "content": BLOCKS}, [*BLOCKS, {"type": "text", "text": REPHRASED}]),
        ({"role": "assistant", "content": BLOCKS}, REPHRASED),
    ],
)
def test_what_is_asked_another_way_ends_with_the_persons_turn(lab: Lab, last: Any, then: Any) -> None:
    call, asked = playing(DECLINED, FINE)
    messages = ({"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hi."}, last)
    asyncio.run(collect(build(lab, call), request(messages=messages, policy=REPHRASE)))
    assert asked[1].messages[-1] == {"role": "user", "content": then}


def test_the_row_names_the_endpoint_of_who_answered(lab: Lab) -> None:
    local = replace(lab.models[PLAIN], id="llama", endpoint="cellar")
    lab = replace(
        lab,
        models={**lab.models, "llama": local},
        endpoints={"cellar": Endpoint("cellar", "http://127.0.0.1:9")},
    )
    _, _, logged = made(lab, Policy("fallback", "llama"), DECLINED, FINE)
    assert (logged["model"], logged["endpoint"]) == ("llama", "cellar")
