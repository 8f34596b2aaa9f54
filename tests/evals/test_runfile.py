"""A run as a file: all of it arrives in another lab, once, and nothing of a broken or hostile one does."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from lab import evals, store
from lab.errors import BadInput, StoreError
from lab.evals import reports, runfile, runrows, runshapes
from lab.redaction import GONE
from lab.store import Store
from lab.types import Cost, Principal, new_id
from tests.store.rows import answered, asked, opened, post_all, refused, whole_call

ANN, BEN = Principal("ann"), Principal("ben")
KEY = "sk-ant-api03-abcDEF_123-456"
VARIANT = "p@1 · m"
SETTINGS = {
    "variants": [VARIANT], "cases": 2, "repeats": 1, "needs": 1, "dataset_hash": "h", "simulated": False,
    "description": "Ünïcode",
}  # fmt: skip
SCORE = {"variant": VARIANT, "passed": 1, "failed": 0, "missing": 1, "rate": 1.0, "seconds": None}


def made(to: Store, text: str = "Up.") -> str:
    """A run of ann's with an answer that passed and one that is in part unknown. Gives its id."""
    id, calls = new_id(), [new_id() for _ in range(2)]
    opened = store.run_opened(id, to.process, ANN, "data", SETTINGS)
    cases = [{"id": case, "tags": ["t"], "input": f"Q{case} {KEY}"} for case in "12"]
    writes = [opened, store.cases_kept(id, cases)]
    for case, call, cost in zip("12", calls, (None, Cost(None, 10, 90, "estimate")), strict=True):
        request = asked(call, text=f"Question {case}", system="You are terse.")
        request = replace(request, origin=replace(request.origin, source="check", run=id, case=case))
        writes += whole_call(to, request, answered(text), *([cost] if cost else []))
        grades = [{"name": "g", "passed": not cost, "reason": "r"}]
        key = {"case_id": case, "variant": VARIANT, "repeat": 1}
        kept = {"state": "ok", "passed": not cost, "grades": grades}
        writes.append(store.result_kept(id, key, call, kept))
    post_all(to, *writes, store.flag_opened(calls[1], "look"))
    post_all(to, store.run_ended(id, "passed", {"sentence": "Good.", "scores": [SCORE]}))
    to.flush()
    return id


def exported(folder: Path) -> Path:
    """The file of a run of a lab of its own."""
    with opened(folder / "theirs.db") as db:
        file = folder / "x.run.jsonl"
        file.write_text(runfile.text(db.read, ANN, store.run_head(db.read, ANN, made(db))))
    return file


def taken(to: Store, file: Path) -> bool:
    return evals.add_run(to, BEN, evals.read_run(file, to.read))


def whole(db: Store, who: Principal, id: str) -> list[Any]:
    """A run and its calls, without what means something in one database alone."""
    run = store.run(db.read, who, id)
    calls = [store.call(db.read, who, result["call_id"]) for result in run["results"]]
    own = ("user", "process", "budget_id")
    settings = {name: value for name, value in run["settings"].items() if name != "imported"}
    rows = [run | {"settings": settings}, *calls, store.cases_of(db.read, who, id)]
    return [{name: value for name, value in row.items() if name not in own} for row in rows]


def test_all_of_it_arrives_as_the_importers_own_and_once(tmp_path: Path) -> None:
    file = exported(tmp_path)
    id = json.loads(file.read_text().splitlines()[2])["row"]["id"]
    with opened(tmp_path / "theirs.db") as theirs, opened(tmp_path / "mine.db") as mine:
        assert [taken(mine, file), taken(mine, file)] == [True, False]
        assert whole(mine, BEN, id) == whole(theirs, ANN, id)
        found = store.run(mine.read, BEN, id)
        assert (found["user"], found["process"], found["results"][0]["cost"]) == ("ben", store.ELSEWHERE, 70)
        assert (found["cost"], found["cost_floor"], found["cost_upper"]) == (None, 80, 160)
        assert {name: found["settings"]["imported"][name] for name in ("user", "file")} == {
            "user": "ann", "file": "x.run.jsonl",
        }  # fmt: skip
        with pytest.raises(BadInput, match="no run"):
            store.run(mine.read, ANN, id)
        assert store.totals(mine.read)["calls"] == 2
    with opened(tmp_path / "mine.db") as again:  # a start settles what dead processes left: nothing of this
        assert again.buried == 0
        assert store.run_head(again.read, BEN, id)["state"] == "passed"


def test_a_run_whose_calls_are_still_there_comes_back_to_them(tmp_path: Path) -> None:
    with opened(tmp_path / "lab.db") as db:
        id = made(db)
        file = tmp_path / "x.run.jsonl"
        file.write_text(runfile.text(db.read, ANN, store.run_head(db.read, ANN, id)))
        before = whole(db, ANN, id)
        assert taken(db, file) is False
        post_all(db, store.delete_run(id))
        db.flush()
        assert evals.add_run(db, ANN, evals.read_run(file, db.read)) is True
        assert whole(db, ANN, id) == before
        assert store.totals(db.read)["calls"] == 2


def test_keys_stay_here(tmp_path: Path) -> None:
    text = exported(tmp_path).read_text()
    assert KEY not in text and f"Q1 {GONE}" in text


def test_the_json_of_real_runs_follows_its_schema(tmp_path: Path) -> None:
    schema = json.loads(runshapes.SCHEMA.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    check = Draft202012Validator(schema)
    assert schema["properties"]["state"]["enum"] == list(store.STATES)
    assert schema["$defs"]["result"]["properties"]["state"]["enum"] == [*runrows.CLOSED]
    with opened(tmp_path / "lab.db") as db:
        made(db)
        subject = reports.subject(db.read, ANN, made(db, "Down."))
        found = json.loads(reports.text(subject, ".json"))
        assert [error.message for error in check.iter_errors(found)] == []
        assert found["comparison"]["counts"]["other answer"] == 2
        for place, key in ((found["comparison"]["pairs"][0], "change"), (found["results"][0], "state")):
            place[key], was = "worse", place[key]
            assert not check.is_valid(found)
            place[key] = was
        for name in schema["required"]:
            assert not check.is_valid({key: value for key, value in found.items() if key != name})


def test_a_run_that_goes_on_is_not_exported(tmp_path: Path) -> None:
    with opened(tmp_path / "lab.db") as db:
        post_all(db, store.run_opened(id := new_id(), db.process, ANN, "data", SETTINGS))
        db.flush()
        with pytest.raises(BadInput, match="still goes on"):
            runfile.text(db.read, ANN, store.run_head(db.read, ANN, id))


Lines = list[dict[str, Any]]


def rows(lines: Lines, table: str) -> list[dict[str, Any]]:
    return [line["row"] for line in lines if line.get("table") == table]


def put(table: str, column: str, value: Any) -> Callable[[Lines], None]:
    """The first row of a table with another value."""
    return lambda lines: rows(lines, table)[0].update({column: value})


def text(column: str, table: str, body: str) -> Callable[[Lines], None]:
    """Another body for the text that a column of the first row names."""

    def change(lines: Lines) -> None:
        named = rows(lines, table)[0][column]
        number = json.loads(named)[0] if column == "message_ids" else named
        next(row for row in rows(lines, "texts") if row["id"] == number)["body"] = body

    return change


def settings(**values: Any) -> Callable[[Lines], None]:
    return text("settings_id", "runs", json.dumps(SETTINGS | values))


def summary(**values: Any) -> Callable[[Lines], None]:
    return put("runs", "summary", json.dumps({"sentence": "Good.", "scores": [SCORE | values]}))


HOSTILE: dict[str, tuple[Callable[[Lines], object], str]] = {
    "newer": (lambda lines: lines[0].update(format=99), "line 1: it was written by a newer lab"),
    "no run": (lambda lines: lines[0].update(lab="cases"), "line 1: this is no run."),
    "cut off": (lambda lines: lines.pop(), "ends too early"),
    "a row less": (lambda lines: lines.pop(4), "ends too early"),
    "no such table": (lambda lines: lines[2].update(table="ratings"), "line 3: there is no table 'ratings'"),
    "no such column": (put("calls", "secret", "x"), "calls have no column 'secret'"),
    "its process": (put("runs", "process", "x"), "runs have no column 'process'"),
    "its budget": (put("runs", "budget_id", "x"), "runs have no column 'budget_id'"),
    "running": (put("runs", "state", "running"), "state is 'running', not one of passed,"),
    "an open call": (put("calls", "state", "streaming"), "state is 'streaming', not one of ok,"),
    "an open attempt": (put("attempts", "state", "started"), "state is 'started'"),
    "a source": (put("calls", "source", "dream"), "source is 'dream'"),
    "a text for a number": (put("calls", "cost", "7"), "cost is '7', which is no INTEGER"),
    "true for a number": (put("results", "repeat", True), "repeat is True"),
    "a list for a text": (put("calls", "model", ["m"]), "which is no TEXT"),
    "a huge number": (put("calls", "cost_upper", 2**63), "cost_upper is too large"),
    "money back": (put("attempts", "cost_upper", -1), "cost_upper is less than nothing"),
    "a foreign id": (put("calls", "id", "../../etc"), "is no id of a lab"),
    "an id of the future": (put("runs", "id", "z" * 13), "is no id of a lab"),
    "a time": (put("runs", "started_at", "yesterday"), "started_at is 'yesterday', which is no time"),
    "half a character": (put("results", "variant", "\ud800"), "half of a surrogate pair"),
    "something missing": (lambda lines: rows(lines, "runs")[0].pop("dataset"), "dataset is missing"),
    "another run's": (put("results", "run_id", new_id()), "which is not the run in this file"),
    "another's call": (put("results", "call_id", new_id()), "there is no call"),
    "an unknown text": (put("calls", "answer_id", 999), "names the text 999, which is not above it"),
    "an unknown message": (put("calls", "message_ids", "[999]"), "names the text 999"),
    "no messages": (put("calls", "message_ids", '["1"]'), "message_ids"),
    "grades": (put("results", "grades", '[{"name": "g"}]'), "grades is not what it has to be"),
    **{
        f"grade with {field}": (
            put("results", "grades", f'[{{"name": "g", "passed": true, "reason": "r", {field}}}]'),
            "grades is not what it has to be",
        )
        for field in ('"score": "1"', '"score": 2', '"score": true', '"weight": null', '"metric": [1]')
    },
    "no JSON": (put("results", "grades", "[" * 5000), "grades"),
    "tags": (put("cases", "tags", "[1]"), "tags is not what it has to be"),
    "variants": (settings(variants="v"), "is not what settings_id has to be"),
    "repeats": (settings(repeats=0), "is not what settings_id has to be"),
    "a rate": (summary(rate="all"), "summary is not what it has to be"),
    "an answer": (text("answer_id", "calls", '[{"type": "text"}]'), "not what answer_id has to be"),
    "a message": (text("message_ids", "calls", '{"role": "user"}'), "not what message_ids has to be"),
    "a price": (text("settings_id", "runs", "[]"), "not what settings_id has to be"),
    "a deep text": (text("answer_id", "calls", "[" * 100_000), "is not JSON: it is nested too deeply"),
    "a case twice": (lambda lines: lines.insert(-1, row_of(lines, "cases")), "cases hold '1' twice"),
    "a result twice": (lambda lines: lines.insert(-1, row_of(lines, "results")), "results hold '1' twice"),
    "two runs": (lambda lines: lines.insert(-1, row_of(lines, "runs", id=new_id())), "a second run"),
    "nothing": (lambda lines: lines.__setitem__(slice(1, -1), []), "there is no run in it"),
}  # fmt: skip


def row_of(lines: Lines, table: str, **values: Any) -> dict[str, Any]:
    return {"table": table, "row": rows(lines, table)[0] | values}


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> str:
    return exported(tmp_path_factory.mktemp("theirs")).read_text()


@pytest.fixture(scope="module")
def mine(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with opened(tmp_path_factory.mktemp("mine") / "lab.db") as db:
        yield db


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_wrong_is_a_sentence_with_its_line_and_nothing_is_written(
    name: str, good: str, mine: Store, tmp_path: Path
) -> None:
    change, words = HOSTILE[name]
    lines = [json.loads(line) for line in good.splitlines()]
    change(lines)
    if name not in ("cut off", "a row less"):
        lines[-1] = {"end": len(lines) - 2}
    file = tmp_path / "x.run.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    said = refused(lambda: taken(mine, file), BadInput)
    assert said.startswith(str(file)) and words in said
    assert name == "nothing" or ", line " in said
    assert set(store.totals(mine.read).values()) == {0}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty."),
        (b"\xff\xfea\0", "line 1: this looks like UTF-16."),
        (b'{"lab": "run", "format": 1}\n{"table": \n', "line 2: this is not JSON: Expecting value at column"),
        (b'{"lab": "run", "format": 1}\n\n[1]\n', "line 3: this is no object."),
        (b'{"lab": "run", "format": NaN}', "line 1: this is not JSON: NaN is no number in JSON."),
        (b'{"a":' * 100_000, "line 1: this is not JSON: it is nested too deeply."),
    ],
)  # fmt: skip
def test_what_is_no_run_at_all(content: bytes, words: str, mine: Store, tmp_path: Path) -> None:
    file = tmp_path / "x.run.jsonl"
    file.write_bytes(content)
    assert words in refused(lambda: taken(mine, file), BadInput)
    assert "No such file" in refused(lambda: taken(mine, tmp_path / "gone"), BadInput)


def test_a_call_that_is_another_here_gives_nothing_away(good: str, tmp_path: Path) -> None:
    """A file that names the id of somebody's call must not make its answer part of the run."""
    lines = [json.loads(line) for line in good.splitlines()]
    with opened(tmp_path / "lab.db") as db:
        post_all(db, *whole_call(db, asked(rows(lines, "calls")[0]["id"], "carl"), answered("Secret.")))
        db.flush()
        (tmp_path / "x.run.jsonl").write_text(good)
        said = refused(lambda: taken(db, tmp_path / "x.run.jsonl"), StoreError)
        assert "is another one in this database. Nothing was imported." in said
        assert (store.totals(db.read)["runs"], store.totals(db.read)["calls"]) == (0, 1)
