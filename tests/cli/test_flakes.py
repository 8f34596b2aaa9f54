"""`lab flakes`: what flips, graded again, beside each other."""

from __future__ import annotations

import json

from tests.cli.test_check import here, kept, write

FLIPS = r"graders: [{name: order, regex: 'advice\.? A real'}, {judge: Mentions a refund.}]" + "\n"


def flipping() -> None:
    """The simulated Claude answers the third of these otherwise one time, as always; one grader sees that."""
    write(*(f"A refund {number}" for number in range(15, 21)), head=f"repeats: 3\nmin_pass_rate: 0\n{FLIPS}")
    assert here("check", "x", "--sim").returncode == 0


def test_what_flips_and_why() -> None:
    flipping()
    (run,) = kept()
    done = here("flakes")
    assert done.returncode == 0 and " · SIMULATED\n" in done.stdout
    assert "1 of 6 cases flips: in 1 the model answers differently" in done.stdout
    assert "3     1 of 3  2 different  the model" in done.stdout
    assert f"Grading them again: lab flakes {run['id']} --regrade 3" in done.stdout
    assert "repeats  the gate sees  cost of a run" in done.stdout and "if real" in done.stdout
    (said,) = json.loads(here("flakes", "x", "--json").stdout)
    assert said["sentence"] in done.stdout and said["run"] == run["id"]
    assert [flake["case"] for flake in said["flaky"]] == ["3"]

    done = here("flakes", run["id"], "--case", "3")
    assert "From the first to the last, word by word:" in done.stdout and "{+" in done.stdout
    assert "failed: order: " in done.stdout and "passed: order: " in done.stdout
    assert "'1' does not flip. These do: 3." in here("flakes", "--case", "1").stderr

    done = here("flakes", "last", "--regrade", "2")
    assert done.returncode == 0
    assert f"3 saved answers of run {run['id']} are graded again, 2 times. Judges are asked" in done.stderr
    assert "1 of 6 cases flips in 3 runs" in done.stdout and "--regrade 3" not in done.stdout
    assert [each["settings"]["cases"] for each in kept()] == [1, 1, 6]
    assert (
        done.stdout == here("flakes", "last").stdout
    )  # the newest run graded the first again: that is meant


def test_what_is_asked_wrongly_is_said() -> None:
    for arguments, words in (
        ((), "'last' is no run, and no dataset that has one."),
        (("nope",), "'nope' is no run, and no dataset that has one."),
        (("--yes",), "--yes goes with --regrade."),
        (("--regrade", "0"), "0 is not in the range 1<=x<=20"),
    ):
        done = here("flakes", *arguments)
        assert (done.returncode, words in done.stderr) == (2, True), done.stderr
    write("Hello", head=r"graders: [{regex: '.'}]" + "\n")
    here("check", "x", "--sim")
    assert "Each of" not in here("flakes").stdout and "The only case has one verdict" in here("flakes").stdout
    done = here("flakes", "x", "--regrade", "2")
    assert (done.returncode, "No judge graded run" in done.stderr) == (2, True), done.stderr
