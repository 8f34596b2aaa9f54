"""What people say of answers, from a table that they filled in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab import store
from lab.errors import BadInput
from lab.evals import casefile
from lab.evals.judges.bench import Judge, judges
from lab.evals.row import Row, refuse
from lab.graders import nearest, scalar
from lab.store import Connection, Review
from lab.types import Principal

NEEDED = ("run", "case", "rater", "verdict")
FURTHER = ("repeat", "variant", "grader", "note")
"""Columns that may be left out where there is but one repeat, variant or judge; others are not read."""
WORDS = {"pass": ("pass", "passed", "yes", "true", "1"), "fail": ("fail", "failed", "no", "false", "0")}
LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class Ballots:
    """What a file holds: `said` is new or says otherwise than before; `known` rows were there already, and
    `empty` ones have no verdict."""

    said: tuple[Review, ...]
    known: int
    empty: int


def read(connection: Connection, principal: Principal, file: Path) -> Ballots:
    """People's verdicts on answers of runs. Raises BadInput naming file and row, listing up to 20 rows."""
    rows = casefile.read(file)
    if not rows:
        raise BadInput(f"{file} holds no row.")
    if absent := [name for name in NEEDED if not any(name in row.columns for row in rows)]:
        raise BadInput(f"{file} has no column '{absent[0]}'. It needs {', '.join(NEEDED)}.")
    reader, problems, empty = _Reader(connection, principal), [], 0
    said: dict[tuple[str, str, str], Review] = {}
    for row in rows:
        if not _cell(row, "verdict"):
            empty += 1
            continue
        try:
            each = reader.review(row)
        except BadInput as error:
            problems.append(f"{row.where()}: {error}")
            continue
        key = each.call, each.grader, each.user
        if said.setdefault(key, each).verdict != each.verdict:
            problems.append(f"{row.where()}: {each.user} says something else of this answer above.")
    refuse(problems)
    new = tuple(each for key, each in said.items() if reader.before(each.dataset).get(key) != each.verdict)
    return Ballots(new, len(said) - len(new), empty)


def named(name: str) -> str:
    """A rater's name as it is kept. Raises BadInput."""
    found = " ".join(name.split())
    if not found or len(found) > LONGEST_NAME:
        raise BadInput(f"A rater's name has 1 to {LONGEST_NAME} characters, not {len(found):,}.")
    return found


def verdict(judge: Judge, said: str) -> str:
    """What somebody wrote, in the words of a judge's scale, or as pass or fail. Raises BadInput."""
    wanted = said.strip().casefold()
    if found := next((level for level in judge.levels if level.casefold() == wanted), None):
        return found
    words = WORDS if judge.levels == ("fail", "pass") else {word: (word,) for word in WORDS}
    if found := next((word for word, meant in words.items() if wanted in meant), None):
        return found
    raise BadInput(f"'{said}' is no verdict of '{judge.grader}'. It says {', '.join(judge.levels)}.")


class _Reader:
    """Knows the runs that rows name, each read once."""

    def __init__(self, connection: Connection, principal: Principal) -> None:
        self._connection, self._principal = connection, principal
        self._runs: dict[str, Mapping[str, Any]] = {}
        self._calls: dict[str, Mapping[tuple[str, str, int], str]] = {}
        self._before: dict[str, dict[tuple[str, str, str], str]] = {}

    def review(self, row: Row) -> Review:
        run = self._run(_required(row, "run"))
        judge = _judge(run, _cell(row, "grader"))
        call = self._call(run, row)
        said = verdict(judge, _required(row, "verdict"))
        rater = named(_required(row, "rater"))
        return Review(call, judge.grader, rater, run["dataset"], said, _cell(row, "note"))

    def before(self, dataset: str) -> dict[tuple[str, str, str], str]:
        """What is there of a dataset, by call, grader and person."""
        if dataset not in self._before:
            rows = store.reviews(self._connection, self._principal, dataset)
            self._before[dataset] = {
                (row["call_id"], row["grader"], row["user"]): row["verdict"] for row in rows
            }
        return self._before[dataset]

    def _run(self, id: str) -> Mapping[str, Any]:
        if id not in self._runs:
            newest = store.last_run(self._connection, self._principal) if id == "last" else id
            self._runs[id] = store.run_head(self._connection, self._principal, newest or id)
        return self._runs[id]

    def _call(self, run: Mapping[str, Any], row: Row) -> str:
        """The answer that a row is about."""
        if run["id"] not in self._calls:
            results = store.results(self._connection, self._principal, run["id"])
            self._calls[run["id"]] = {
                (each["case_id"], each["variant"], each["repeat"]): each["call_id"] for each in results
            }
        calls, case = self._calls[run["id"]], _required(row, "case")
        variant = _only(row, "variant", run["settings"]["variants"])
        repeats = [str(repeat) for id, name, repeat in calls if (id, name) == (case, variant)]
        if not repeats:
            raise BadInput(f"run {run['id']} has no answer to case '{case}' with '{variant}'.")
        return calls[case, variant, int(_only(row, "repeat", repeats))]


def _judge(run: Mapping[str, Any], grader: str) -> Judge:
    found = {judge.grader: judge for judge in judges(run)}
    if not found:
        raise BadInput(f"no judge graded run {run['id']}, or an older lab made it: grade it again.")
    if not grader and len(found) > 1:
        raise BadInput(f"run {run['id']} has several judges: the column grader says which, {_list(found)}.")
    if grader and grader not in found:
        raise BadInput(f"run {run['id']} has no judge '{grader}'. {nearest(grader, found)}")
    return found[grader or next(iter(found))]


def _only(row: Row, name: str, known: list[str]) -> str:
    """What a column says, or the only thing that it can."""
    said = _cell(row, name) or (known[0] if len(known) == 1 else "")
    if said not in known:
        wrong = f"the {name} '{said}' is not one" if said else f"the {name} is missing: one"
        raise BadInput(f"{wrong} of {_list(known)}.")
    return said


def _list(names: Any) -> str:
    each: Iterator[str] = iter(names)
    return ", ".join(f"'{name}'" for name in each)


def _required(row: Row, name: str) -> str:
    if not (found := _cell(row, name)):
        raise BadInput(f"the {name} is missing.")
    return found


def _cell(row: Row, name: str) -> str:
    return (scalar(row.columns.get(name, "")) or "").strip()
