"""Cases that flip: by whose doing, how often, and what more repeats would show."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from typing import Any

import pytest

from lab import evals, store
from lab.engine import Lab, build
from lab.errors import BadInput
from lab.evals import Dataset, flakes
from lab.evals.flakes import Report
from lab.evals.gate.noise import Noise, seen
from lab.types import Event, Request, new_id
from tests.engine.kit import ME, THINKER, answer, caller
from tests.evals.test_judging import checked, plan

JUDGE = f"graders: [{{name: kind, judge: {{rubric: Be kind., models: {THINKER}}}}}]\nmin_pass_rate: 0\n"
WORDS = "graders: [{name: short, length: {max: 1, unit: words}}]\nmin_pass_rate: 0\n"
CASES = "cases: [{input: one}, {input: two}, {input: three}, {input: four}]\n"


class Moody:
    """Answers `answers(question, nth time)`, and judges `judge(answer, nth time)`."""

    def __init__(self, answers: Callable[[str, int], str], judge: Callable[[str, int], bool]) -> None:
        self.answers, self.judge = answers, judge
        self.times: dict[str, int] = {}

    def __call__(self, request: Request) -> AsyncGenerator[Event, None]:
        said = request.messages[-1]["content"]
        time = self.times[said] = self.times.get(said, -1) + 1
        if request.origin.source == "check":
            return caller(*answer(self.answers(said, time)))(request)
        verdict = "pass" if self.judge(said, time) else "fail"
        return caller(*answer(json.dumps({"reason": "So.", "verdict": verdict})))(request)


def steady(said: str, time: int) -> str:
    return said


def run(lab: Lab, call: Moody, text: str) -> str:
    kept, raised = checked(lab, call, plan(lab, text), 1)
    assert raised is None
    return kept["id"]


def versioned(lab: Lab, call: Moody, data: Dataset, ref: str) -> str:
    of = evals.Plan(new_id(), data, evals.variants(lab, lab.folder / "prompts", data, (ref,), ()), ME)
    of.loads(lab)
    kept, raised = checked(lab, call, of, 1)
    assert raised is None
    return kept["id"]


def regraded(lab: Lab, call: Moody, id: str, **how: Any) -> None:
    of = evals.regraded(lab, ME, id, **how)
    for each in of.plans:
        asyncio.run(evals.fulfil(of.lab, build(lab, call), each, of.order, lambda result: None))
    lab.store.flush()


def report(lab: Lab, id: str) -> Report:
    (found,) = flakes.reports(lab, ME, id)
    return found


def kinds(of: Report) -> dict[str, tuple[str, int, int, tuple[str, ...]]]:
    return {each.case: (each.kind, each.passed, each.seen, each.graders) for each in of.flaky}


def test_one_run_of_one_answer_each_cannot_tell(lab: Lab) -> None:
    of = report(lab, run(lab, Moody(steady, lambda said, time: True), JUDGE + CASES))
    assert (of.again, of.flaky, of.steps, of.needs) == (0, (), (), None)
    assert flakes.sentence(of).startswith("Each of 4 cases has one verdict, so that none can flip.")
    assert flakes.advice(of) == []


def test_none_flips(lab: Lab) -> None:
    of = report(lab, run(lab, Moody(steady, lambda said, time: True), f"repeats: 3\n{JUDGE}{CASES}"))
    assert flakes.sentence(of) == "None of 4 cases flips."
    assert of.steps == () and flakes.basis(of) == []


def test_a_model_that_flips(lab: Lab) -> None:
    """`one` is answered in two words every third time, and its judge is never asked anything else."""

    def answers(said: str, time: int) -> str:
        return "two words" if said == "one" and time % 3 == 2 else said

    id = run(lab, Moody(answers, lambda said, time: True), f"repeats: 3\n{WORDS}{CASES}")
    of = report(lab, id)
    assert kinds(of) == {"1": ("model", 2, 3, ())}
    (flake,) = of.flaky
    assert [(each.passed, each.graded) for each in flake.answers] == [(0, 1), (2, 2)]
    assert "failed: short: " in flake.answers[0].reasons[0]
    assert flakes.row(flake) | {"case": "1"} == {
        "case": "1", "passed": "2 of 3", "answers": "2 different", "who flips": "the model",
    }  # fmt: skip
    assert flakes.sentence(of).startswith("1 of 4 cases flips: in 1 the model answers differently")
    # a third of the variance of one answer about its case's mean, in one case of four
    noise = Noise(0.0, 2 * (2 * (1 / 3) ** 2 + (2 / 3) ** 2) / 2 / 4)
    assert [each.drop for each in of.steps] == [seen(noise, 4, each.repeats) for each in of.steps]
    assert of.assumed and not of.judged and "if versions differ by nothing else" in flakes.basis(of)[0]


def test_the_same_version_again_is_one_more_repeat(lab: Lab) -> None:
    moody = Moody(lambda said, time: "two words" if said == "one" and time else said, lambda said, time: True)
    first, second = (run(lab, moody, WORDS + CASES) for _ in range(2))
    assert kinds(report(lab, first)) == kinds(report(lab, second)) == {"1": ("model", 1, 2, ())}
    assert flakes.sentence(report(lab, second)).startswith("1 of 4 cases flips in 2 runs: in 1 the model")
    third = run(lab, moody, WORDS.replace("max: 1", "max: 3") + CASES)  # other graders: no flip
    assert kinds(report(lab, third)) == {} and len(report(lab, first).runs) == 2


def test_a_judge_that_flips_is_found_by_asking_it_again(lab: Lab) -> None:
    """Of `one` it changes its mind each time; `two` is answered in two ways, of which it always fails one."""
    moody = Moody(
        lambda said, time: f"{said} {time}" if said == "two" else said,
        lambda said, time: time % 2 == 0 if "one" in said else "two 1" not in said,
    )
    id = run(lab, moody, f"repeats: 2\n{JUDGE}{CASES}")
    before = report(lab, id)
    assert kinds(before) == {"2": ("model", 1, 2, ())} and before.judged and not before.regraded
    assert "only grading them again tells" in flakes.advice(before)[-1]

    regraded(lab, moody, id, times=3)
    of = report(lab, id)
    assert kinds(of) == {"1": ("judge", 4, 8, ("kind",)), "2": ("model", 4, 8, ())}
    assert of.regraded == 3 and of.run == id
    assert flakes.sentence(of).startswith(
        "2 of 4 cases flip in 4 runs: in 1 the model answers differently, in 1 the judge grades the same"
    )
    assert [flakes.told(each) for each in of.flaky[0].answers] == ["given 2 times, passed 4 of 8 times"]
    assert len(flakes.advice(of)) == 2
    newest = max(of.runs)
    assert report(lab, newest).run == id  # of a run that graded again, it is that whose answers these are


def test_both_flip_and_only_flipping_cases_are_graded_again(lab: Lab) -> None:
    """Of the answer `two 0` the judge lets two of three pass, the answer `two 1` it always fails."""
    moody = Moody(
        lambda said, time: f"{said} {time}" if said == "two" else said,
        lambda said, time: "two 1" not in said and ("two 0" not in said or time != 1),
    )
    id = run(lab, moody, f"repeats: 2\n{JUDGE}{CASES}")
    of = evals.regraded(lab, ME, id, only=report(lab, id).flipping, times=2)
    assert "2 saved answers of run" in of.words
    assert "graded again, 2 times. Judges are asked up to 4 times, for at most $" in of.words
    assert [len(each) for each in of.plans] == [2, 2] and of.plans[0].run < of.plans[1].run
    regraded(lab, moody, id, only=report(lab, id).flipping, times=2)
    assert kinds(report(lab, id)) == {"2": ("both", 2, 6, ("kind",))}
    later = store.run_head(lab.store.read, ME, run(lab, moody, JUDGE + CASES))
    assert evals.rivals(lab.store.read, ME, later)[0]["id"] == id  # not what was graded in part


def test_another_grader_that_flips_is_no_judge(lab: Lab) -> None:
    (lab.folder / "g.py").write_text("calls = []\n\ndef odd(text, columns):\n    calls.append(1)\n"
                                     "    return len(calls) % 2 == 1\n")  # fmt: skip
    text = "repeats: 2\ngraders: [{name: odd, python: g.py:odd}]\nmin_pass_rate: 0\ncases: [{input: one}]\n"
    of = report(lab, run(lab, Moody(steady, lambda said, time: True), text))
    assert kinds(of) == {"1": ("grader", 1, 2, ("odd",))}
    assert "in 1 another grader grades the same answer differently" in flakes.sentence(of)
    assert "another grader (odd)" in flakes.row(of.flaky[0])["who flips"]
    assert len(flakes.advice(of)) == 1


def test_what_cannot_be_graded_again_is_said(lab: Lab) -> None:
    id = run(lab, Moody(steady, lambda said, time: True), WORDS + CASES)
    with pytest.raises(BadInput, match="No judge graded run"):
        evals.regraded(lab, ME, id, times=2)
    with pytest.raises(BadInput, match="None of these cases of .* is as it was asked: 9."):
        evals.regraded(lab, ME, id, only={"9"})
    for name, words in (("nothing", "'nothing' is no run, and no dataset"), ("last", None), ("x", None)):
        if words:
            with pytest.raises(BadInput, match=words):
                flakes.named(lab, ME, name)
        else:
            assert flakes.named(lab, ME, name) == id


def test_how_far_versions_differ_is_known_where_two_were_asked(lab: Lab) -> None:
    """Of 24 cases the second version loses six for good; each answer of the others is alike."""
    (lab.folder / "prompts" / "p" / "v2.yaml").write_text('user: "{{input}}!"\n')
    cases = "cases: [" + ", ".join(f"{{input: case-{number}}}" for number in range(24)) + "]\n"

    def answers(said: str, time: int) -> str:
        lost = said.endswith("!") and int(said[5:-1]) < 6
        return "two words" if lost or (said == "case-20" and time == 1) else "one"

    moody = Moody(answers, lambda said, time: True)
    text = f"repeats: 2\n{WORDS}{cases}"
    data = plan(lab, text).dataset
    first = versioned(lab, moody, data, "p@1")
    alone = report(lab, first)
    assert alone.assumed
    versioned(lab, moody, data, "p@2")
    again = report(lab, first)
    assert not again.assumed and "and how far versions did" in flakes.basis(again)[0]
    wide, narrow = ({each.repeats: each.drop for each in one.steps} for one in (again, alone))
    assert wide[10] > 3 * narrow[10]  # repeats bring little where versions differ in truth


def test_a_run_that_says_little_of_itself(lab: Lab) -> None:
    settings = {"variants": ["p@1 · m"], "cases": 1, "repeats": 1, "needs": 1, "dataset_hash": ""}
    lab.store.post(store.run_opened("t0000000000r1", "other", ME, "y", settings))
    lab.store.flush()
    of = report(lab, "t0000000000r1")
    assert flakes.sentence(of) == "No answer has a verdict, so that none can flip." and of.runs == (of.run,)
