"""A check as it is asked for: its plans, what they may cost, and its run on the engine's own thread."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Iterator
from concurrent.futures import Future
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lab import cost, evals, store
from lab.engine import Lab, Lives, build, today
from lab.errors import BadInput, CallError, LabError, StoreError
from lab.evals import Order
from lab.evals.choosing import files
from lab.evals.order import SIMULATED
from lab.models import Endpoint
from lab.store import Store, sqlite
from lab.types import Caller, Event, Request
from tests.engine.kit import ME, PLAIN, answer, caller, lab_of

ONE = "prompt: p\ngraders: [{contains: o}]\ncases: [{input: one}, {input: two}]\n"


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """A lab with a prompt and the datasets a and b, and a model that is asked with a key."""
    for name in ("prompts/p", "datasets"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "prompts" / "p" / "v1.yaml").write_text(f'user: "{{{{input}}}}"\nmodel: {PLAIN}\n')
    for name in "ab":
        (tmp_path / "datasets" / f"{name}.yaml").write_text(ONE)
    database = Store(tmp_path / "lab.db", patience=0.3)
    yield replace(lab_of(database), folder=tmp_path)
    database.close()


@pytest.mark.parametrize(
    ("names", "found"),
    [
        ((), ["datasets/a.yaml", "datasets/b.yaml"]),
        (("b",), ["datasets/b.yaml"]),
        (("x/c.yaml", "d.yml"), ["x/c.yaml", "d.yml"]),
        (("/x/c.yaml",), ["/x/c.yaml"]),
    ],
)
def test_where_datasets_lie(names: tuple[str, ...], found: list[str], lab: Lab) -> None:
    assert files(lab.folder, names) == [lab.folder / each for each in found]


@pytest.mark.parametrize("there", [True, False])
def test_there_are_none(there: bool, tmp_path: Path) -> None:
    if there:
        (tmp_path / "datasets").mkdir()
    with pytest.raises(BadInput, match="There are no datasets in"):
        files(tmp_path, ())
    assert evals.shelf(tmp_path / "datasets") == ({}, {})


def test_a_broken_dataset_is_named_beside_the_others(lab: Lab) -> None:
    (lab.folder / "datasets" / "bad.yaml").write_text("prompt: p\ncases: nowhere.jsonl\n")
    found, broken = evals.shelf(lab.folder / "datasets")
    assert list(found) == ["a", "b"] and len(found["a"].cases) == 2
    assert list(broken) == ["bad"] and "nowhere.jsonl: there is no such file." in broken["bad"]


def test_checks_are_patient_and_ask_only_the_simulated_one_where_ordered(lab: Lab) -> None:
    own = replace(lab, endpoints={"own": Endpoint("own", "http://127.0.0.1:9")})
    same = evals.equipped(own, Order())
    assert (same.home, same.endpoints) == (own.home, own.endpoints)
    assert same.settings == replace(own.settings, longest_wait=120.0)
    other = evals.equipped(own, Order(simulated=True))
    assert (other.home, other.endpoints) == (SIMULATED, {"own": SIMULATED})
    longer = replace(own, settings=replace(own.settings, longest_wait_in_checks=500.0))
    assert evals.equipped(longer, Order()).settings.longest_wait == 500.0


def planned(lab: Lab, **fields: Any) -> list[evals.Plan]:
    order = Order(**fields)
    return evals.plans(lab, ME, evals.datasets(lab.folder, order.datasets), order)


def test_the_last_one_planned_is_the_newest(lab: Lab) -> None:
    first, second = planned(lab, models=(PLAIN, "claude-opus-5-5"))
    assert (first.dataset.name, second.dataset.name) == ("a", "b")
    assert first.run < second.run and len(first) == 4


def test_nothing_made_up_is_judged_unasked(lab: Lab) -> None:
    without = replace(lab, home=SIMULATED)
    with pytest.raises(LabError, match="measures no quality, so there would be no verdict"):
        planned(without)
    assert len(planned(without, simulated=True)) == 2


def test_what_it_will_ask_is_known_before(lab: Lab) -> None:
    (lab.folder / "datasets" / "a.yaml").write_text(f"{ONE}repeats: 3\nconcurrency: 50\n")
    order = Order(("a", "b"), models=(PLAIN, "claude-opus-5-5"), concurrency=5)
    first, second = evals.preview(lab, ME, order)
    assert (first.calls, first.cases, first.repeats, first.at_once) == (12, 2, 3, 5)
    assert (second.calls, second.at_once) == (4, 4)
    assert second.variants == (f"p@1 · {PLAIN}", "p@1 · claude-opus-5-5")
    requests = [plan.request(lab, trial) for plan in planned(lab, **vars(order)) for trial in plan.trials()]
    worst = sum(cost.worst_case(each, lab.model(each.model), today()) for each in requests)
    assert evals.total([first, second]) == (16, worst)
    assert first.most == 3 * second.most


def test_an_unknown_price_is_no_bound(lab: Lab) -> None:
    model = replace(lab.models[PLAIN], prices=())
    previews = evals.preview(replace(lab, models={**lab.models, PLAIN: model}), ME, Order(("a",)))
    assert evals.total(previews) == (2, None)


def answers_then_fails(request: Request) -> AsyncGenerator[Event, None]:
    """Answers the first question, and refuses the key at the second."""
    refused = CallError("no", status=401, type="authentication_error")
    return caller(*(answer("o") if request.messages[-1]["content"] == "one" else [refused]))(request)


def test_what_was_recorded_before_a_run_fails_is_kept_and_replayed_for_nothing(lab: Lab) -> None:
    order = Order(("a",), concurrency=1, record=True)
    asking = evals.equipped(lab, order)
    (plan,) = evals.plans(asking, ME, evals.datasets(lab.folder, order.datasets), order)
    call = build(asking, answers_then_fails)
    with pytest.raises(CallError):
        asyncio.run(evals.fulfil(asking, call, plan, order, lambda result: None))
    file = lab.folder / "datasets" / "a.cassette.jsonl"
    assert file.read_text().count("\n") == 1
    assert "1 recorded answer, 1 added" in asking.tapes[plan.run].saved
    without = replace(lab, home=SIMULATED)
    (preview,) = evals.preview(without, ME, Order(("a",)))
    assert (preview.replayed, preview.most, preview.calls) == (True, 0, 2)
    replaying = evals.equipped(without, Order())
    (plan,) = evals.plans(replaying, ME, evals.datasets(lab.folder, ("a",)), Order())
    with pytest.raises(LabError, match=r"Case '2' .*Record it: lab check a --record$"):
        asyncio.run(evals.fulfil(replaying, build(replaying, answers_then_fails), plan, Order(), print))
    lab.store.flush()
    first, second = store.results(lab.store.read, ME, plan.run)
    assert (first["passed"], first["source"], second["state"]) == (True, "replay", "failed")


class Model:
    """Answers with the question, each time only when it is let; `asked` holds what waits."""

    def __init__(self) -> None:
        self.asked: list[Future[None]] = []
        self.arrived = threading.Semaphore(0)

    def __call__(self, lab: Lab, providers: Any) -> Caller:
        return build(lab, self.answer)

    async def answer(self, request: Request) -> AsyncGenerator[Event, None]:
        mine: Future[None] = Future()
        self.asked.append(mine)
        self.arrived.release()
        await asyncio.wrap_future(mine)
        async for event in caller(*answer(request.messages[-1]["content"]))(request):
            yield event

    def let(self, number: int) -> None:
        """Answer the next so many questions, as they come."""
        for _ in range(number):
            self.next().set_result(None)

    def next(self) -> Future[None]:
        """The next question, once it is asked."""
        assert self.arrived.acquire(timeout=30)
        return self.asked.pop(0)


@pytest.fixture
def model() -> Model:
    return Model()


@pytest.fixture
def lives(lab: Lab, model: Model) -> Iterator[Lives]:
    with closing(Lives(lab, model)) as opened:
        yield opened


def ended(lives: Lives, *runs: str) -> None:
    """These runs have ended by themselves, and it is on the disk."""
    for run in runs:
        if job := lives._jobs.get(run):
            assert job.exception(30) is None
    lives.lab.store.flush()


def states(database: Store) -> list[tuple[str, str, int]]:
    """Of each run, the first first: its dataset, its state, and how many results it has."""
    heads = store.runs(database.read, ME, 9)[::-1]
    return [
        (head["dataset"], head["state"], len(store.results(database.read, ME, head["id"]))) for head in heads
    ]


def test_checks_run_one_after_the_other_in_the_background(lives: Lives, model: Model) -> None:
    first, second = evals.start(lives, ME, Order(concurrency=1))
    assert states(lives.lab.store) == [("a", "running", 0), ("b", "running", 0)]
    assert lives.works(first) and lives.works(second)
    model.let(2)
    third = model.next()
    lives.lab.store.flush()
    assert states(lives.lab.store) == [("a", "passed", 2), ("b", "running", 0)]
    third.set_result(None)
    model.let(1)
    ended(lives, second)
    assert states(lives.lab.store) == [("a", "passed", 2), ("b", "passed", 2)]


def test_stopping_one_keeps_what_it_has_and_lets_the_next_begin(lives: Lives, model: Model) -> None:
    first, second = evals.start(lives, ME, Order(concurrency=1))
    model.let(1)
    model.next()
    lives.end(first)
    model.let(2)
    ended(lives, second)
    assert states(lives.lab.store) == [("a", "interrupted", 1), ("b", "passed", 2)]


def test_one_that_waits_for_its_turn_can_be_stopped(lives: Lives, model: Model) -> None:
    first, second = evals.start(lives, ME, Order(concurrency=1))
    lives.end(second)
    model.let(2)
    ended(lives, first)
    assert states(lives.lab.store) == [("a", "passed", 2), ("b", "interrupted", 0)]


def test_closing_the_lab_interrupts_them(lab: Lab, model: Model) -> None:
    opened = Lives(lab, model)
    evals.start(opened, ME, Order(("a",), concurrency=1))
    model.let(1)
    model.next()
    opened.close()
    with closing(Store(lab.store.path)) as database:
        assert states(database) == [("a", "interrupted", 1)]


def test_nothing_is_started_where_nothing_can_be_written(lab: Lab, model: Model) -> None:
    opened = Lives(lab, model)
    with closing(sqlite.connect(lab.store.path)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="is held by another process"):
            evals.start(opened, ME, Order(("a",)))
        other.execute("ROLLBACK")
    opened.close()
    assert model.asked == []
    with closing(Store(lab.store.path)) as database:
        assert states(database) == [("a", "interrupted", 0)]


def test_what_is_asked_wrongly_starts_nothing(lives: Lives) -> None:
    for order in (Order(("nope",)), Order(prompts=("q",)), Order(models=("m",)), Order(concurrency=0)):
        with pytest.raises(BadInput):
            evals.start(lives, ME, order)
    assert states(lives.lab.store) == []
