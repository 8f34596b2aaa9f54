"""Saved answers graded again: by the dataset as it is now, and without a call but for judges."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncGenerator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lab import evals
from lab.engine import Lab, Lives, build
from lab.errors import BadInput, CallError
from lab.evals import Plan, Verdict
from lab.evals.asking import answered
from lab.evals.grading import sample
from lab.evals.logged import telling
from lab.store import calls, run
from lab.types import Caller, Done, Event, Request, Usage, new_id
from tests.engine.kit import ME, PLAIN, STARTED, THINKER, answer, caller, done
from tests.evals.files import dataset

HEAD = f"prompt: p\nmodels: {PLAIN}\n"
CASES = "cases: [{id: a, input: one}, {id: b, input: two}, {id: c, input: three}]\n"
JUDGE = f"graders: [{{judge: {{rubric: It counts., models: {THINKER}}}}}]\n"


def echo(request: Request) -> AsyncGenerator[Event, None]:
    return caller(*answer(request.messages[-1]["content"]))(request)


def nobody(request: Request) -> AsyncGenerator[Event, None]:
    raise AssertionError("somebody was asked")


def checked(lab: Lab, text: str, call: Caller = echo) -> str:
    """A run of the dataset `x`, which it writes."""
    data = dataset(lab.folder, HEAD + text)
    plan = Plan(new_id(), data, evals.variants(lab, lab.folder / "prompts", data, (), ()), ME)
    asyncio.run(evals.check(lab, build(lab, call), plan, 2, False, lambda result: None))
    lab.store.flush()
    return plan.run


def again(lab: Lab, id: str, text: str, call: Caller = nobody, **how: Any) -> tuple[dict, str, Verdict]:
    """The new run, what was said before it, and its verdict."""
    (lab.folder / "x.yaml").write_text(HEAD + text)
    of = evals.regraded(lab, ME, id, **how)
    grading = evals.fulfil(of.lab, build(of.lab, call), of.plan, of.order, lambda result: None)
    verdict = asyncio.run(grading)
    lab.store.flush()
    return run(lab.store.read, ME, of.plan.run), of.words, verdict


def test_new_graders_and_thresholds_hold_for_the_old_answers(lab: Lab) -> None:
    old = checked(lab, f"graders: [contains: o]\n{CASES}")
    before = run(lab.store.read, ME, old)
    assert before["state"] == "failed"
    logged = len(calls(lab.store.read, ME, 99))
    kept, words, verdict = again(
        lab, old, f"graders: [{{not: {{contains: tw}}}}]\nmin_pass_rate: 0.6\n{CASES}"
    )
    assert words == f"3 saved answers of run {old} are graded again, without a new call."
    assert (verdict.state, kept["state"], kept["settings"]["regraded"]) == ("passed", "passed", old)
    assert {each["case_id"]: each["passed"] for each in kept["results"]} == {"a": True, "b": False, "c": True}
    for name in ("call_id", "answer", "total_ms", "state"):
        one, other = ({each["case_id"]: each[name] for each in found["results"]} for found in (before, kept))
        assert one == other
    assert len(calls(lab.store.read, ME, 99)) == logged
    assert (kept["cost"], kept["summary"]["scores"][0]["cost"]) == (0, 0)
    assert kept["summary"]["scores"][0]["seconds"] == 0.3
    assert run(lab.store.read, ME, old) == before


def test_graders_see_the_stored_call_as_they_saw_it_when_it_came(lab: Lab) -> None:
    block = {"type": "tool_use", "id": "t1", "name": "t", "input": {"a": 1}}
    said = done("I cannot help with that.")
    call = caller(
        STARTED, Done(replace(said.reply, content=(*said.reply.content, block), stop_reason="refusal"))
    )
    text = "context: '{{x}}'\ncases: [{id: a, input: one, x: 1}]\n"
    of = evals.regraded(lab, ME, checked(lab, text, call))
    (trial,) = of.plan.trials()
    then, now = (
        sample(trial, *asyncio.run(answered(of.lab, way, of.plan, trial)))
        for way in (build(lab, call), telling(of.lab, of.plan, nobody))
    )
    assert now == then
    assert (now.refused, now.stop_reason, now.seconds, now.first_token) == (True, "refusal", 0.3, 0.2)
    assert (now.content[-1], now.context, now.output_tokens) == (block, "1", 1)
    assert now.cost is not None


@pytest.mark.parametrize(
    ("cases", "words", "left"),
    [
        ("{id: a, input: one}, {id: b, input: two}", "1 no longer in the dataset (c)", "ab"),
        (
            "{id: a, input: one}, {id: b, input: TWO}, {id: c, input: three}",
            "1 asked something else now (b)",
            "ac",
        ),
        (
            f"{CASES[8:-2]}, {{id: d, input: four}}, {{id: e, input: five}}",
            "2 not asked in that run (d, e)",
            "abc",
        ),
    ],
)
def test_cases_that_were_not_asked_as_they_stand_are_left_out(
    cases: str, words: str, left: str, lab: Lab
) -> None:
    old = checked(lab, CASES)
    kept, said, verdict = again(lab, old, f"graders: [contains: o]\nmin_pass_rate: 0\ncases: [{cases}]\n")
    assert words in said
    assert sorted(each["case_id"] for each in kept["results"]) == list(left)
    assert verdict.state == "passed"
    assert verdict.sentence.endswith(f"The answers are those of run {old}, graded again.")
    assert f"Asked were {len(left)} of " in verdict.sentence


def test_an_answer_that_failed_stays_without_a_verdict(lab: Lab) -> None:
    async def second_fails(request: Request) -> AsyncGenerator[Event, None]:
        if request.messages[-1]["content"] == "two":
            raise CallError("No key.", status=500, should_retry=False)
        async for event in echo(request):
            yield event

    old = checked(lab, CASES, second_fails)
    kept, _, verdict = again(lab, old, f"graders: [regex: .]\n{CASES}")
    found = {each["case_id"]: (each["passed"], each["state"], each["error"]) for each in kept["results"]}
    assert found == {"a": (True, "ok", None), "b": (None, "failed", "No key."), "c": (True, "ok", None)}
    assert verdict.state == "invalid"


def test_judges_are_asked_and_priced_or_left_out(lab: Lab) -> None:
    old, asked = checked(lab, CASES), []

    def judge(request: Request) -> AsyncGenerator[Event, None]:
        asked.append(request.origin)
        return caller(*answer(json.dumps({"reason": "So.", "verdict": "pass"})))(request)

    kept, words, verdict = again(lab, old, JUDGE + CASES, judge)
    assert re.search(r"Judges are asked up to 3 times, for at most \$0\.\d+ \(estimate\)\.", words)
    assert (verdict.state, kept["judging"]["calls"], len(asked)) == ("passed", 3, 3)
    assert {origin.run for origin in asked} == {kept["id"]}
    assert kept["cost"] == kept["judging"]["cost"] > 0
    kept, words, verdict = again(lab, old, JUDGE + CASES, judges=False)
    assert words.endswith("without a new call.")
    assert (verdict.state, kept["judging"]["calls"]) == ("invalid", 0)
    assert "judges were left out" in kept["results"][0]["grades"][0]["reason"]


def test_repeats_are_those_of_the_run(lab: Lab) -> None:
    old = checked(lab, f"repeats: 3\nneeds: 2\n{CASES}")
    kept, _, _ = again(lab, old, f"graders: [regex: .]\nrepeats: 5\n{CASES}")
    assert (len(kept["results"]), kept["settings"]["repeats"], kept["settings"]["needs"]) == (9, 3, 2)
    kept, _, _ = again(lab, old, f"graders: [regex: .]\nrepeats: 3\nneeds: 1\n{CASES}")
    assert kept["settings"]["needs"] == 1


def test_a_run_that_was_graded_again_can_be_graded_again(lab: Lab) -> None:
    old = checked(lab, CASES)
    first, _, _ = again(lab, old, f"graders: [regex: .]\n{CASES}")
    second, _, verdict = again(lab, first["id"], f"graders: [contains: t]\n{CASES}")
    assert (second["settings"]["regraded"], verdict.state) == (first["id"], "failed")
    with pytest.raises(BadInput, match=f"Do that anew: lab runs regrade {first['id']}"):
        evals.interrupted(lab, ME, second["id"])


def test_what_cannot_be_graded_again_is_said(lab: Lab) -> None:
    old = checked(lab, CASES)
    with pytest.raises(
        BadInput, match=r"answers no case of .*x.yaml as it stands now: 3 asked something else"
    ):
        again(lab, old, "input: '{{input}}!'\n" + CASES)
    lab.store.post(lambda db: db.execute("DELETE FROM cases"))
    lab.store.flush()
    with pytest.raises(BadInput, match="is of an older lab"):
        again(lab, old, CASES)
    with pytest.raises(BadInput, match="There is no dataset"):
        evals.regraded(lab, ME, old, file=Path("y.yaml"))
    old = checked(lab, CASES)
    (lab.folder / "prompts" / "p" / "v1.yaml").write_text('user: "Say {{input}}"\n')
    with pytest.raises(BadInput, match="p@1 has changed since run"):
        again(lab, old, CASES)


TOOLS = "tools: [{name: t, input_schema: {type: object}, mocks: [{when: {a: 1}, answer: one}]}]\n"


def test_the_calls_of_tools_on_the_way_are_seen_again(lab: Lab) -> None:
    (lab.folder / "prompts" / "p" / "v1.yaml").write_text('user: "{{input}}"\n' + TOOLS)
    block = {"type": "tool_use", "id": "t1", "name": "t", "input": {"a": 1}}
    ask = Done(replace(done(stop_reason="tool_use").reply, content=(block,), usage=Usage(7, 3)))

    def call(request: Request) -> AsyncGenerator[Event, None]:
        asked = isinstance(request.messages[-1]["content"], str)
        return caller(*((STARTED, ask) if asked else answer("It is ", "one.")))(request)

    of = evals.regraded(lab, ME, checked(lab, "cases: [{id: a, input: one}]\n", call))
    (trial,) = of.plan.trials()
    then, now = (
        sample(trial, *asyncio.run(answered(of.lab, way, of.plan, trial)))
        for way in (build(lab, call), telling(of.lab, of.plan, nobody))
    )
    assert [each["type"] for each in now.content] == ["tool_use", "text"]
    assert (now.content, now.text, now.cost, now.output_tokens) == (then.content, then.text, then.cost, 5)
    assert now.first_token is None  # that of the first round is not kept


def test_a_page_begins_it_in_the_background(lab: Lab) -> None:
    old = checked(lab, CASES)
    (lab.folder / "x.yaml").write_text(HEAD + JUDGE + CASES)
    said = json.dumps({"reason": "So.", "verdict": "pass"})
    with closing(Lives(lab, lambda lab, providers: build(lab, caller(*answer(said))))) as lives:
        [new] = evals.start_regrading(lives, ME, old)
        assert run(lab.store.read, ME, new)["settings"]["regraded"] == old
        if job := lives._jobs.get(new):
            assert job.exception(30) is None
        lab.store.flush()
        assert run(lab.store.read, ME, new)["state"] == "passed"
