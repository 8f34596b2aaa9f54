"""A check's calls: so many at once, each graded and kept as it comes, until one says that none can work."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any

import pytest

from lab import evals
from lab.engine import Lab, build
from lab.errors import CallError, LabError, StoreError
from lab.evals import Plan, Result
from lab.store import run, sqlite
from lab.types import Caller, Done, Event, Request, Timing, new_id
from tests.engine.kit import ME, PLAIN, STARTED, answer, caller, done
from tests.evals.files import dataset

HEAD = f"prompt: p\nmodels: {PLAIN}\n"
SUM = "cases: [{input: one}, {input: two}, {input: three}]\n"


def plan(lab: Lab, text: str, *models: str, **files: str) -> Plan:
    data = dataset(lab.folder, HEAD + text, **files)
    return Plan(new_id(), data, evals.variants(lab, lab.folder / "prompts", data, (), models), ME)


def checked(lab: Lab, call: Caller, of: Plan, at_once: int = 1) -> tuple[Any, list[Result]]:
    """The verdict, or what was raised, and what was told of each answer; the run is on the disk."""
    took: list[Result] = []
    try:
        verdict = asyncio.run(evals.check(lab, build(lab, call), of, at_once, False, took.append))
    except LabError as error:
        verdict = error
    lab.store.flush()
    return verdict, took


def echo(request: Request) -> AsyncGenerator[Event, None]:
    """Answers with the question."""
    return caller(*answer(request.messages[-1]["content"]))(request)


def test_each_answer_is_kept_with_its_grades(lab: Lab) -> None:
    of = plan(lab, f"graders: [{{contains: o}}, {{name: long, regex: '.{{4}}'}}]\nmin_pass_rate: 0\n{SUM}")
    verdict, took = checked(lab, echo, of)
    kept = run(lab.store.read, ME, of.run)
    assert (verdict.state, kept["state"]) == ("passed", "passed")
    assert [result["passed"] for result in kept["results"]] == [False, False, False]
    grades = [[grade["passed"] for grade in result["grades"]] for result in kept["results"]]
    assert grades == [[True, False], [True, False], [False, True]]
    assert [result["answer"][0]["text"] for result in kept["results"]] == ["one", "two", "three"]
    assert [result["call_id"] for result in kept["results"]] == [result.call for result in took]
    assert kept["summary"]["scores"][0]["failed"] == 3


def test_a_threshold_judges_by_the_mean_and_metrics_are_kept(lab: Lab) -> None:
    common = (
        "[{contains: o, metric: vowels}, {contains: e, metric: vowels}, {contains: x, weight: 0, name: x}]"
    )
    own = "cases: [{input: one}, {input: two}, {input: two, threshold: 0.5}]\n"
    of = plan(lab, f"graders: {common}\nthreshold: 0.8\n{own}")
    verdict, took = checked(lab, echo, of)
    assert [(each.passed, each.score) for each in took] == [(True, 1.0), (False, 0.5), (True, 0.5)]
    kept = run(lab.store.read, ME, of.run)
    assert [each["score"] for each in kept["results"]] == [1.0, 0.5, 0.5]
    last = kept["results"][1]["grades"][-1]
    assert (last["name"], last["reason"], last["passed"]) == ("mean score", "0.5; 0.8 is needed", False)
    assert evals.why(kept["results"][1]).endswith("mean score: 0.5; 0.8 is needed")
    means = {"vowels": {"mean": pytest.approx(4 / 6), "graded": 6, "ungraded": 0}}
    assert kept["summary"]["scores"][0]["metrics"] == means == verdict.scores[0].metrics
    assert "| mean vowels | cost |" in evals.reports.page(evals.reports.Subject(kept))


def test_what_weighs_nothing_decides_nothing(lab: Lab) -> None:
    of = plan(lab, f"graders: [{{contains: x, weight: 0}}]\n{SUM}")
    verdict, took = checked(lab, echo, of)
    assert (verdict.state, [each.passed for each in took]) == ("passed", [True] * 3)
    assert [each.grades[0].passed for each in took] == [False] * 3


def test_answers_that_come_out_of_turn_are_their_own_cases(lab: Lab) -> None:
    """Repeats and variants at once: the first asked is the last answered."""
    cases = "".join(f"  - {{input: w{n}, graders: [{{equals: w{n}}}]}}\n" for n in range(5))
    of = plan(lab, f"repeats: 3\ncases:\n{cases}", PLAIN, "claude-opus-5-5")
    waiting: list[asyncio.Future] = []
    most = ended = 0

    def let() -> None:
        """Answer the last that was asked, once all wait that can."""
        if waiting and len(waiting) == min(6, 30 - ended):
            waiting.pop().set_result(None)

    async def backwards(request: Request) -> AsyncGenerator[Event, None]:
        nonlocal most, ended
        mine = asyncio.get_running_loop().create_future()
        waiting.append(mine)
        most = max(most, len(waiting))
        let()
        await mine
        async for event in echo(request):
            yield event
        ended += 1
        let()

    verdict, took = checked(lab, backwards, of, 6)
    assert (verdict.state, most) == ("passed", 6)
    assert [(score.passed, score.failed) for score in verdict.scores] == [(5, 0), (5, 0)]
    kept = run(lab.store.read, ME, of.run)["results"]
    assert len({(each["case_id"], each["variant"], each["repeat"]) for each in kept}) == len(took) == 30
    for each in kept:
        assert each["answer"][0]["text"] == f"w{int(each['case_id']) - 1}"
        assert each["repeat"] in (1, 2, 3)


RAISES = "def f(text, columns):\n    if 'o' in text:\n        raise KeyError('x')\n    return True\n"
EXITS = "import sys\ndef f(text, columns):\n    sys.exit(1)\n"


@pytest.mark.parametrize(
    ("source", "graders", "passed"),
    [
        (RAISES, "[{python: 'g.py:f'}]", [None, None, True]),
        (RAISES, "[{not: {python: 'g.py:f'}}]", [None, None, False]),
        (RAISES, "[{python: 'g.py:f'}, {contains: t}]", [False, None, True]),
        (EXITS, "[{python: 'g.py:f'}]", [None, None, None]),
        ("def f(text, columns):\n    return 'yes'\n", "[{python: 'g.py:f'}]", [None, None, None]),
    ],
)
def test_a_grader_that_raises_gives_no_verdict(
    source: str, graders: str, passed: list[bool | None], lab: Lab
) -> None:
    of = plan(lab, f"graders: {graders}\n{SUM}", g__py=source)
    verdict, took = checked(lab, echo, of, 3)
    by_case = {each["case_id"]: each["passed"] for each in run(lab.store.read, ME, of.run)["results"]}
    assert [by_case[case] for case in "123"] == passed
    assert [each.passed for each in sorted(took, key=lambda each: each.case)] == passed
    assert verdict.state == "invalid"
    ungraded = [each.error for each in took if each.passed is None]
    assert all("could not grade: " in error for error in ungraded)


AWAY = """
import threading
def f(text, columns):
    return threading.current_thread() != threading.main_thread()
"""


def test_the_teams_own_grader_holds_nobody_up(lab: Lab) -> None:
    """It runs beside the loop, which is the main thread's here."""
    verdict, took = checked(lab, echo, plan(lab, f"graders: [{{python: 'g.py:f'}}]\n{SUM}", g__py=AWAY), 3)
    assert (verdict.state, [each.passed for each in took]) == ("passed", [True] * 3)


def test_a_failed_call_is_missing_and_the_others_go_on(lab: Lab) -> None:
    async def second_fails(request: Request) -> AsyncGenerator[Event, None]:
        if request.messages[-1]["content"] == "two":
            raise CallError("Bad.", status=400, type="invalid_request_error")
        async for event in echo(request):
            yield event

    of = plan(lab, f"graders: [{{regex: .}}]\n{SUM}")
    verdict, took = checked(lab, second_fails, of)
    assert [(each.state, each.passed, each.error) for each in took] == [
        ("ok", True, None), ("failed", None, "Bad."), ("ok", True, None),
    ]  # fmt: skip
    assert (verdict.state, verdict.scores[0].missing) == ("invalid", 1)
    assert [each["error"] for each in run(lab.store.read, ME, of.run)["results"]] == [None, "Bad.", None]


@pytest.mark.parametrize(
    "error",
    [
        CallError("No.", status=401, type="authentication_error"),
        CallError("No.", status=402, type="billing_error"),
        CallError("No.", status=403, type="http_403"),
        CallError("No.", status=404, type="not_found_error"),
        CallError("No.", status=200, type="permission_error"),
        StoreError("No."),
        LabError("No."),
    ],
    ids=repr,
)
@pytest.mark.parametrize("at_once", [1, 3])
def test_what_no_further_call_can_mend_ends_the_run(error: LabError, at_once: int, lab: Lab) -> None:
    asked = []

    async def refuse(request: Request) -> AsyncGenerator[Event, None]:
        asked.append(request)
        if len(asked) == at_once:
            raise error
        await asyncio.get_running_loop().create_future()
        yield

    of = plan(lab, f"repeats: 4\n{SUM}")
    raised, took = checked(lab, refuse, of, at_once)
    assert (raised, took, len(asked)) == (error, [], at_once)
    kept = run(lab.store.read, ME, of.run)
    assert (kept["state"], kept["summary"]) == ("interrupted", {"sentence": "No.", "done": 0})


BAD = CallError("Bad. It said: x.", status=400, type="invalid_request_error")


@pytest.mark.parametrize(
    ("failures", "asked"),
    [
        ([BAD] * 9, 3),  # three cases alike
        ([CallError("Too large.", status=413, type="request_too_large")] * 9, 3),
        ([None, *[BAD] * 8], 9),  # one answer shows that not all cases share it
        ([CallError(f"Bad {n}.", status=400) for n in range(9)], 9),  # each for a reason of its own
        ([CallError("Busy.", status=529, should_retry=False)] * 9, 9),  # it may pass
    ],
)
@pytest.mark.parametrize("at_once", [1, 2])
def test_a_refusal_that_all_cases_share_ends_the_run(
    failures: list[CallError | None], asked: int, at_once: int, lab: Lab
) -> None:
    left = list(failures)

    async def refuse(request: Request) -> AsyncGenerator[Event, None]:
        if failure := left.pop(0):
            raise failure
        async for event in echo(request):
            yield event

    of = plan(lab, f"repeats: 3\n{SUM}")
    verdict, took = checked(lab, refuse, of, at_once)
    kept = run(lab.store.read, ME, of.run)
    if asked == 9:
        assert (len(took), kept["state"]) == (9, "invalid")
        return
    assert len(failures) - len(left) in (3, 3 + at_once - 1)
    said = f"{of.variants[0].name}: {failures[0]} 3 cases were refused so and none was answered."
    assert (str(verdict), verdict.exit_code, kept["state"]) == (said, 3, "interrupted")
    assert kept["summary"]["sentence"] == said


def test_a_database_that_is_held_ends_the_run_before_anything_is_sent(lab: Lab) -> None:
    sent = []

    def call(request: Request) -> AsyncGenerator[Event, None]:
        sent.append(request)
        return echo(request)

    other = sqlite.connect(lab.store.path)
    other.execute("BEGIN IMMEDIATE")
    of = plan(lab, SUM)
    with pytest.raises(StoreError, match=r"is held by another process.*Nothing was sent\."):
        asyncio.run(evals.check(lab, build(lab, call), of, 2, False, lambda result: None))
    other.execute("ROLLBACK")
    other.close()
    lab.store.flush()
    assert sent == []
    assert run(lab.store.read, ME, of.run)["state"] == "interrupted"


def test_cancelling_ends_every_call(lab: Lab) -> None:
    ended = []

    async def hang(request: Request) -> AsyncGenerator[Event, None]:
        try:
            if request.messages[-1]["content"] == "three":
                task.cancel()
            await asyncio.get_running_loop().create_future()
            yield
        finally:
            ended.append(request.id)

    of = plan(lab, SUM)

    async def cancelled() -> None:
        nonlocal task
        task = asyncio.current_task()
        await evals.check(lab, build(lab, hang), of, 3, False, lambda result: None)

    task: Any = None
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(cancelled())
    lab.store.flush()
    assert len(ended) == 3
    kept = run(lab.store.read, ME, of.run)
    assert (kept["state"], kept["summary"]["sentence"]) == ("interrupted", "interrupted")


def test_figures_and_tools_are_of_the_whole_way_to_an_answer(lab: Lab) -> None:
    (lab.folder / "prompts" / "p" / "v1.yaml").write_text('user: "{{input}}"\n' + TOOL)
    asked: list[Request] = []

    def once(request: Request) -> AsyncGenerator[Event, None]:
        """Calls the tool, then answers; each takes 2 s, and costs the same."""
        asked.append(request)
        block = {"type": "tool_use", "id": "t1", "name": "t", "input": {"a": 1}}
        end = done(stop_reason="end_turn" if len(asked) > 1 else "tool_use").reply
        content = ({"type": "text", "text": "Up."},) if len(asked) > 1 else (block,)
        timing = Timing(None, 0.5 * len(asked), 2.0)
        return caller(STARTED, Done(replace(end, content=content, timing=timing)))(request)

    checks = (
        "{tool_call: {name: t, arguments: {a: 1}}}, {equals: Up.}, {not: {latency: 3.9}}, "
        "{latency: {total: 4, first_token: 0.5}}"
    )
    of = plan(lab, f"graders: [{checks}]\ncases: [{{input: '1'}}]\n")
    _, (result,) = checked(lab, once, of)
    assert [grade.passed for grade in result.grades] == [True] * 4, result.grades
    assert len(asked) == 2


TOOL = "tools: [{name: t, input_schema: {type: object}, mocks: [{when: {a: 1}, answer: one}]}]\n"


def test_mocks_answer_in_a_check_and_a_tool_without_one_is_named(lab: Lab) -> None:
    (lab.folder / "prompts" / "p" / "v1.yaml").write_text('user: "{{input}}"\n' + TOOL)

    def calls(request: Request) -> AsyncGenerator[Event, None]:
        """Calls the tool with what is asked, then says what it answered."""
        last = request.messages[-1]["content"]
        if not isinstance(last, str):
            return caller(*answer(last[0]["content"]))(request)
        end = done(stop_reason="tool_use").reply
        block = {"type": "tool_use", "id": "t1", "name": "t", "input": {"a": int(last)}}
        return caller(STARTED, Done(replace(end, content=(block,))))(request)

    of = plan(lab, "graders: [{equals: one}]\ncases: [{input: '1'}, {input: '2'}]\n")
    verdict, took = checked(lab, calls, of)
    first, second = run(lab.store.read, ME, of.run)["results"]
    assert (first["passed"], first["error"]) == (True, None)
    assert (second["passed"], second["state"]) == (None, "failed")
    assert second["error"] == took[1].error
    assert second["error"] == "The model called 't', and the prompt has no mock that answers it. Add one."
    assert verdict.state != "passed"


def test_graders_that_take_their_time_are_right_beside_the_loop_too(lab: Lab) -> None:
    checks = "[{similarity: one, measure: edit}, {language: en, weight: 0}, {contains: o}]"
    _, took = checked(lab, echo, plan(lab, f"graders: {checks}\n{SUM}"), 3)
    passed = {each.case: [grade.passed for grade in each.grades][::2] for each in took}
    assert passed == {"1": [True, True], "2": [False, True], "3": [False, False]}
