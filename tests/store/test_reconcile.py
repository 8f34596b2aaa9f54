"""However a call is cut off, it ends in one state, and costs what its attempts cost."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from multiprocessing.connection import Connection as Pipe
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab import store
from lab.answer import Answer
from lab.errors import CallError
from lab.store import Connection, Store, Write, liveness, sqlite
from lab.store.reconciliation import reconcile
from lab.types import NOTHING_BILLED, OPEN_STATES, Cost, Principal, State, Text
from tests.store.processes import BOUND, FORK, several
from tests.store.rows import STARTED, answered, asked, opened

ADMIN = Principal("root", "admin")
IDS = count()
COST = ("cost", "cost_floor", "cost_upper", "cost_basis")
Row = tuple[State, Cost]
amounts = st.one_of(st.none(), st.integers(0, 10**15))


@dataclass(frozen=True)
class Attempt:
    """What happens to one attempt: whether the model began, and how it ended."""

    worst: int | None
    began: bool
    floor: int | None
    outcome: str
    cost: Cost


ERRORS = {
    "refused to serve": CallError("Overloaded.", status=529),
    "not sent": CallError("No connection.", sent=False),
    "no response": CallError("It closed.", type="no_response"),
    "stalled": CallError("Silence.", status=200, state="stalled"),
    "truncated": CallError("It ended.", status=200, state="truncated"),
}
STATES: dict[str, State] = {
    "ok": "ok",
    "refused to serve": "failed",
    "not sent": "failed",
    "no response": "unknown",
    "stalled": "stalled",
    "truncated": "truncated",
    "cancelled": "cancelled",
}


@st.composite
def attempts(draw: st.DrawFn) -> Attempt:
    worst = draw(amounts)
    began = draw(st.booleans())
    outcome = draw(st.sampled_from(["ok", "cancelled", "stalled", "truncated"] if began else list(ERRORS)))
    if outcome == "ok":
        amount = draw(amounts)
        cost = Cost(amount, amount, amount, "usage")
    elif outcome in ("refused to serve", "not sent"):
        cost = NOTHING_BILLED
    else:
        cost = Cost(None, draw(amounts), draw(amounts), "estimate")
    return Attempt(worst, began, draw(amounts), outcome, cost)


@st.composite
def calls(draw: st.DrawFn) -> list[Attempt]:
    """Up to three attempts; only after a plain refusal to serve comes another."""
    found = [draw(attempts())] if draw(st.integers(0, 9)) else []
    while found and found[-1].outcome in ("refused to serve", "not sent") and len(found) < 3:
        found.append(draw(attempts()))
    return found


def answer_of(attempt: Attempt) -> Answer:
    """The answer as the attempt left it."""
    if attempt.outcome == "ok":
        return answered()
    answer = Answer()
    if attempt.began:
        for event in (STARTED, Text("Some ")):
            answer.add(event)
    answer.fail(ERRORS.get(attempt.outcome) or KeyboardInterrupt())
    return answer


def writes(id: str, process: str, happened: list[Attempt]) -> Iterator[tuple[Write, list[Row]]]:
    """All writes of a call in the engine's order, each with the rows of its attempts as they are then."""
    request, rows = asked(id), list[Row]()
    answer = Answer()
    answer.fail(ValueError("blocked"))
    yield store.call_opened(request, process, "anthropic", "api"), []
    for number, attempt in enumerate(happened, 1):
        answer, before = answer_of(attempt), list(rows)
        yield store.call_sent(request, None), before
        rows = [*before, ("started", Cost(None, 0, attempt.worst, "estimate"))]
        yield store.attempt_started(id, attempt.worst), rows
        if attempt.began:
            cost = Cost(None, attempt.floor, attempt.worst, "estimate")
            yield store.call_streaming(id, STARTED), rows
            rows = [*before, ("streaming", cost)]
            yield store.attempt_streaming(id, number, STARTED, cost), rows
            yield store.call_partial(id, "Some "), rows
        rows = [*before, (STATES[attempt.outcome], attempt.cost)]
        yield store.attempt_ended(id, number, answer, attempt.cost, 0.1), rows
    yield store.call_ended(id, answer, 0.0, None), rows


def total(parts: list[int | None]) -> int | None:
    return None if None in parts else sum(part for part in parts if part is not None)


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    path = tmp_path_factory.mktemp("reconcile") / "lab.db"
    Store(path).close()
    found = sqlite.connect(path)
    found.execute("PRAGMA synchronous = OFF")
    yield found
    found.close()


@settings(max_examples=300, deadline=None)
@given(happened=calls(), data=st.data())
def test_a_call_ends_in_one_state_wherever_it_is_cut(
    connection: Connection, happened: list[Attempt], data: st.DataObject
) -> None:
    id, process, path = f"call {next(IDS)}", f"process {next(IDS)}", sqlite.file(connection)
    steps = list(writes(id, process, happened))
    cut = data.draw(st.integers(1, len(steps)), label="cut after")
    for write, _ in steps[:cut]:
        with sqlite.transaction(connection):
            write(connection)
    ended, rows = cut == len(steps), steps[cut - 1][1]

    lives = liveness.announce(path, process)
    assert reconcile(connection, path) == 0
    assert (store.call(connection, ADMIN, id)["state"] in OPEN_STATES) is not ended
    liveness.leave(path, process, lives)
    assert reconcile(connection, path) == (not ended)
    assert reconcile(connection, path) == 0

    found = store.call(connection, ADMIN, id)
    expected = [("unknown" if state in OPEN_STATES else state, cost) for state, cost in rows]
    assert [(one["state"], Cost(*(one[name] for name in COST))) for one in found["attempts"]] == expected
    assert found["ended_at"] and all(one["ended_at"] for one in found["attempts"])
    costs = [cost for _, cost in rows]
    assert found["cost"] == total([cost.amount for cost in costs])
    assert found["cost_floor"] == total([cost.floor for cost in costs])
    assert found["cost_upper"] == total([cost.upper for cost in costs])
    if ended:
        assert found["state"] == (expected[-1][0] if expected else "failed")
    else:
        assert found["state"] == ("unknown" if {cost.basis for cost in costs} - {"none"} else "cancelled")
        assert found["error_type"] == "process_ended"
        assert ("before this call was sent" in found["error"]) is not bool(rows)


def test_many_settle_the_same_dead_and_count_them_once(tmp_path: Path) -> None:
    with opened(tmp_path / "lab.db") as first:
        for number in range(40):
            writer = f"dead {number % 4}"
            first.post(store.call_opened(asked(f"{number:02}"), writer, "anthropic", "api"))
            first.post(store.attempt_started(f"{number:02}", 5))
        first.post(store.call_opened(asked("live"), first.process, "anthropic", "api"))
        first.flush()
        with several(4, opening, first.path, FORK.Barrier(4)) as labs:
            assert sum(lab.hear() for lab in labs) == 40
        states = {row["id"]: row["state"] for row in store.calls(first.read, ADMIN, 100)}
        assert states.pop("live") == "started"
        assert set(states.values()) == {"unknown"} and len(states) == 40


def test_one_that_asks_who_is_dead_does_not_keep_another_from_it(tmp_path: Path) -> None:
    with opened(tmp_path / "lab.db") as first:
        first.post(store.call_opened(asked("c"), "dead", "anthropic", "api"))
        first.flush()
        os.close(liveness.announce(first.path, "dead"))  # it lived, and left its file
        with (liveness.folder(first.path) / "dead").open() as file:
            fcntl.flock(file, fcntl.LOCK_SH)
            with opened(first.path) as other:
                assert other.buried == 1
        assert not (liveness.folder(first.path) / "dead").exists()


def opening(pipe: Pipe, path: Path, together: Barrier) -> None:
    """Opens a database at the same moment as others and says how many calls that settled."""
    together.wait(BOUND)
    found = Store(path)
    pipe.send(found.buried)
    found.close()
