"""`lab datasets`: what there is, cases from the log and from a model, and what is asked wrongly."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.running import logged, run
from tests.cli.test_check import THREE, here, write

TEN = "one two three four five six seven eight nine ten"


@pytest.fixture
def shelf() -> Path:
    """`x` with three cases, two of them alike, and one dataset that is broken."""
    write(TEN, f"{TEN}!", "[[words 3]]", head=THREE)
    Path("datasets/y.yaml").write_text("prompt: p\ncases: none.csv\n")
    Path("datasets/t.yaml").write_text("prompt: p\ncases: c.csv\ngraders: [equals: '{{want}}']\n")
    Path("datasets/c.csv").write_text("input,want,tags,split\nHi,x,a,test\nHo,y,a,dev\n")
    return Path("datasets")


def test_none_yet() -> None:
    done = here("datasets")
    assert (done.returncode, done.stdout) == (0, "")
    assert "There are no datasets in the folder datasets." in done.stderr


def test_they_are_listed_and_shown(shelf: Path) -> None:
    here("check", "x", "--sim")
    done = here("datasets")
    assert "y is broken:" in done.stderr and "there is no such file" in done.stderr
    assert [line.split()[:2] for line in done.stdout.splitlines()[1:]] == [
        ["t", "2"],
        ["x", "3"],
        ["y", "broken"],
    ]
    for words in ("failed 20", "test 1, dev 1", "regex", "a 2"):
        assert words in done.stdout
    found = {each["name"]: each for each in json.loads(here("datasets", "list", "--json").stdout)}
    assert (found["x"]["run"]["state"], found["t"]["splits"], found["t"]["run"]) == (
        "failed", {"test": 1, "dev": 1}, None,
    )  # fmt: skip
    shown = here("datasets", "show", "x").stdout
    assert "near-duplicates 1\n" in shown and "cases           3\n" in shown
    assert json.loads(here("datasets", "show", "t", "--json").stdout)["columns"][1] == "want"


def test_near_duplicates_are_shown(shelf: Path) -> None:
    done = here("datasets", "duplicates", "x")
    assert [line.split()[:3] for line in done.stdout.splitlines()] == [
        ["case", "like", "same"],
        ["2", "1", "100%"],
    ]
    assert "1 of the 3 cases nearly repeat an earlier one (80 %" in done.stderr
    assert json.loads(here("datasets", "duplicates", "x", "--json").stdout)[0]["like"] == "1"


def test_a_call_becomes_a_case(shelf: Path) -> None:
    assert run("ask", "-p", "p", "What now?").returncode == 0
    done = here("datasets", "add", "t", "last", "--expect", "this")
    (call,) = logged()
    assert done.stderr == f"Call {call['id']} is case '3' of t, in {Path.cwd() / 'datasets/c.csv'}.\n"
    assert (shelf / "c.csv").read_text().splitlines()[3] == f"What now?,this,,,{call['id']}"
    again = here("datasets", "add", "t", call["id"], "--expect", "this")
    assert again.returncode == 2 and "is a case of t already: case 3" in again.stderr


def test_cases_are_proposed_and_reviewed(shelf: Path) -> None:
    done = run("datasets", "generate", "t", "-n", "2")
    assert (done.returncode, done.stdout) == (0, "")
    for words in ("1 call, at most $", "simulated Claude: nobody pays.", "SIMULATED: 1 proposed, "):
        assert words in done.stderr
    assert "SIMULATED claude-" in here("datasets", "review", "t").stdout
    assert json.loads(here("datasets", "--json").stdout)[0]["proposals"] == 1
    assert "Accepted 1: t has 3 cases" in here("datasets", "accept", "t", "--all").stderr
    assert here("datasets", "review", "t").stdout == ""
    assert [call["origin"] for call in logged()] == ["api"]


WRONG = [
    (("show", "z"), "There is no dataset", "There are: t, x, y."),
    (("show", "y"), "there is no such file", ""),
    (("duplicates",), "Missing argument 'NAME'.", ""),
    (("duplicates", "x", "-n", "0"), "--limit", ""),
    (("add", "t", "last"), "There are no calls yet. Make one: lab ask", ""),
    (("add", "t", "nope"), "There is no call 'nope'", ""),
    (("add", "t"), "Missing argument 'CALL'.", ""),
    (("generate", "t", "-n", "501"), "501 is not in the range", ""),
    (("generate", "t", "-m", "claude-x"), "No model 'claude-x'", ""),
    (("generate", "y"), "there is no such file", ""),
    (("accept", "t"), "Name proposals, as `lab datasets review` lists them, or say --all.", ""),
    (("accept", "t", "a", "--all"), "Name proposals", ""),
    (("reject", "t", "--all"), "No case is proposed for t.", ""),
    (("accept", "t", "a"), "No case is proposed for t.", ""),
    (("shw", "t"), "Did you mean 'show'?", ""),
    (("--json", "show", "t"), "Options of `show` stand after it.", ""),
]


@pytest.mark.parametrize(("arguments", "words", "then"), WRONG, ids=[" ".join(row[0]) for row in WRONG])
def test_what_is_asked_wrongly(arguments: tuple[str, ...], words: str, then: str, shelf: Path) -> None:
    before = {file: file.read_bytes() for file in shelf.iterdir()}
    done = here("datasets", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr and then in done.stderr.partition(words)[2]
    assert {file: file.read_bytes() for file in shelf.iterdir()} == before


def test_what_costs_something_asks_first(shelf: Path, online: str) -> None:
    done = run("datasets", "generate", "t", "-n", "1")
    assert (done.returncode, "Add --yes where nobody can answer." in done.stderr) == (2, True)
    done = run("datasets", "generate", "t", "-n", "1", "--yes")
    assert (done.returncode, "1 proposed" in done.stderr) == (0, True)
