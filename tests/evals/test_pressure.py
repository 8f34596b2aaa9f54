"""How many calls are made at once, and how a run comes to a stop before its end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from lab import cost, evals
from lab.engine import Lab, build, today
from lab.errors import BadInput, BudgetSpent, CallError
from lab.evals import Order, Plan, Pressure, Result
from lab.store import Store, budget_of, run
from lab.types import Caller, Event, Note, Request, Sent, new_id
from tests.engine.kit import ME, PLAIN, answer, caller, collect, lab_of, request
from tests.evals.files import dataset

ANSWER = tuple(answer("yes"))
LIMITED, OVERLOADED = Note("rate limited", "…"), Note("overloaded", "…")
REFUSED = CallError("Too many.", status=429, type="rate_limit_error")


def felt(pressure: Pressure, *calls: tuple[Event | BaseException, ...]) -> None:
    """Make these calls one after the other."""

    async def make() -> None:
        for steps in calls:
            with suppress(CallError):
                await collect(pressure.felt(caller(Sent(request()), *steps)), request())

    asyncio.run(make())


def pressed(most: int) -> Pressure:
    made = Pressure()
    made.begin(most)
    return made


@pytest.mark.parametrize(
    ("calls", "limit", "words"),
    [
        ([ANSWER] * 50, 32, ""),
        ([(LIMITED, Sent(request()), *ANSWER)], 16, "Slowed down to 16 at once: rate limited once."),
        ([(REFUSED,)] * 2, 8, "Slowed down to 8 at once: rate limited 2 times."),
        ([(OVERLOADED, REFUSED)], 16, "Slowed down to 16 at once: rate limited once, overloaded once."),
        ([(REFUSED,)] * 9, 1, "Slowed down to 1 at once: rate limited 9 times."),
        ([(CallError("No.", status=400),), (Note("retry", "…"), *ANSWER)], 32, ""),
        ([(REFUSED,), *[ANSWER] * 15], 16, "Slowed down to 16 at once: rate limited once."),
        ([(REFUSED,), *[ANSWER] * 16], 20, "Slowed down to 16 at once: rate limited once."),
        ([(REFUSED,), *[ANSWER] * 36], 24, "Slowed down to 16 at once: rate limited once."),
        ([(REFUSED,), *[ANSWER] * 500], 32, "Slowed down to 16 at once: rate limited once."),
    ],
)
def test_it_halves_and_grows_back(calls: list[tuple], limit: int, words: str) -> None:
    pressure = pressed(32)
    felt(pressure, *calls)
    assert (pressure.limit, pressure.words) == (limit, words)


def test_one_at_once_cannot_be_less() -> None:
    pressure = pressed(1)
    felt(pressure, (REFUSED,))
    assert (pressure.limit, pressure.words) == (1, "Not slowed down: rate limited once.")


def test_calls_that_were_sent_together_count_as_one_refusal() -> None:
    async def together() -> int:
        pressure, all_sent = pressed(32), asyncio.Barrier(20)

        async def call(asked: Request) -> AsyncGenerator[Event, None]:
            yield Sent(asked)
            await all_sent.wait()
            yield LIMITED

        await asyncio.gather(*(collect(pressure.felt(call), request()) for _ in range(20)))
        assert pressure.limited == 20
        return pressure.limit

    assert asyncio.run(together()) == 16


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    (tmp_path / "prompts" / "p").mkdir(parents=True)
    (tmp_path / "prompts" / "p" / "v1.yaml").write_text(f'user: "{{{{input}}}}"\nmodel: {PLAIN}\n')
    store = Store(tmp_path / "lab.db")
    yield replace(lab_of(store), folder=tmp_path)
    store.close()


def plan(lab: Lab, cases: int) -> Plan:
    rows = "".join(f"  - {{input: w{n}}}\n" for n in range(cases))
    data = dataset(lab.folder, f"prompt: p\ncases:\n{rows}")
    return Plan(new_id(), data, evals.variants(lab, lab.folder / "prompts", data, (), ()), ME)


class Held:
    """Answers each question when it is let; the first `limited` of them are refused first."""

    def __init__(self, limited: int = 0) -> None:
        self.asked: list[asyncio.Future[None]] = []
        self.most = self.open = 0
        self.limited = limited

    async def __call__(self, request: Request) -> AsyncGenerator[Event, None]:
        mine = asyncio.get_running_loop().create_future()
        self.asked.append(mine)
        self.open += 1
        self.most = max(self.most, self.open)
        await mine
        self.open -= 1
        if self.limited:
            self.limited -= 1
            raise REFUSED
        for event in ANSWER:
            yield event

    def let(self, number: int | None = None) -> None:
        for mine in self.asked[:number]:
            mine.set_result(None)
        del self.asked[:number]


async def settle(lab: Lab) -> None:
    """Everything that can go on without an answer has done so."""
    for _ in range(3):
        await lab.store.commit(lambda connection: None)
        for _ in range(20):
            await asyncio.sleep(0)


def test_a_run_makes_fewer_at_once_after_a_refusal_and_says_so(lab: Lab) -> None:
    of, model, pressure = plan(lab, 40), Held(limited=1), Pressure()

    async def checked() -> evals.Verdict:
        going = asyncio.create_task(
            evals.check(lab, build(lab, model), of, 8, False, lambda result: None, pressure=pressure)
        )
        await settle(lab)
        assert model.open == 8
        model.let(1)
        await settle(lab)
        model.let(3)
        await settle(lab)
        assert (model.open, pressure.limit) == (4, 4)  # of seven that were under way; none began
        while not going.done():
            model.let()
            await settle(lab)
        return await going

    verdict = asyncio.run(checked())
    assert verdict.sentence.endswith(" Slowed down to 4 at once: rate limited once.")
    assert model.most == 8


def test_easing_off_finishes_what_was_sent_and_nothing_else(lab: Lab) -> None:
    of, model, pressure = plan(lab, 9), Held(), Pressure()
    took: list[Result] = []

    async def checked() -> None:
        going = asyncio.create_task(
            evals.check(lab, build(lab, model), of, 3, False, took.append, pressure=pressure)
        )
        await settle(lab)
        model.let(1)
        await settle(lab)
        assert pressure.ease() == 3
        await settle(lab)
        assert not going.done() and model.open == 3
        model.let()
        await going

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(checked())
    lab.store.flush()
    kept = run(lab.store.read, ME, of.run)
    assert (kept["state"], len(kept["results"]), len(took)) == ("interrupted", 4, 4)


def test_easing_off_at_the_very_end_spoils_nothing(lab: Lab) -> None:
    of, model, pressure = plan(lab, 2), Held(), Pressure()

    async def checked() -> evals.Verdict:
        going = asyncio.create_task(
            evals.check(lab, build(lab, model), of, 2, False, lambda result: None, pressure=pressure)
        )
        await settle(lab)
        assert pressure.ease() == 2
        model.let()
        return await going

    assert asyncio.run(checked()).state == "answered"


def test_what_waits_unsent_is_ended(lab: Lab) -> None:
    of, pressure = plan(lab, 3), Pressure()

    async def unsent(request: Request) -> AsyncGenerator[Event, None]:
        yield Note("pace", "waiting")
        await asyncio.get_running_loop().create_future()

    async def checked() -> None:
        going = asyncio.create_task(
            evals.check(lab, unsent, of, 2, False, lambda result: None, pressure=pressure)
        )
        await settle(lab)
        assert pressure.ease() == 0
        await going

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(checked())


def dear(lab: Lab, of: Plan) -> int:
    """The most that one of its calls may cost."""
    asked = of.request(lab, next(of.trials()))
    return cost.worst_case(asked, lab.model(asked.model), today())


def everything(store: Store) -> Caller:
    return caller(*answer("yes"))


def test_a_budget_stops_a_run_which_keeps_what_it_has(lab: Lab) -> None:
    of = plan(lab, 60)
    cap = int(dear(lab, of) * 1.05)  # an answer costs a 300th of its worst case
    of = replace(of, budget=(of.run, cap))
    took: list[Result] = []
    with pytest.raises(BudgetSpent, match="has no room for another call"):
        asyncio.run(evals.check(lab, build(lab, everything(lab.store)), of, 5, False, took.append))
    lab.store.flush()
    kept = run(lab.store.read, ME, of.run)
    assert kept["state"] == "stopped" and "The budget of $0.0" in kept["summary"]["sentence"]
    assert "It stopped: " in evals.sentence(kept)
    assert 5 < len(kept["results"]) == len(took) < 60
    assert kept["cost"] <= budget_of(lab.store.read, of.run).reserved <= cap


def test_an_order_has_one_budget(lab: Lab) -> None:
    (lab.folder / "datasets").mkdir()
    for name in "ab":
        (lab.folder / "datasets" / f"{name}.yaml").write_text("prompt: p\ncases: [{input: x}]\n")

    def budgets(lab: Lab, **order: object) -> set[tuple[str, int] | None]:
        found = evals.datasets(lab.folder, ())
        return {each.budget for each in evals.plans(lab, ME, found, Order(**order))}

    assert budgets(lab) == {None}
    ((_, cap),) = budgets(lab, max_cost=2.5)
    assert cap == 25 * 10**11
    by_setting = replace(lab, settings=replace(lab.settings, max_cost=3.0))
    ((_, cap),) = budgets(by_setting)
    assert cap == 3 * 10**12
    assert budgets(by_setting, max_cost=0.0) == {None}
    unknown = replace(lab, models={**lab.models, PLAIN: replace(lab.models[PLAIN], prices=())})
    with pytest.raises(BadInput, match=r"has no price here.*budget of \$2"):
        budgets(unknown, max_cost=2.0)
