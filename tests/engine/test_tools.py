"""Tools: what a prompt sends, mocks that answer, people that do, and what the conversation keeps."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lab import prompts, store
from lab.engine import Asked, Lab, answered, ask, build, converse, pending
from lab.engine import request as filled_request
from lab.engine.layers.tools import ROUNDS
from lab.errors import BadInput, CallError
from lab.policy import Mock, Policy
from lab.store import Store
from lab.types import Done, Event, Message, Note, Origin, Principal, Request, Sent, Text
from tests.engine.kit import PLAIN, STARTED, THINKER, answer, collect, done, lab_of, request, row
from tests.engine.test_chat import kept, model, on, turn, user
from tests.engine.test_route import made, playing, told

THOUGHT = {"type": "thinking", "thinking": "Hm.", "signature": "s"}
TOOLS = """\
tools:
  - name: weather
    input_schema: {type: object, properties: {city: {type: string}, unit: {type: string}}}
    mocks:
      - when: {city: Oslo}
        answer: cold
      - when: {city: Rome}
        answer: {sky: clear}
  - name: clock
    input_schema: {type: object}
"""
MOCKS = Policy(mocks={"weather": (Mock("cold", {"city": "Oslo"}), Mock("mild"))})


def use(id: str, name: str = "weather", **input: Any) -> dict[str, Any]:
    return {"type": "tool_use", "id": id, "name": name, "input": input}


def result(id: str, words: str, **more: Any) -> dict[str, Any]:
    return {"type": "tool_result", "tool_use_id": id, "content": words, **more}


def calls(*content: Mapping[str, Any], text: str = "") -> Sequence[Event]:
    """An answer that ends with calls of tools."""
    end = done(stop_reason="tool_use").reply
    said = [{"type": "text", "text": text}] if text else []
    return (STARTED, *([Text(text)] if text else []), Done(replace(end, content=(*said, *content))))


@pytest.fixture
def lab(store: Store, tmp_path: Path) -> Lab:
    """A lab with the prompt `guide`, which has a tool with mocks and one without."""
    (tmp_path / "prompts" / "guide").mkdir(parents=True)
    (tmp_path / "prompts" / "guide" / "v1.yaml").write_text(f"system: Be kind.\n{TOOLS}")
    return replace(lab_of(store, model=PLAIN), folder=tmp_path)


@pytest.mark.parametrize(
    ("name", "input", "said"),
    [
        ("weather", {"city": "Oslo"}, "cold"),
        ("weather", {"city": "Oslo", "unit": "K"}, "cold"),
        ("weather", {"city": "Rome"}, '{"sky": "clear"}'),
        ("weather", {"city": "Bonn"}, None),
        ("weather", {}, None),
        ("clock", {}, None),
        ("nothing", {}, None),
    ],
)
def test_the_first_mock_that_fits_answers(lab: Lab, name: str, input: dict, said: str | None) -> None:
    prompt = prompts.load(lab.folder / "prompts", "guide@1")
    assert prompts.policy(prompt).mocked(name, input) == said


def test_tools_are_sent_without_their_mocks(lab: Lab) -> None:
    filled = prompts.build(prompts.load(lab.folder / "prompts", "guide"), None, "Up?", {})
    body = filled_request(lab, filled, Origin("check", "me")).body()
    assert [set(tool) for tool in body["tools"]] == [{"name", "input_schema"}] * 2
    forced = replace(prompts.load(lab.folder / "prompts", "guide"), tool_choice={"type": "any"})
    filled = prompts.build(forced, None, "Up?", {})
    assert filled_request(lab, filled, Origin("check", "me")).options["tool_choice"] == {"type": "any"}
    with pytest.raises(BadInput, match="cannot be made to use a tool"):
        filled_request(lab, filled, Origin("check", "me"), THINKER)


def test_mocks_answer_and_the_model_goes_on(lab: Lab) -> None:
    first = calls(THOUGHT, use("t1", city="Oslo"), use("t2", city="Bonn"), text="Let me see.")
    events, asked, logged = made(lab, MOCKS, first, answer("Cold", "."))
    assert asked[1].messages == (
        *asked[0].messages,
        {"role": "assistant", "content": [*first[-1].reply.content]},
        {"role": "user", "content": [result("t1", "cold"), result("t2", "mild")]},
    )
    assert told(events).text == "Let me see.\n\nCold." and told(events).content[0]["text"] == "Cold."
    assert [type(event) for event in events].count(Done) == 1
    (before,) = told(events).reply.before
    assert before.content == first[-1].reply.content and before.cost.amount
    assert len([event for event in events if type(event) is Sent]) == len(logged["attempts"]) == 2
    assert logged["cost"] == sum(attempt["cost"] for attempt in logged["attempts"])
    assert logged["stop_reason"] == "end_turn" and logged["request"]["messages"] == list(asked[1].messages)


def test_mocks_answer_so_often_and_no_more(lab: Lab) -> None:
    rounds = [calls(use(f"t{number}")) for number in range(ROUNDS + 1)]
    events, asked, logged = made(lab, MOCKS, *rounds)
    assert len(asked) == len(logged["attempts"]) == ROUNDS + 1
    assert told(events).reply.stop_reason == logged["stop_reason"] == "tool_use"
    assert f"after {ROUNDS} rounds" in [event for event in events if type(event) is Note][-1].text


@pytest.mark.parametrize("policy", [Policy(), MOCKS])
def test_a_tool_without_a_mock_waits_for_a_person(lab: Lab, policy: Policy) -> None:
    events, asked, logged = made(lab, policy, calls(use("t1"), use("t2", "clock")))
    assert len(asked) == 1 and logged["stop_reason"] == "tool_use"
    assert [block["id"] for block in told(events).content] == ["t1", "t2"]


@pytest.mark.parametrize(
    ("policy", "rounds", "words"),
    [
        (Policy(), [calls(use("t1", "clock"))], "called 'clock', and the prompt has no mock"),
        (MOCKS, [calls(use("t1")), calls(use("t2", "clock"))], "called 'clock', and the prompt has no mock"),
        (MOCKS, [calls(use("t"))] * (ROUNDS + 1), f"after {ROUNDS} rounds"),
    ],
)
def test_a_check_says_why_it_cannot_go_on(lab: Lab, policy: Policy, rounds: list, words: str) -> None:
    call, _ = playing(*rounds)
    question = request(policy=policy, origin=Origin("check", "me"))
    with pytest.raises(CallError, match=words):
        asyncio.run(collect(build(lab, call), question))
    logged = row(lab, question)
    assert (logged["state"], logged["error_type"]) == ("failed", "tool_not_answered")
    assert {attempt["state"] for attempt in logged["attempts"]} == {"ok"}


@pytest.mark.parametrize(
    ("choice", "then"),
    [
        ({"type": "any"}, {"type": "auto"}),
        (
            {"type": "tool", "name": "weather", "disable_parallel_tool_use": True},
            {"type": "auto", "disable_parallel_tool_use": True},
        ),
        ({"type": "auto"}, {"type": "auto"}),
        ({"type": "none"}, {"type": "none"}),
    ],
)
def test_a_tool_is_forced_once(lab: Lab, choice: dict, then: dict) -> None:
    call, asked = playing(calls(use("t1")), answer("Mild."))
    asyncio.run(collect(build(lab, call), request(policy=MOCKS, options={"tool_choice": choice})))
    assert [one.options["tool_choice"] for one in asked] == [choice, then]


def conversed(lab: Lab, me: Principal, request: Request, *rounds: Sequence[Event]) -> None:
    call, _ = playing(*rounds)

    async def read() -> None:
        async for _ in converse(lab, build(lab, call), me, request):
            pass

    asyncio.run(read())
    lab.store.flush()


EXCHANGE: tuple[Message, ...] = (
    model(THOUGHT, use("t1", city="Oslo")),
    {"role": "user", "content": [result("t1", "cold")]},
)


def test_the_exchange_is_kept_in_the_conversation(lab: Lab, me: Principal) -> None:
    first = ask(lab, me, Asked("Up?", prompt="guide@1"))
    conversed(lab, me, first, calls(THOUGHT, use("t1", city="Oslo")), answer("Cold."))
    assert kept(lab, me, first) == (user("Up?"), *EXCHANGE, model("Cold."))
    second = turn(lab, me, on(first))
    assert second.messages == (user("Up?"), *EXCHANGE, model("Cold."), user("And then?"))
    assert replace(second.policy, turn=first.policy.turn) == first.policy
    assert second.options == first.options
    shown = store.turns(lab.store.read, me, first.origin.conversation, 9)
    assert [one["question"] for one in shown] == ["Up?", "And then?"]
    assert [one["steps"] for one in shown] == [list(EXCHANGE), []]
    assert not any(one["outside"] for one in shown)


def test_a_person_answers(lab: Lab, me: Principal) -> None:
    first = ask(lab, me, Asked("Up?", prompt="guide@1"))
    wanted = (THOUGHT, use("t1", city="Oslo"), use("t2", "clock"))
    conversed(lab, me, first, calls(*wanted))
    (shown,) = store.turns(lab.store.read, me, first.origin.conversation, 9)
    assert [each["id"] for each in pending(lab, shown)] == ["t2"]
    second = answered(lab, me, first.id, {"t2": "noon"})
    results = {"role": "user", "content": [result("t1", "cold"), result("t2", "noon")]}
    assert second.messages == (user("Up?"), model(*wanted), results)
    origin = replace(first.origin, parent=first.id)
    assert (second.policy, second.origin) == (replace(first.policy, turn=None), origin)
    conversed(lab, me, second, answer("Noon."))
    third = ask(lab, me, on(first))
    assert third.messages == (*second.messages, model("Noon."), user("And then?"))
    assert (
        answered(lab, me, first.id, {"t1": "hot", "t2": "noon"}).messages[-1]["content"][0]["content"]
        == "hot"
    )


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, r"call of clock \(t2\) has no answer yet"),
        ({"t2": "noon", "t9": "x"}, "No tool was called as 't9'"),
    ],
)
def test_answers_that_do_not_fit(lab: Lab, me: Principal, given: dict, words: str) -> None:
    first = ask(lab, me, Asked("Up?", prompt="guide@1"))
    conversed(lab, me, first, calls(use("t1", city="Oslo"), use("t2", "clock")))
    with pytest.raises(BadInput, match=words):
        answered(lab, me, first.id, given)
    other = turn(lab, me, Asked("Up?"))
    with pytest.raises(BadInput, match="waits for no tool"):
        answered(lab, me, other.id, {"t2": "noon"})


def test_who_asks_on_without_answering_says_so(lab: Lab, me: Principal) -> None:
    first = ask(lab, me, Asked("Up?", prompt="guide@1"))
    conversed(lab, me, first, calls(use("t1", city="Oslo"), use("t2", "clock")))
    second = turn(lab, me, on(first, "Never mind."))
    unanswered = [result(id, "Nobody answered this call.", is_error=True) for id in ("t1", "t2")]
    assert second.messages[-1]["content"] == [*unanswered, {"type": "text", "text": "Never mind."}]
    assert kept(lab, me, first)[-2] == second.messages[-1]


def test_an_open_tool_of_the_apis_own_is_nobodys_to_answer(lab: Lab) -> None:
    search = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}}
    events, asked, logged = made(lab, MOCKS, calls(search))
    assert len(asked) == 1 and told(events).content == [search] and pending(lab, {**logged}) == []
