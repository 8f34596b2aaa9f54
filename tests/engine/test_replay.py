"""Recorded answers: what is replayed is what was recorded, and nothing goes further in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any

import pytest

from lab.engine import RECORDINGS, Lab, Recording, Spot, Tape, build
from lab.errors import CallError, LabError
from lab.types import (
    NOTHING_BILLED,
    Caller,
    Cost,
    Done,
    Event,
    Origin,
    Reply,
    Request,
    Sent,
    Started,
    Text,
    Thinking,
)
from tests.engine.kit import STARTED, answer, caller, collect, done, request, row

SECRET = "sk-ant-api03-" + "a1" * 20
THINKS = {"type": "thinking", "thinking": "hm", "signature": "c2ln"}
CALLS = {"type": "tool_use", "id": "toolu_01x", "name": "t", "input": {"a": 1}}
SAYS = {"type": "text", "text": "Up."}


def asked(text: str = "Which way?", **origin: Any) -> Request:
    """A question of a check's run."""
    fields = {"source": "check", "user": "me", "run": "r", "case": "1", "variant": "p@1 · m", "repeat": 1}
    return request(text, origin=Origin(**{**fields, **origin}))


def tape(*recordings: Recording, **fields: Any) -> Tape:
    return Tape(recordings, "x.jsonl", "lab check x --record", **{"source": "api", **fields})


def at(lab: Lab, of: Tape, replayed: bool) -> Lab:
    return replace(lab, tapes={"r": of}, **({"home": RECORDINGS} if replayed else {}))


def recorded(lab: Lab, *requests: Request, by: Caller) -> Tape:
    """A tape with the answers to these requests."""
    of = tape(recording=True)
    for each in requests:
        asyncio.run(collect(build(at(lab, of, False), by), each))
    return of


def forbidden(request: Request) -> AsyncGenerator[Event, None]:
    raise AssertionError("nobody is to be asked")


def replays(lab: Lab, of: Tape, each: Request) -> list[Event]:
    return asyncio.run(collect(build(at(lab, of, True), forbidden), each))


def test_a_recorded_answer_comes_back_whole_and_for_nothing(lab: Lab) -> None:
    whole = replace(
        done(stop_reason="refusal").reply,
        content=(THINKS, SAYS),
        stop_details={"category": "cyber"},
        cost=Cost(5, 5, 5, "usage"),
    )
    of = recorded(lab, asked(), by=caller(STARTED, Thinking("hm"), Text("Up."), Done(whole)))
    (kept,) = of.fresh.values()
    events = replays(lab, tape(kept), again := asked(case="2"))
    assert [type(event) for event in events] == [Sent, Started, Thinking, Text, Done]
    reply: Reply = events[-1].reply
    price = kept.reply.recorded_cost
    assert price > 0
    assert reply == replace(
        whole, id="", request_id=None, source="replay", cost=NOTHING_BILLED, recorded_cost=price
    )
    logged = row(lab, again)
    assert (logged["source"], logged["endpoint"], logged["state"]) == ("replay", "recordings", "refused")
    assert (logged["cost"], logged["cost_basis"], logged["attempts"]) == (0, "none", [])
    assert (logged["total_ms"], logged["first_token_ms"]) == (300.0, 200.0)


def test_what_is_not_recorded_fails_says_what_and_is_not_asked(lab: Lab) -> None:
    of = tape()
    with pytest.raises(
        CallError, match=r"Case '1' for p@1 · m is not recorded in x.jsonl.*lab check x --record$"
    ):
        replays(lab, of, each := asked())
    with pytest.raises(CallError, match="Answer 3 of case '7'"):
        replays(lab, of, asked(case="7", repeat=3))
    assert list(of.missed) == ["1", "7"]
    assert (row(lab, each)["state"], row(lab, each)["source"]) == ("failed", "replay")
    with pytest.raises(LabError, match="There are no recordings"):
        replays(lab, of, asked(run="another"))


@pytest.mark.parametrize(
    ("recorded_from", "wanted", "words"),
    [
        ("simulated", "api", "from the simulated Claude, which measures no quality"),
        ("api", "simulated", "from a real model. Leave --sim out"),
        ("api", "api", None),
        ("simulated", "simulated", None),
        ("simulated", None, None),
    ],
)
def test_made_up_and_real_answers_are_not_mixed(
    recorded_from: str, wanted: str | None, words: str | None, lab: Lab
) -> None:
    end = done("Up.").reply
    made = recorded(lab, asked(), by=caller(STARTED, Done(replace(end, source=recorded_from))))
    of = tape(*made.fresh.values(), source=wanted)
    if words is None:
        assert replays(lab, of, asked())[-1].reply.content == (SAYS,)
        assert len(of.played) == 1
        return
    with pytest.raises(CallError, match=words):
        replays(lab, of, asked())


def test_other_calls_pass_through(lab: Lab) -> None:
    """Those of no run that is recorded, and, while some are replayed, those to an endpoint of one's own."""
    of = tape(recording=True)
    asyncio.run(collect(build(at(lab, of, False), caller(*answer("a"))), asked(run="another")))
    assert of.fresh == {}
    live = at(lab, tape(), False)
    assert asyncio.run(collect(build(live, caller(*answer("a"))), asked()))[-1].reply.source == "api"


def test_a_call_that_fails_is_not_recorded_and_the_next_of_its_kind_is_made(lab: Lab) -> None:
    of = tape(recording=True)
    broken = caller(STARTED, Text("a"), CallError("cut", status=200, state="truncated"))
    with pytest.raises(CallError):
        asyncio.run(collect(build(at(lab, of, False), broken), asked()))
    assert of.fresh == {}
    asyncio.run(collect(build(at(lab, of, False), caller(*answer("b"))), asked()))
    assert [each.reply.content[0]["text"] for each in of.fresh.values()] == ["b"]


def test_cases_that_ask_the_same_have_one_answer_and_the_first_ones_name(lab: Lab) -> None:
    came = []

    async def numbered(request: Request) -> AsyncGenerator[Event, None]:
        came.append(request)
        for event in answer(str(len(came))):
            yield event

    async def all_at_once(call: Caller) -> list[str]:
        cases = [asked(case=case) for case in ("10", "9", "2")] + [asked(repeat=2)]
        ended = await asyncio.gather(*(collect(call, each) for each in cases))
        return [events[-1].reply.content[0]["text"] for events in ended]

    of = tape(recording=True)
    said = asyncio.run(all_at_once(build(at(lab, of, False), numbered)))
    assert len(came) == 2 and len(set(said[:3])) == 1
    assert sorted((each.case, each.spot.repeat) for each in of.fresh.values()) == [("1", 2), ("2", 1)]
    assert [
        replays(lab, tape(*of.fresh.values()), asked(case=c))[-1].reply.content[0]["text"] for c in "92"
    ] == [
        said[0],
        said[0],
    ]


def test_no_secret_is_kept_and_one_that_changes_is_found_again(lab: Lab) -> None:
    def echo(request: Request) -> AsyncGenerator[Event, None]:
        return caller(*answer(request.messages[-1]["content"]))(request)

    of = tape(recording=True)
    events = asyncio.run(collect(build(at(lab, of, False), echo), asked(f"My key is {SECRET}.")))
    (kept,) = of.fresh.values()
    assert events[-1].reply.content == kept.reply.content
    assert SECRET not in repr(kept)
    assert (kept.asked, kept.reply.content[0]["text"]) == ("My key is [secret].",) * 2
    assert replays(lab, tape(kept), asked(f"My key is {SECRET}b2."))


@pytest.mark.parametrize(
    "secret",
    [
        SECRET, "AKIAIOSFODNN7EXAMPLE", "ghp_" + "a1" * 18, "xoxb-123456789012-abc", "AIza" + "b" * 35,
        "-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----", "sk_live_" + "4" * 24,
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N",
    ],
)  # fmt: skip
def test_keys_are_told_by_how_they_look(secret: str) -> None:
    from lab.engine.redaction import redacted

    assert redacted(f"a {secret} b") == "a [secret] b"
    assert redacted("risk-free sk-learn-like-libraries, the Bearer of news") == (
        "risk-free sk-learn-like-libraries, the Bearer of news"
    )


def with_tool(id: str, signature: str, result: str = "42") -> Request:
    turns = (
        {"role": "assistant", "content": [{**THINKS, "signature": signature}, {**CALLS, "id": id}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": id, "content": result}]},
    )
    before = asked()
    return replace(before, messages=(*before.messages, *turns))


def test_a_spot_is_the_request_key_but_for_what_is_new_in_every_answer() -> None:
    plain = asked()
    assert Spot.of(plain) == (plain.key(), 1)
    assert Spot.of(asked(repeat=2)) == (plain.key(), 2)
    assert Spot.of(replace(plain, options={"metadata": {"user_id": "lab-1"}})).key == plain.key()
    assert Spot.of(with_tool("a", "x")) == Spot.of(with_tool("b", "y"))
    others = [with_tool("a", "x"), with_tool("a", "x", "43"), plain, asked("Else?")]
    others += [replace(plain, max_tokens=7), replace(plain, options={"effort": "low"}), asked(repeat=2)]
    assert len({Spot.of(each) for each in others}) == len(others)
