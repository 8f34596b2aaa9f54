"""A run's calls never cost more than its budget, whatever they cost and in whatever order they end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab import cost
from lab import store as rows
from lab.engine import Lab, build, today
from lab.errors import BudgetSpent, CallError
from lab.store import Store
from lab.types import Done, Event, Note, Origin, Request, Sent, Usage
from tests.engine.kit import ME, PLAIN, STARTED, collect, done, lab_of, request

RUN = "run"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store(tmp_path / "lab.db")) as opened:
        yield opened


def asked(**fields: object) -> Request:
    return request(**{"origin": Origin("check", "me", run=RUN), **fields})


def worst(lab: Lab) -> int:
    return cost.worst_case(asked(), lab.model(PLAIN), today())


def capped(lab: Lab, cap: int, run: str = RUN, budget: str = "b") -> None:
    lab.store.post(rows.run_opened(run, lab.store.process, ME, "d", {}))
    lab.store.post(rows.run_capped(run, budget, cap))


def ending(output: int) -> Done:
    """An answer of so many tokens, and no input."""
    reply = done("x").reply
    return Done(replace(reply, usage=Usage(input_tokens=0, output_tokens=output)))


class Model:
    """Answers with as many tokens as it is told, or breaks off where that is None, in an order of its own."""

    def __init__(self, outputs: list[int | None], order: list[int]) -> None:
        self.outputs, self.order = iter(outputs), iter(order)
        self.open: list[asyncio.Future[None]] = []
        self.sent = 0
        self.begun = asyncio.Semaphore(0)

    async def __call__(self, request: Request) -> AsyncGenerator[Event, None]:
        self.sent += 1
        mine = asyncio.get_running_loop().create_future()
        self.open.append(mine)
        self.begun.release()
        yield STARTED._replace(usage=Usage(input_tokens=0))
        await mine
        output = next(self.outputs)
        if output is None:
            raise CallError("Cut.", status=200, type="connection_lost")
        yield ending(output)

    def let(self) -> None:
        """One of those under way comes to its end."""
        if self.open:
            self.open.pop(next(self.order) % len(self.open)).set_result(None)


async def spend(lab: Lab, model: Model, calls: int, callers: int = 1) -> list[Event | BaseException]:
    """How each of so many calls at once ended."""
    engines = [build(lab, model) for _ in range(callers)]
    tasks = [asyncio.create_task(collect(engines[n % callers], asked())) for n in range(calls)]
    while not all(task.done() for task in tasks):
        await lab.store.commit(lambda connection: None)
        model.let()
    ended = await asyncio.gather(*tasks, return_exceptions=True)
    return [each if isinstance(each, BaseException) else each[-1] for each in ended]


outputs = st.lists(st.one_of(st.none(), st.integers(0, 100)), min_size=50, max_size=50)
orders = st.lists(st.integers(0, 99), min_size=500, max_size=500)


@settings(max_examples=12, deadline=None)
@given(outputs, orders, st.floats(0.5, 12.0), st.sampled_from([1, 3]))
def test_50_at_once_spend_no_more_than_the_cap(
    tmp_path_factory: pytest.TempPathFactory,
    outputs: list[int | None],
    order: list[int],
    share: float,
    callers: int,
) -> None:
    """`callers`: engines that know nothing of each other, as in several processes."""
    with closing(Store(tmp_path_factory.mktemp("b") / "lab.db")) as store:
        lab = lab_of(store)
        cap = int(worst(lab) * share)
        capped(lab, cap)
        model = Model(outputs, order)
        ended = asyncio.run(spend(lab, model, 50, callers))
        store.flush()
        (upper,) = store.read.execute("SELECT sum(cost_upper) FROM attempts").fetchone()
        budget = rows.budget_of(store.read, RUN)
        assert (upper or 0) == budget.reserved <= cap
        refused = [each for each in ended if isinstance(each, BudgetSpent)]
        assert model.sent == 50 - len(refused)
        if callers == 1:  # what came free was used: there is no room for one more
            assert (budget.reserved + worst(lab) > cap) or not refused


def test_what_comes_free_is_used(store: Store) -> None:
    lab = lab_of(store)
    capped(lab, worst(lab))
    model = Model([0] * 20, [0] * 20)
    ended = asyncio.run(spend(lab, model, 20))
    assert (model.sent, [each for each in ended if type(each) is not Done]) == (20, [])
    store.flush()
    assert rows.budget_of(store.read, RUN).reserved == 0


def test_one_that_does_not_fit_says_so_and_is_not_sent(store: Store) -> None:
    lab = lab_of(store)
    capped(lab, worst(lab) - 1)
    model = Model([], [])
    (error,) = asyncio.run(spend(lab, model, 1))
    assert type(error) is BudgetSpent and model.sent == 0
    assert str(error).startswith("The budget of $0.00") and "no room for another call" in str(error)


def test_no_price_is_no_room(store: Store) -> None:
    lab = lab_of(store)
    lab = replace(lab, models={**lab.models, PLAIN: replace(lab.models[PLAIN], prices=())})
    capped(lab, 10**15)
    (error,) = asyncio.run(spend(lab, Model([], []), 1))
    assert type(error) is BudgetSpent


def test_the_person_sees_the_wait_and_can_end_it(store: Store) -> None:
    lab = lab_of(store)
    capped(lab, worst(lab))
    model = Model([0] * 3, [0] * 3)

    async def wait() -> None:
        engine = build(lab, model)
        first = asyncio.create_task(collect(engine, asked()))
        await model.begun.acquire()
        events = engine(asked())
        assert type(await anext(events)) is Sent
        assert (await anext(events)).kind == "budget"
        waiting = asyncio.create_task(anext(events))
        third = asyncio.create_task(collect(engine, asked()))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])
        model.let()
        await first
        await model.begun.acquire()  # the room goes to who still waits
        model.let()
        assert any(type(event) is Note or type(event) is Done for event in await third)

    asyncio.run(wait())
    assert model.sent == 2


def test_runs_share_a_budget_and_what_was_spent_before_counts(store: Store) -> None:
    lab = lab_of(store)
    store.post(rows.run_opened(RUN, store.process, ME, "d", {}))
    asyncio.run(spend(lab, Model([100], [0]), 1))
    capped(lab, 5, "other")
    store.post(rows.run_capped(RUN, "b", 7))
    store.post(rows.run_capped(RUN, "b", 8))
    store.flush()
    (paid,) = store.read.execute("SELECT sum(cost_upper) FROM attempts").fetchone()
    assert paid > 0
    for run in (RUN, "other"):
        assert rows.budget_of(store.read, run) == rows.Short(8, paid)
    assert rows.budget_of(store.read, "none") is None
    store.post(rows.run_capped(RUN, "b", None))
    store.flush()
    assert rows.budget_of(store.read, RUN) is None
