"""What is not asked twice: answers of other runs, and those of a run that was cut and goes on."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lab import evals, store
from lab.engine import Lab, Lives, build
from lab.errors import BadInput, CallError, LabError
from lab.evals import Order, Selection
from lab.evals.order import SIMULATED
from lab.store import Store
from lab.types import Caller, Event, Request, Started
from tests.engine.kit import ME, PLAIN, answer, caller, lab_of

TEXT = """\
prompt: [p@1, p@2]
repeats: 2
graders: [{python: 'g.py:f'}]
cases: [{input: one}, {input: two}, {input: three}]
"""
GRADER = "def f(text, columns):\n    return columns['input'] in text\n"


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    for name in ("prompts/p", "datasets"):
        (tmp_path / name).mkdir(parents=True)
    for number, words in ((1, "{{input}}"), (2, "Say {{input}}")):
        (tmp_path / "prompts" / "p" / f"v{number}.yaml").write_text(f'user: "{words}"\nmodel: {PLAIN}\n')
    (tmp_path / "datasets" / "x.yaml").write_text(TEXT)
    (tmp_path / "datasets" / "g.py").write_text(GRADER)
    database = Store(tmp_path / "lab.db")
    yield replace(lab_of(database), folder=tmp_path)
    database.close()


class Model:
    """Answers with the question and the number of the answer; `asked` are the questions. `at` says by number
    what happens instead: something is raised, before or after the answer."""

    def __init__(self, **at: Any) -> None:
        self.asked: list[str] = []
        self.at = {int(name[1:]): what for name, what in at.items()}

    async def __call__(self, request: Request) -> AsyncGenerator[Event, None]:
        self.asked.append(request.messages[-1]["content"])
        number = len(self.asked)
        what = self.at.get(number)
        if isinstance(what, BaseException):
            raise what
        async for event in caller(*answer(f"{self.asked[-1]} {number}"))(request):
            yield event


def ordered(lab: Lab, **fields: Any) -> evals.Plan:
    order = Order(("x",), concurrency=1, **fields)
    [plan] = evals.plans(lab, ME, evals.chosen(lab, ME, order).datasets, order)
    return plan


def made(lab: Lab, model: Caller, plan: evals.Plan) -> dict[str, Any]:
    """The run, once it has ended or was cut."""
    with suppress(KeyboardInterrupt, LabError):
        asyncio.run(evals.check(lab, build(lab, model), plan, 1, False, lambda result: None))
    lab.store.flush()
    return store.run(lab.store.read, ME, plan.run)


def gone_on(lab: Lab, model: Caller, id: str = "last", rerun_unknown: bool = False) -> dict[str, Any]:
    head = evals.interrupted(lab, ME, id, rerun_unknown)
    plan, _ = evals.resumed(lab, ME, head, evals.asked_again(head), rerun_unknown)
    return made(lab, model, plan)


def texts(run: dict[str, Any]) -> dict[tuple, str]:
    return {
        (each["case_id"], each["variant"][:3], each["repeat"]): each["answer"][0]["text"]
        for each in run["results"]
    }


def test_the_same_requests_are_answered_from_the_log(lab: Lab) -> None:
    first = made(lab, Model(), ordered(lab))
    model = Model()
    second = made(lab, model, ordered(lab, reuse=True))
    assert (model.asked, texts(second)) == ([], texts(first))
    assert len(set(texts(second).values())) == 12  # repeats stay distinct
    assert [each["call_id"] for each in second["results"]] == [each["call_id"] for each in first["results"]]
    assert all(each["reused"] and each["cost"] == 0 for each in second["results"])
    assert (second["cost"], second["summary"]["reused"], first["summary"]["reused"]) == (0, 12, 0)
    assert second["summary"]["sentence"].endswith("12 of 12 answers are reused.")
    assert second["results"][0]["total_ms"] == 300
    assert second["summary"]["scores"][0]["seconds"] == 0.3


def test_what_is_new_is_asked_and_counted_apart(lab: Lab) -> None:
    made(lab, Model(), ordered(lab, selection=Selection(first=2)))
    (lab.folder / "prompts" / "p" / "v2.yaml").write_text(f'user: "Now {{{{input}}}}"\nmodel: {PLAIN}\n')
    model = Model()
    run = made(lab, model, ordered(lab, reuse=True))
    assert Counter(model.asked) == dict.fromkeys(["three", "Now one", "Now two", "Now three"], 2)
    assert run["summary"]["sentence"].endswith("4 of 12 answers are reused.")
    assert run["tally"] is None and run["cost"] == 8 * run["results"][-1]["cost"] > 0


def test_a_third_repeat_finds_no_third_answer(lab: Lab) -> None:
    made(lab, Model(), ordered(lab))
    (lab.folder / "datasets" / "x.yaml").write_text(TEXT.replace("repeats: 2", "repeats: 3"))
    model = Model()
    made(lab, model, ordered(lab, reuse=True))
    assert len(model.asked) == 6


def test_made_up_answers_are_not_taken_for_real_ones(lab: Lab) -> None:
    made_up = replace(lab, home=SIMULATED)

    def simulated(request: Request) -> AsyncGenerator[Event, None]:
        events = [
            each._replace(source="simulated") if type(each) is Started else each for each in answer("x")
        ]
        return caller(*events)(request)

    made(made_up, simulated, ordered(made_up, simulated=True))
    model = Model()
    made(lab, model, ordered(lab, reuse=True))
    assert len(model.asked) == 12


CUT = [KeyboardInterrupt(), LabError("The disk is full.")]


@pytest.mark.parametrize("cut", CUT, ids=repr)
def test_a_run_that_was_cut_goes_on_with_what_is_missing(cut: BaseException, lab: Lab) -> None:
    first = made(lab, Model(n6=cut), ordered(lab))
    assert (first["state"], len(first["results"])) == ("interrupted", 5)
    model = Model()
    whole = gone_on(lab, model)
    assert (whole["id"], whole["state"], len(model.asked)) == (first["id"], "passed", 7)
    assert texts(first).items() <= texts(whole).items()
    assert (len(whole["results"]), len({*texts(whole)})) == (12, 12)
    assert whole["summary"]["scores"][0]["passed"] == 3
    assert whole["resumed_at"] and whole["summary"]["reused"] == 0
    with pytest.raises(BadInput, match="has come to its end: passed"):
        evals.interrupted(lab, ME, whole["id"])


def test_an_answer_without_its_result_is_graded_from_the_log(lab: Lab) -> None:
    run = made(lab, Model(n6=KeyboardInterrupt()), ordered(lab))
    lost = run["results"][-1]
    lab.store.post(lambda db: db.execute("DELETE FROM results WHERE call_id = ?", (lost["call_id"],)))
    head = evals.interrupted(lab, ME, run["id"])
    plan, words = evals.resumed(lab, ME, head, evals.asked_again(head))
    assert (
        words == f"Run {run['id']} goes on: 4 of 12 answers are there. 1 more is in the log and only graded."
    )
    model = Model()
    whole = made(lab, model, plan)
    assert len(model.asked) == 7
    [found] = [each for each in whole["results"] if each["call_id"] == lost["call_id"]]
    assert {**found} == {**lost}


@pytest.mark.parametrize("kept", [True, False], ids=["with its result", "without one"])
def test_a_call_of_unknown_outcome_is_sent_again_only_when_told(kept: bool, lab: Lab) -> None:
    silence = CallError("Nothing came back.", status=None)
    run = made(lab, Model(n3=silence, n5=KeyboardInterrupt()), ordered(lab))
    if not kept:
        lab.store.post(lambda db: db.execute("DELETE FROM results WHERE state = 'unknown'"))
    head = evals.interrupted(lab, ME, run["id"])
    for told in (False, True):
        plan, words = evals.resumed(lab, ME, head, evals.asked_again(head), told)
        assert "1 call is of unknown outcome, charged with" in words
        assert ("They are made once more, for at most $" in words) == told
        assert ("--rerun-unknown does that, for at most $" in words) != told
    model = Model(n2=KeyboardInterrupt())
    again = gone_on(lab, model)
    assert [each["state"] for each in again["results"]].count("unknown") == 1
    model = Model()
    whole = gone_on(lab, model, rerun_unknown=True)
    assert len(model.asked) == 8  # all but the three answers, and the one that came of going on
    assert (whole["state"], {each["state"] for each in whole["results"]}) == ("passed", {"ok"})


def test_without_being_told_the_unknown_one_has_no_verdict(lab: Lab) -> None:
    made(lab, Model(n3=CallError("Nothing came back.", status=None), n5=KeyboardInterrupt()), ordered(lab))
    model = Model()
    whole = gone_on(lab, model)
    assert (len(model.asked), whole["state"], whole["summary"]["scores"][0]["missing"]) == (8, "invalid", 1)
    with pytest.raises(
        BadInput, match="invalid. 1 call is of unknown outcome: --rerun-unknown makes it once"
    ):
        evals.interrupted(lab, ME, "last")
    model = Model()
    again = gone_on(lab, model, rerun_unknown=True)
    assert (len(model.asked), again["id"], again["state"], len(again["results"])) == (
        1,
        whole["id"],
        "passed",
        12,
    )
    with pytest.raises(BadInput, match="passed. There is nothing to go on with."):
        evals.interrupted(lab, ME, "last", rerun_unknown=True)


def edited(name: str, old: str, new: str) -> Callable[[Path], Any]:
    def edit(folder: Path) -> None:
        file = folder / name
        assert old in file.read_text()
        file.write_text(file.read_text().replace(old, new))

    return edit


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (edited("datasets/x.yaml", "two", "zwei"), "its cases or graders."),
        (edited("datasets/g.py", "in text", "in text[:9]"), "its cases or graders."),
        (edited("datasets/x.yaml", "repeats: 2", "repeats: 3"), "repeats, needs."),
        (edited("prompts/p/v2.yaml", "Say", "Speak"), f"the prompt of p@2 · {PLAIN}."),
    ],
)
def test_what_changed_since_is_named(edit: Callable[[Path], Any], words: str, lab: Lab) -> None:
    made(lab, Model(n6=KeyboardInterrupt()), ordered(lab))
    edit(lab.folder)
    with pytest.raises(BadInput, match="cannot go on. Changed since it began: ") as error:
        gone_on(lab, Model())
    assert words in str(error.value)


def test_a_selection_is_gone_on_with_as_it_was(lab: Lab) -> None:
    made(lab, Model(n2=KeyboardInterrupt()), ordered(lab, selection=Selection(sample=2, seed=3)))
    model = Model()
    whole = gone_on(lab, model)
    assert (len(model.asked), whole["settings"]["cases"], whole["state"]) == (7, 2, "passed")
    assert "Asked were 2 of 3 cases, sampled with seed 3." in whole["summary"]["sentence"]


def test_a_spent_budget_stays_until_it_is_raised_or_lifted(lab: Lab) -> None:
    stopped = made(lab, Model(), ordered(lab, max_cost=1e-6))
    assert (stopped["state"], stopped["results"]) == ("stopped", [])
    for dollars, state in ((None, "stopped"), (2e-6, "stopped"), (0, "passed")):
        head = evals.interrupted(lab, ME, stopped["id"])
        plan, _ = evals.resumed(lab, ME, head, evals.asked_again(head, Order(max_cost=dollars)))
        assert made(lab, Model(), plan)["state"] == state


def test_a_run_that_records_goes_on_recording(lab: Lab) -> None:
    file, order = lab.folder / "datasets" / "x.cassette.jsonl", Order(("x",), concurrency=1, record=True)
    recording = evals.equipped(lab, order)
    [plan] = evals.plans(recording, ME, evals.chosen(recording, ME, order).datasets, order)
    cut = Model(n6=LabError("The disk is full."))
    with pytest.raises(LabError, match="full"):
        asyncio.run(evals.fulfil(recording, build(recording, cut), plan, order, print))
    assert file.read_text().count("\n") == 5
    head = evals.interrupted(lab, ME, plan.run)
    recording = evals.equipped(lab, again := evals.asked_again(head))
    plan, _ = evals.resumed(recording, ME, head, again)
    asyncio.run(evals.fulfil(recording, build(recording, Model()), plan, again, lambda result: None))
    assert file.read_text().count("\n") == 12


@pytest.mark.parametrize(
    ("record", "words"), [(False, "and no key was found to go on."), (True, "No key was found, and the sim")]
)
def test_without_a_key_nobody_else_is_asked(record: bool, words: str, lab: Lab) -> None:
    made(lab, Model(n6=KeyboardInterrupt()), ordered(lab))
    head = evals.interrupted(lab, ME, "last")
    order = replace(evals.asked_again(head), record=record)
    with pytest.raises(LabError, match=words):
        evals.resumed(evals.equipped(replace(lab, home=SIMULATED), order), ME, head, order)


def test_only_one_goes_on(lab: Lab) -> None:
    run = made(lab, Model(n6=KeyboardInterrupt()), ordered(lab))
    head = evals.interrupted(lab, ME, run["id"])
    first, second = (evals.resumed(lab, ME, head, evals.asked_again(head))[0] for _ in range(2))
    assert made(lab, Model(), first)["state"] == "passed"
    with pytest.raises(BadInput, match="Somebody else goes on with run"):
        asyncio.run(evals.check(lab, build(lab, Model()), second, 1, False, lambda result: None))
    assert store.run_head(lab.store.read, ME, run["id"])["state"] == "passed"


def test_a_run_that_still_runs_is_left_alone(lab: Lab) -> None:
    run = made(lab, Model(n6=KeyboardInterrupt()), ordered(lab))
    with closing(Store(lab.store.path)) as other:
        take = store.run_resumed(run["id"], run, other.process, [])
        assert other._writing().commit(take).result()
        with pytest.raises(BadInput, match="still runs. Stop it, or wait for its end."):
            evals.interrupted(lab, ME, "last")
    assert evals.interrupted(lab, ME, "last")["state"] == "interrupted"


def test_the_app_goes_on_by_itself(lab: Lab) -> None:
    run = made(lab, Model(n6=KeyboardInterrupt()), ordered(lab))
    model = Model()
    with closing(Lives(lab, lambda lab, providers: build(lab, model))) as lives:
        assert evals.go_on(lives, ME, run["id"]) == run["id"]
        if job := lives._jobs.get(run["id"]):
            assert job.exception(30) is None
        lab.store.flush()
        assert store.run_head(lab.store.read, ME, run["id"])["state"] == "passed"
    assert len(model.asked) == 7
