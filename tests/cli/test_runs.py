"""`lab runs`: what there was, one of it, and its end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.running import logged, on_terminal, run
from tests.cli.test_check import THREE, here, kept, write

NONE = "There are no runs yet. Make one: lab check"


@pytest.fixture
def ids() -> list[str]:
    """Two runs, the newest first: one failed, one passed."""
    write("[[words 3]]", head=THREE, name="a")
    write("[[words 4]]", "[[words 3]]", head=THREE, name="b")
    here("check", "a", "b", "--sim")
    return [each["id"] for each in kept()]


def test_none_yet() -> None:
    for arguments in (("runs",), ("runs", "list")):
        done = here(*arguments)
        assert (done.returncode, done.stdout) == (0, "")
        assert NONE in done.stderr
    assert here("runs", "--json").stdout == "[]\n"
    assert here("runs", "show", "last").returncode == 2


def test_they_are_listed_and_shown(ids: list[str]) -> None:
    listed = here("runs").stdout
    assert here("runs", "list").stdout == listed
    assert listed.index(ids[0]) < listed.index(ids[1])
    for words in ("failed", "passed", "simulated", "p@1 · claude-haiku-4-5 50.0%"):
        assert words in listed
    assert [each["id"] for each in json.loads(here("runs", "list", "-n", "1", "--json").stdout)] == ids[:1]
    last = here("runs", "show", "last").stdout
    assert last == here("runs", "show", ids[0]).stdout
    assert last.startswith(f"Run {ids[0]} ·") and "b: FAILED (SIMULATED)" in last
    found = json.loads(here("runs", "show", ids[1], "--json").stdout)
    assert (found["dataset"], found["results"][0]["passed"]) == ("a", True)


def test_deleting_asks_and_keeps_the_calls(ids: list[str]) -> None:
    assert run("runs", "delete", ids[0]).returncode == 2
    code, seen = on_terminal("runs", "delete", ids[0], typed=b"n\n")
    assert code == 130 and f"Delete run {ids[0]} of b?" in seen
    assert len(kept()) == 2
    done = here("runs", "delete", ids[0], "--yes")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", f"Run {ids[0]} is deleted.\n")
    assert [each["id"] for each in kept()] == ids[1:]
    assert len(logged()) == 3
    assert here("runs", "delete", ids[0], "--yes").returncode == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("show", "nope"), "There is no run 'nope'. `lab runs` lists them."),
        (("delete", "nope", "--yes"), "There is no run 'nope'."),
        (("delete", "last", "--yes"), "There is no run 'last'."),
        (("show",), "Missing argument 'ID'."),
        (("shw", "last"), "Did you mean 'show'?"),
        (("-n", "0"), "--limit"),
        (("--json", "show", "last"), "Options of `show` stand after it."),
        (("-n", "5", "list"), "Options of `list` stand after it."),
    ],
)
def test_what_is_asked_wrongly(arguments: tuple[str, ...], words: str) -> None:
    done = here("runs", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr


def test_a_damaged_database_is_a_sentence() -> None:
    Path(".lab").mkdir()
    Path(".lab/lab.db").write_text("no database " * 1000)
    done = run("runs")
    assert (done.returncode, done.stdout) == (3, "")
    assert "is not a SQLite database" in done.stderr
