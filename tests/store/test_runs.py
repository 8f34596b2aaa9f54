"""Runs: what is kept of them, who sees them, and what becomes of one whose process died."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lab import store
from lab.answer import Answer
from lab.errors import BadInput, CallError, StoreError
from lab.store import Store, Write, liveness, sqlite
from lab.types import NOTHING_BILLED, Cost, Principal, Request, Text
from tests.store.rows import STARTED, answered, asked, opened, post_all, whole_call

ANN, BEN, ADMIN = Principal("ann"), Principal("ben"), Principal("root", "admin")
MODEL = "claude-sonnet-4-6"
SETTINGS = {"variants": ["p@1 · m"], "simulated": True, "description": "Ünïcode"}


def run(to: Store, id: str, who: Principal = ANN, process: str = "", *, end: str = "passed") -> list[Write]:
    """The writes of a run with one result."""
    writes = [
        store.run_opened(id, process or to.process, who, "data", SETTINGS),
        *whole_call(to, of(id, f"{id}-call", who)),
        kept(id, f"{id}-call"),
    ]
    return [*writes, store.run_ended(id, end, {"sentence": "Done."})] if end else writes


def of(run: str, call: str, who: Principal = ANN, case: str = "1", **fields: Any) -> Request:
    """The request of one of a run's calls. As real ids do, the call's begins with what the run's does."""
    request = asked(call, who.user, **fields)
    origin = replace(request.origin, source="check", run=run, case=case, prompt="p", version=1)
    return replace(request, origin=origin)


def kept(run: str, call: str, case: str = "1", repeat: int = 1, **fields: Any) -> Write:
    key = {"case_id": case, "variant": "v", "repeat": repeat}
    grades = [{"name": "g", "passed": True, "reason": "r"}]
    return store.result_kept(run, key, call, {"state": "ok", "passed": True, "grades": grades, **fields})


def test_a_run_is_read_back_whole(tmp_path: Path) -> None:
    with opened(tmp_path / "lab.db") as db:
        post_all(db, *run(db, "a"))
        db.flush()
        (listed,) = store.runs(db.read, ANN, 10)
        found = store.run(db.read, ANN, "a")
        assert listed == {name: value for name, value in found.items() if name != "results"}
        assert (found["settings"], found["summary"]) == (SETTINGS, {"sentence": "Done."})
        (result,) = found["results"]
        assert (result["passed"], result["grades"][0]["reason"]) == (True, "r")
        assert (result["answer"], result["cost"]) == ([{"type": "text", "text": "Up."}], 70)


@pytest.mark.parametrize(
    ("who", "seen"), [(ANN, ["c", "a"]), (BEN, ["b"]), (Principal("eve"), []), (ADMIN, ["c", "b", "a"])]
)
def test_everybody_sees_their_own_and_an_admin_all(who: Principal, seen: list[str], tmp_path: Path) -> None:
    with opened(tmp_path / "lab.db") as db:
        post_all(db, *run(db, "a"), *run(db, "b", BEN), *run(db, "c"))
        db.flush()
        assert [each["id"] for each in store.runs(db.read, who, 10)] == seen
        assert [each["id"] for each in store.runs(db.read, who, 1)] == seen[:1]
        for id in "abc":
            if id in seen:
                assert store.run(db.read, who, id)["id"] == id
            else:
                with pytest.raises(BadInput, match=f"There is no run '{id}'."):
                    store.run(db.read, who, id)


def test_deleting_takes_the_results_and_leaves_the_calls(tmp_path: Path) -> None:
    with opened(tmp_path / "lab.db") as db:
        post_all(db, *run(db, "a"), *run(db, "b"), store.delete_run("a"))
        db.flush()
        assert [each["id"] for each in store.runs(db.read, ADMIN, 10)] == ["b"]
        assert len(store.run(db.read, ADMIN, "b")["results"]) == 1
        assert db.read.execute("SELECT count(*) FROM results").fetchone()[0] == 1
        assert store.run_head(db.read, ADMIN, "b")["cost"] == 70
        assert len(store.calls(db.read, ADMIN, 10)) == 2


def test_a_dead_processs_run_is_interrupted_and_a_living_ones_is_not(tmp_path: Path) -> None:
    with opened(tmp_path / "lab.db") as db:
        post_all(db, *run(db, "dead", process="gone", end=""), *run(db, "ended", process="gone"))
        post_all(db, *run(db, "alive", end=""))
        db.flush()
        os.close(liveness.announce(db.path, "gone"))
        with opened(db.path) as other:
            found = {each["id"]: each for each in store.runs(other.read, ADMIN, 10)}
        states = {id: each["state"] for id, each in found.items()}
        assert states == {"dead": "interrupted", "ended": "passed", "alive": "running"}
        assert found["dead"]["ended_at"] and not found["alive"]["ended_at"]
        assert len(store.run(db.read, ADMIN, "dead")["results"]) == 1
        db.post(store.run_ended("alive", "passed", {}))


ESTIMATE = Cost(None, 10, 90, "estimate")
UNKNOWN = Cost(None, None, None, "usage")


def columns(cost: int | None, floor: int | None, upper: int | None, basis: str) -> dict[str, Any]:
    return {"cost": cost, "cost_floor": floor, "cost_upper": upper, "cost_basis": basis}


def cut() -> Answer:
    """An answer whose stream broke."""
    answer = Answer()
    for event in (STARTED, Text("Up")):
        answer.add(event)
    answer.fail(CallError("It broke.", status=200, state="truncated"))
    return answer


def test_what_judging_cost_stands_apart(tmp_path: Path) -> None:
    with opened(tmp_path / "lab.db") as db:
        post_all(db, *run(db, "a", end=""))
        for number, cost in enumerate([Cost(5, 5, 5, "usage"), ESTIMATE], 1):
            asked = of("a", f"j-{number}")
            asked = replace(asked, origin=replace(asked.origin, source="judge"))
            post_all(db, *whole_call(db, asked, None, cost))
        db.flush()
        for end in (None, "passed"):
            if end:
                db.post(store.run_ended("a", end, {"scores": [{"variant": "v"}]}))
                db.flush()
            found = store.run_head(db.read, ANN, "a")
            assert {name: found[name] for name in columns(*[0] * 4)} == columns(None, 85, 165, "estimate")
            assert found["spent"] == {"v": columns(70, 70, 70, "usage")}
            assert found["judging"] == {"calls": 2, "seconds": 0.6} | columns(None, 15, 95, "estimate")
        assert found["summary"]["scores"] == [{"variant": "v"} | columns(70, 70, 70, "usage")]


@pytest.mark.parametrize(
    ("costs", "total"),
    [
        ([], columns(0, 0, 0, "none")),
        ([NOTHING_BILLED], columns(0, 0, 0, "none")),
        ([Cost(70, 70, 70, "usage")] * 2, columns(140, 140, 140, "usage")),
        ([Cost(70, 70, 70, "usage"), ESTIMATE], columns(None, 80, 160, "estimate")),
        ([Cost(70, 70, 70, "usage"), NOTHING_BILLED], columns(70, 70, 70, "usage")),
        ([Cost(70, 70, 70, "usage"), UNKNOWN], columns(None, None, None, "usage")),
        ([ESTIMATE, UNKNOWN], columns(None, None, None, "estimate")),
    ],
    ids=repr,
)
@pytest.mark.parametrize("end", ["passed", "interrupted", ""])
def test_it_costs_what_its_calls_cost(
    costs: list[Cost], total: dict[str, Any], end: str, tmp_path: Path
) -> None:
    """Those that were cut, too, and those that left no result: the last one here."""
    with opened(tmp_path / "lab.db") as db:
        db.post(store.run_opened("a", db.process, ANN, "data", SETTINGS | {"simulated": False}))
        for number, cost in enumerate(costs, 1):
            call = f"a-{number}"
            post_all(db, *whole_call(db, of("a", call), cut() if cost is ESTIMATE else answered(), cost))
            post_all(db, *([kept("a", call, repeat=number)] if number < len(costs) else []))
        if end:
            scores = [{"variant": "v"}, {"variant": "p@1 · claude-sonnet-4-6"}] if end == "passed" else []
            db.post(store.run_ended("a", end, {"sentence": "Done.", "scores": scores}))
        post_all(db, *run(db, "b"), *whole_call(db, asked("z")))
        db.flush()
        found = store.run_head(db.read, ANN, "a")
        assert {name: found[name] for name in total} == total
        assert found["source"] == ("simulated" if costs else "api")
        last = {f"a-{len(costs)}": costs[-1]} if costs else {}
        for cost in last.values():
            expected = columns(cost.amount, cost.floor, cost.upper, cost.basis)
            assert found["spent"][f"p@1 · {MODEL}"] == expected
        if scores := (found["summary"] or {}).get("scores"):
            assert scores == [
                {"variant": each["variant"]} | found["spent"].get(each["variant"], columns(0, 0, 0, "none"))
                for each in scores
            ]


def test_a_call_that_goes_on_costs_nothing_yet(tmp_path: Path) -> None:
    with opened(tmp_path / "lab.db") as db:
        post_all(db, store.run_opened("a", db.process, ANN, "data", SETTINGS))
        post_all(db, *whole_call(db, of("a", "a-1")), kept("a", "a-1"))
        post_all(db, *whole_call(db, of("a", "a-2"))[:4])
        db.flush()
        found = store.run_head(db.read, ANN, "a")
        assert (found["cost"], found["tally"]["done"]) == (70, 1)


@pytest.mark.parametrize(
    ("simulated", "answer", "source"),
    [(True, "api", "simulated"), (False, "simulated", "simulated"), (False, "api", "api")],
)
def test_where_its_answers_came_from(simulated: bool, answer: str, source: str, tmp_path: Path) -> None:
    with opened(tmp_path / "lab.db") as db:
        settings = SETTINGS | {"simulated": simulated}
        post_all(db, store.run_opened("a", db.process, ANN, "data", settings))
        post_all(db, *whole_call(db, of("a", "a-1")), kept("a", "a-1"))
        db.post(lambda connection: sqlite.update(connection, "calls", {"id": "a-1"}, {"source": answer}))
        db.post(store.run_ended("a", "passed", {"scores": []}))
        db.flush()
        assert [each["source"] for each in store.runs(db.read, ANN, 1)] == [source]
        assert store.run(db.read, ANN, "a")["source"] == source


def test_older_ones_are_on_the_next_page(tmp_path: Path) -> None:
    with opened(tmp_path / "lab.db") as db:
        for id in "abcde":
            post_all(db, *run(db, id, BEN if id == "c" else ANN))
        db.flush()
        pages = [store.runs(db.read, ANN, 2, before) for before in (None, "d", "b", "a")]
        assert [[each["id"] for each in page] for page in pages] == [["e", "d"], ["b", "a"], ["a"], []]


def test_how_far_it_has_come(tmp_path: Path) -> None:
    with opened(tmp_path / "lab.db") as db:
        db.post(store.run_opened("a", db.process, ANN, "data", SETTINGS))
        results = [
            {}, {"passed": False}, {"passed": None}, {"passed": None, "grades": []},
            {"passed": None, "grades": [], "state": "failed"}, {"passed": False, "state": "refused"},
        ]  # fmt: skip
        for number, fields in enumerate(results, 1):
            post_all(
                db, *whole_call(db, of("a", f"a-{number}")), kept("a", f"a-{number}", str(number), **fields)
            )
        db.flush()
        found = store.run_head(db.read, ANN, "a")
        began = found["tally"].pop("began")
        assert found["tally"] == {"done": 6, "passed": 1, "failed": 2, "missing": 2, "reused": 0, "made": 6}
        assert began == store.call(db.read, ANN, "a-1")["started_at"]
        db.post(store.run_ended("a", "failed", {"scores": [{"variant": "v"}]}))
        db.flush()
        assert store.run_head(db.read, ANN, "a")["tally"] is None


def test_a_run_of_a_dead_process_is_interrupted_before_anybody_settles_it(tmp_path: Path) -> None:
    with opened(tmp_path / "lab.db") as db:
        post_all(db, *run(db, "a", end=""), *run(db, "b", process="gone", end=""))
        db.flush()
        assert [each["state"] for each in store.runs(db.read, ANN, 9)] == ["interrupted", "running"]
        assert store.run_head(db.read, ANN, "b")["tally"]["done"] == 1


def test_the_results_of_a_case(tmp_path: Path) -> None:
    with opened(tmp_path / "lab.db") as db:
        db.post(store.run_opened("a", db.process, ANN, "data", SETTINGS))
        for number, (case, repeat) in enumerate([("2", 1), ("1", 2), ("1", 1)]):
            request = of("a", f"a-{number}", case=case, text=f"Question {case}?")
            post_all(
                db,
                *whole_call(db, request, answered(f"Answer {number}.")),
                kept("a", f"a-{number}", case, repeat),
            )
        db.flush()
        assert store.cases_asked(db.read, ANN, "a") == {"2": "Question 2?", "1": "Question 1?"}
        light = store.results(db.read, ANN, "a")
        assert [(each["case_id"], each["repeat"]) for each in light] == [("2", 1), ("1", 2), ("1", 1)]
        assert "answer" not in light[0] and light[0]["cost_basis"] == "usage"
        found = store.results_of(db.read, ANN, "a", "1")
        assert [(each["repeat"], each["answer"][0]["text"]) for each in found] == [
            (1, "Answer 2."),
            (2, "Answer 1."),
        ]
        assert {each["asked"] for each in found} == {"Question 1?"}
        assert store.results_of(db.read, ANN, "a", "nope") == []


@pytest.mark.parametrize(
    ("text", "cases"),
    [
        ("answer", {"1", "2"}),
        ("ANSWER ß", {"1"}),
        ("answer SS", {"1"}),
        ("because", {"2"}),
        ("It broke", {"3"}),
        ("reason", set()),
        ("text", set()),
        ("%", set()),
        ('"quoted"\n', {"2"}),
    ],
)
def test_what_the_cases_say(text: str, cases: set[str], tmp_path: Path) -> None:
    with opened(tmp_path / "lab.db") as db:
        db.post(store.run_opened("a", db.process, ANN, "data", SETTINGS))
        why = {"grades": [{"name": "g", "passed": False, "reason": "Because."}]}
        answers = {"1": answered("Answer ß"), "2": answered('Answer "quoted"\n.'), "3": cut()}
        for case, answer in answers.items():
            post_all(db, *whole_call(db, of("a", f"a-{case}", case=case), answer))
            db.post(kept("a", f"a-{case}", case, **(why if case == "2" else {"grades": []})))
        db.flush()
        assert store.cases_saying(db.read, ANN, "a", text) == cases


READS = [
    lambda db, who: store.run(db, who, "a"),
    lambda db, who: store.run_head(db, who, "a"),
    lambda db, who: store.results(db, who, "a"),
    lambda db, who: store.results_of(db, who, "a", "1"),
    lambda db, who: store.cases_asked(db, who, "a"),
    lambda db, who: store.cases_saying(db, who, "a", "x"),
    lambda db, who: store.cases_of(db, who, "a"),
    lambda db, who: store.case_texts(db, who, "a", ["1"]),
]


@pytest.mark.parametrize("read", READS)
def test_nothing_of_anothers_run_is_read(read: Any, tmp_path: Path) -> None:
    with opened(tmp_path / "lab.db") as db:
        post_all(db, *run(db, "a"))
        db.flush()
        for who in (ANN, ADMIN):
            read(db.read, who)
        with pytest.raises(BadInput, match="There is no run 'a'."):
            read(db.read, BEN)


@pytest.mark.parametrize(
    "read", [lambda db: store.runs(db, ANN, 1), *(lambda db, r=r: r(db, ANN) for r in READS)]
)
def test_what_cannot_be_read_is_a_sentence(read: object, tmp_path: Path) -> None:
    with opened(tmp_path / "lab.db") as db:
        broken = sqlite.connect(db.path)
        broken.execute("DROP TABLE results")
        broken.execute("DROP TABLE runs")
        broken.close()
        with pytest.raises(StoreError, match=r"lab\.db cannot be used: no such table: runs"):
            read(db.read)
