"""Judges in a check: calls of their own beside those of the answers."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncGenerator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from lab import evals, models
from lab.engine import Lab, build
from lab.errors import BadInput, CallError, LabError
from lab.evals import Order, Plan, reports
from lab.evals.reports import Subject
from lab.models import Endpoint
from lab.store import calls, run
from lab.types import Caller, Done, Event, Request, Timing, new_id
from tests.engine.kit import ME, PLAIN, THINKER, answer, caller, done
from tests.evals.files import dataset

CASES = "cases: [{input: one}, {input: two}, {input: three}]\n"
JUDGE = f"graders: [{{judge: {{rubric: It counts., models: {THINKER}}}}}]\n"


class Stage:
    """Answers with the question; a judge says what `verdicts` hold for a text in what it is asked."""

    def __init__(self, verdicts: Mapping[str, Any]) -> None:
        self.verdicts = verdicts
        self.asked: list[Request] = []

    def __call__(self, request: Request) -> AsyncGenerator[Event, None]:
        self.asked.append(request)
        said = request.messages[-1]["content"]
        if request.origin.source == "check":
            return caller(*answer(said))(request)
        verdict = next(verdict for text, verdict in self.verdicts.items() if text in said)
        if isinstance(verdict, (Exception, Done)):
            return caller(verdict)(request)
        return caller(*answer(json.dumps({"reason": "So.", "verdict": verdict})))(request)

    @property
    def judged(self) -> list[Request]:
        return [request for request in self.asked if request.origin.source == "judge"]


def plan(lab: Lab, text: str) -> Plan:
    data = dataset(lab.folder, f"prompt: p\nmodels: {PLAIN}\n{text}")
    made = Plan(new_id(), data, evals.variants(lab, lab.folder / "prompts", data, (), ()), ME)
    made.loads(lab)
    return made


def checked(lab: Lab, call: Caller, of: Plan, at_once: int = 3) -> Any:
    """The run as it is on the disk, and what it raised."""
    try:
        asyncio.run(evals.check(lab, build(lab, call), of, at_once, False, lambda result: None))
    except LabError as error:
        raised = error
    else:
        raised = None
    lab.store.flush()
    return run(lab.store.read, ME, of.run), raised


def test_judgements_are_calls_of_their_own(lab: Lab) -> None:
    stage = Stage({"one": "pass", "two": "fail", "three": "pass"})
    of = plan(lab, f"{JUDGE}min_pass_rate: 0.5\n{CASES}")
    kept, _ = checked(lab, stage, of)
    passed = {each["case_id"]: each["passed"] for each in kept["results"]}
    assert (passed, kept["state"]) == ({"1": True, "2": False, "3": True}, "passed")
    assert [each["grades"][0]["reason"] for each in kept["results"]].count("pass: So.") == 2
    assert len(stage.judged) == 3
    logged = [each for each in calls(lab.store.read, ME, 10) if each["origin"] == "judge"]
    assert {(each["model"], each["prompt"], each["version"], each["state"]) for each in logged} == {
        (THINKER, "p", 1, "ok")
    }
    for request in stage.judged:
        origin = request.origin
        assert (origin.run, origin.variant, origin.repeat) == (of.run, f"p@1 · {PLAIN}", 1)
        assert request.options["output_config"]["format"]["schema"]["required"] == ["reason", "verdict"]


def test_what_judging_takes_stands_apart(lab: Lab) -> None:
    of = plan(lab, JUDGE + CASES)
    kept, _ = checked(lab, Stage({"": "pass"}), of)
    judging, (score,) = kept["judging"], kept["summary"]["scores"]
    assert (judging["calls"], round(judging["seconds"], 6), judging["cost_basis"]) == (3, 0.9, "usage")
    assert score["cost"] + judging["cost"] == kept["cost"]
    assert judging["cost"] == 3 * (10 * 4 + 1 * 20) * 10**6
    assert '"judging"' in reports.text(Subject(kept), ".json")
    assert "judging: \\$0.00018 · 3 calls · 900 ms" in reports.page(Subject(kept))
    nothing, _ = checked(lab, Stage({}), plan(lab, CASES))
    assert nothing["judging"] | {"calls": 0, "cost": 0, "seconds": 0} == nothing["judging"]
    assert "judging" not in reports.page(Subject(nothing))


def test_the_time_of_an_answer_is_without_that_of_its_judges(lab: Lab) -> None:
    slow = done('{"reason": "So.", "verdict": "pass"}')
    slow = Done(replace(slow.reply, timing=Timing(1.0, 2.0, 9.0)))
    kept, _ = checked(lab, Stage({"": slow}), plan(lab, JUDGE + CASES))
    assert kept["summary"]["scores"][0]["seconds"] == 0.3
    assert kept["judging"]["seconds"] == 27


def test_the_same_question_is_put_once_a_run(lab: Lab) -> None:
    """All answers are alike here, and so is what is asked about them, in two graders of three."""
    text = f"repeats: 4\n{JUDGE[:-2]}, {{name: again, judge: {{rubric: It counts., models: {THINKER}}}}}"
    text += f", {{name: other, judge: {{rubric: It ends., models: {THINKER}}}}}]\ncases: [{{input: one}}]\n"
    stage = Stage({"It counts.": "pass", "It ends.": CallError("Bad.", status=400)})
    kept, _ = checked(lab, stage, plan(lab, text), 4)
    assert Counter("It counts." in each.messages[0]["content"] for each in stage.judged) == {
        True: 1,
        False: 1,
    }
    grades = [[grade["passed"] for grade in each["grades"]] for each in kept["results"]]
    assert grades == [[True, True, None]] * 4


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (
            CallError("Busy.", status=529, should_retry=False),
            "the judge claude-opus-5-5 did not answer: Busy.",
        ),
        (CallError("Gone.", status=None), "the judge claude-opus-5-5 did not answer: Gone."),
        (BadInput("Too long."), "the judge claude-opus-5-5 was not asked: Too long."),
        (done("{}", stop_reason="refusal"), "the judge claude-opus-5-5 declined to answer"),
        (done('{"reason": "I', stop_reason="max_tokens"), "was cut off at 4,000 tokens"),
        (done("I would pass it."), "the judge's answer cannot be read"),
        ("perhaps", "the judge's answer is no verdict"),
    ],
)
def test_a_judge_that_fails_leaves_the_answer_open(said: Any, why: str, lab: Lab) -> None:
    kept, raised = checked(lab, Stage({"two": said, "": "pass"}), plan(lab, JUDGE + CASES), 1)
    found = {each["case_id"]: each for each in kept["results"]}
    assert [found[case]["passed"] for case in "123"] == [True, None, True]
    assert why in found["2"]["grades"][0]["reason"]
    assert found["2"]["state"] == "ok"
    assert (raised, kept["state"]) == (None, "invalid")


@pytest.mark.parametrize(
    "error",
    [CallError("No key.", status=401), CallError("No such model.", status=404), LabError("No room.")],
    ids=repr,
)
def test_a_judge_that_cannot_be_had_ends_the_run(error: LabError, lab: Lab) -> None:
    stage = Stage({"": error})
    kept, raised = checked(lab, stage, plan(lab, JUDGE + CASES), 1)
    assert raised is error
    assert (kept["state"], len(stage.asked)) == ("interrupted", 2)


def test_three_requests_that_a_judge_refuses_alike_end_the_run(lab: Lab) -> None:
    stage = Stage({"": CallError("Bad schema.", status=400)})
    _, raised = checked(lab, stage, plan(lab, f"{JUDGE}{CASES[:-2]}, {{input: four}}, {{input: five}}]\n"), 1)
    assert str(raised).startswith("The judge claude-opus-5-5: Bad schema. 3 cases were refused")
    assert len(stage.judged) == 3


def test_a_judge_holds_nobody_up(lab: Lab) -> None:
    """The first answer's judge answers when the last answer has been asked for."""
    last = asyncio.Event()

    async def call(request: Request) -> AsyncGenerator[Event, None]:
        said = request.messages[-1]["content"]
        if request.origin.source == "judge" and "one" in said:
            await last.wait()
        if said == "three":
            last.set()
        async for event in Stage({"": "pass"})(request):
            yield event

    kept, _ = checked(lab, call, plan(lab, JUDGE + CASES), 2)
    assert kept["state"] == "passed"


def test_a_model_without_schemas_is_asked_in_words(lab: Lab) -> None:
    catalogue = models.catalogue({THINKER: {"structured_output": False}})
    stage = Stage({"": "pass"})
    kept, _ = checked(replace(lab, models=catalogue), stage, plan(lab, JUDGE + CASES))
    assert kept["state"] == "passed"
    assert "format" not in stage.judged[0].options.get("output_config", {})
    assert "Answer in JSON" in stage.judged[0].system


def test_the_price_beforehand_counts_judges(lab: Lab) -> None:
    """What it may cost is at least what the ledger reserves for any answer of max_tokens."""
    text = f"repeats: 2\n{CASES}"
    alone, both = plan(lab, text), plan(lab, JUDGE + text)
    assert (alone.judged(lab), both.judged(lab)) == (0, 6)
    assert both.most(lab) > alone.most(lab) + 6 * 4_000 * 20 * 10**6
    assert both.models(lab) == {PLAIN, THINKER}
    pair = plan(lab, f"graders: [{{judge: {{rubric: r, against: x, models: [{PLAIN}, {THINKER}]}}}}]\n{text}")
    assert pair.judged(lab) == 24
    unknown = replace(lab, models=models.catalogue({THINKER: {"prices": []}}))
    assert both.most(unknown) is None
    (previewed,) = evals.preview(lab, ME, Order([str(both.dataset.file)]))
    assert previewed.calls == len(pair) + 24


@pytest.mark.parametrize(
    ("judge", "words"),
    [
        ("{rubric: r, models: claude-haiku-4}", "line 3: judge cannot be asked. No model 'claude-haiku-4'."),
        ("{rubric: r, models: m}", "lab.toml has no such"),
    ],
)
def test_a_judge_that_does_not_exist_is_said_before_anything_is_asked(
    judge: str, words: str, lab: Lab
) -> None:
    lab = replace(lab, models=models.catalogue({"m": {"endpoint": "away"}}))
    with pytest.raises(BadInput, match=words):
        plan(lab, f"graders: [{{judge: {judge}}}]\n{CASES}")


def test_no_made_up_verdict_is_given_by_a_judge_that_was_not_asked_for(lab: Lab) -> None:
    away = {"m": {"endpoint": "away"}}
    lab = replace(
        lab,
        models=models.catalogue(away),
        endpoints={"away": Endpoint("away", source="simulated")},
    )
    file = plan(lab, f"graders: [{{judge: {{rubric: r, models: m}}}}]\n{CASES}").dataset.file
    with pytest.raises(LabError, match="measures no quality"):
        evals.preview(lab, ME, Order([str(file)]))
    assert evals.preview(lab, ME, Order([str(file)], simulated=True))
