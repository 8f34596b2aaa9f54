"""Graders of the team's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab import graders
from lab.errors import BadInput
from lab.graders import Grade, Place, Sample

FILE = """
from __future__ import annotations
from dataclasses import dataclass

@dataclass
class Limit:
    words: int

loads = []
loads.append(1)

def short(text, columns):
    return len(text.split()) <= Limit(3).words

def labelled(text, columns):
    return columns["label"] in text, f"looked for {columns['label']}"

def number(text, columns):
    return 2

def some(text, columns):
    return 0.25, "a quarter"

def all_of_it(text, columns):
    return 1

def nothing(text, columns):
    pass

def three(text, columns):
    return True, "a", "b"

def broken(text, columns):
    raise KeyError("plan")

def leaves(text, columns):
    raise SystemExit(3)

def endless(text, columns):
    return endless(text, columns)

def greedy(text, columns):
    columns.clear()
    return True

def counted(text, columns):
    loads.append(1)
    return len(loads) > 2

async def slow(text, columns):
    return True

fixed = 5
"""


def graded(folder: Path, function: str, text: str = "one two", negated: bool = False) -> Grade:
    spec = {"python": f"check.py:{function}"}
    grader = graders.parse({"not": spec} if negated else spec, Place(folder, lambda *path: "x.yaml, line 3"))
    sample = Sample(text, columns={"label": "two"})
    grade = graders.grade(grader, sample, grader.ready)
    assert sample.columns == {"label": "two"}
    return grade


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "check.py").write_text(FILE)
    return tmp_path


@pytest.mark.parametrize(
    ("function", "passed", "reason"),
    [
        ("short", True, "check.py:short says yes"),
        ("labelled", True, "looked for two"),
        ("greedy", True, "yes"),
        ("number", None, "TypeError: check.py:number gave '2', not true, false or a score"),
        ("some", False, "a quarter; "),
        ("all_of_it", True, "check.py:all_of_it says 1; "),
        ("nothing", None, "gave 'None'"),
        ("three", None, "not true, false or a score"),
        ("broken", None, "KeyError: 'plan'"),
        ("leaves", None, "RuntimeError: it ended with SystemExit(3)"),
        ("endless", None, "RecursionError: "),
    ],
)
def test_verdicts(folder: Path, function: str, passed: bool | None, reason: str) -> None:
    grade = graded(folder, function)
    assert grade.passed is passed
    assert reason in grade.reason
    assert graded(folder, function, negated=True).passed is (None if passed is None else not passed)


def test_a_file_is_run_once_and_again_when_it_has_changed(folder: Path) -> None:
    assert [graded(folder, "counted").passed for _ in range(3)] == [False, True, True]
    assert graded(folder, "short").passed
    (folder / "check.py").write_text(FILE.replace("<= Limit", "> Limit"))
    assert graded(folder, "short").passed is False
    assert sorted(file.name for file in folder.iterdir()) == ["check.py"]


@pytest.mark.parametrize(
    ("source", "function", "words"),
    [
        (FILE, "shrt", "there is no function 'shrt' in .*check.py. Did you mean 'short'?"),
        (FILE, "fixed", "there is no function 'fixed'"),
        (FILE, "slow", "is async"),
        ("x = 1", "f", "There is no function at all"),
        ("import nowhere_to_be_found", "f", "cannot be run: ModuleNotFoundError: No module named"),
        ("def f(:", "f", "cannot be run: SyntaxError"),
        ("1 / 0", "f", "ZeroDivisionError"),
        ("raise SystemExit", "f", "SystemExit"),
        ("x = 'é'", "f", "cannot be run: SyntaxError"),
    ],
)
def test_what_cannot_be_loaded_is_refused(folder: Path, source: str, function: str, words: str) -> None:
    (folder / "check.py").write_bytes(source.encode("latin-1"))
    with pytest.raises(BadInput, match=rf"^x\.yaml, line 3: .*{words}"):
        graded(folder, function)


def test_content_follows_the_source_and_not_the_folder(folder: Path) -> None:
    other = folder / "other"
    other.mkdir()
    (other / "check.py").write_text(FILE)

    def content(folder: Path) -> object:
        grader = graders.parse({"python": "check.py:short"}, Place(folder, lambda *path: "x"))
        return graders.content(grader, grader.ready)

    assert content(folder) == content(other)
    (other / "check.py").write_text(FILE + "\n")
    assert content(folder) != content(other)
