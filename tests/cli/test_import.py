"""`lab import run`, and reports of runs that are kept."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.cli.test_check import THREE, here, kept, write


@pytest.fixture
def id() -> str:
    """A run that failed, and its file x.run.jsonl."""
    write("[[words 3]]", "[[words 4]]", head=THREE)
    here("check", "x", "--sim", "--output", "x.run.jsonl")
    return kept()[0]["id"]


def test_a_run_from_elsewhere_is_there_once(id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_DB", os.path.abspath("other.db"))
    monkeypatch.setenv("LAB_USER", "ben")
    first, second = here("import", "run", "x.run.jsonl"), here("import", "run", "x.run.jsonl", "x.run.jsonl")
    assert (first.returncode, first.stdout, first.stderr) == (0, f"{id}\n", "x.run.jsonl: taken in.\n")
    assert (second.returncode, second.stderr) == (0, "x.run.jsonl: it is there already.\n" * 2)
    (found,) = json.loads(here("runs", "--json").stdout)
    assert (found["id"], found["user"], found["state"]) == (id, "ben", "failed")
    shown = here("runs", "show", id).stdout
    assert "in another lab, and came from x.run.jsonl" in shown.replace("\\", "")
    assert "SIMULATED" in shown and "| 1 | 1 | 0 | 50.0% |" in shown


def test_a_broken_file_among_others_takes_nothing_in(id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Path("x.run.jsonl").read_text()
    cut = "".join(whole.splitlines(True)[:-2])
    monkeypatch.setenv("LAB_DB", os.path.abspath("other.db"))
    for content, words in (("hello", "line 1: this is not JSON"), (cut, "ends too early"), ("", "is empty.")):
        Path("y.run.jsonl").write_text(content)
        done = here("import", "run", "x.run.jsonl", "y.run.jsonl")
        assert (done.returncode, done.stdout) == (2, "")
        assert "lab: y.run.jsonl" in done.stderr and words in done.stderr
        assert here("runs", "--json").stdout == "[]\n"


def test_reports_of_a_run_that_is_kept(id: str) -> None:
    here("check", "x", "--sim")
    done = here("runs", "report", "last", "--output", "{dataset}.html", "--output", "a.json")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "Written: x.html\nWritten: a.json\n")
    comparison = json.loads(Path("a.json").read_text())["comparison"]
    assert (comparison["run"], comparison["counts"]["same answer"]) == (id, 2)
    here("runs", "report", id, "--output", "b.json")
    assert "comparison" not in json.loads(Path("b.json").read_text())
    here("runs", "report", "last", "--output", "c.json", "--against", "none")
    assert "comparison" not in json.loads(Path("c.json").read_text())
    assert f"Against run {id}: 2 same answer." in here("runs", "show", "last").stdout
    assert "Against run" not in here("runs", "show", "last", "--against", "none").stdout


WRONG = [
    (("report", "last"), "--output"),
    (("report", "last", "--output", "r.pdf"), "r.pdf: there is no report of that kind."),
    (("report", "nope", "--output", "r.md"), "There is no run 'nope'."),
    (("report", "last", "--output", "r.md", "--against", "nope"), "There is no run 'nope'."),
    (("show", "last", "--against", "nope"), "There is no run 'nope'."),
]


def test_what_is_asked_wrongly(id: str) -> None:
    for arguments, words in WRONG:
        done = here("runs", *arguments)
        assert (done.returncode, done.stdout) == (2, "")
        assert words in done.stderr and not Path("r.md").exists()
    write("[[words 3]]", head=THREE, name="y")
    done = here("check", "y", "--sim", "--against", id)
    assert done.returncode == 2 and f"Run {id} is one of x, not of y." in done.stderr
    assert len(kept()) == 1
