"""Judges and `lab runs regrade`, from the command line to the simulated Claude and back."""

from __future__ import annotations

from pathlib import Path

from tests.cli.running import logged
from tests.cli.test_check import here, kept, write


def judged(rubric: str, rate: float) -> None:
    """A dataset of two questions. The answers quote them."""
    head = f"graders: [{{judge: {rubric}}}]\nmin_pass_rate: {rate}\n"
    write("A refund, please", "Good morning", head=head)


def test_answers_are_judged_and_graded_again() -> None:
    judged("Mentions a refund.", 0.5)
    done = here("check", "x", "--sim", "--output", "r.md")
    assert (done.returncode, done.stderr.count("SIMULATED: x: passed.")) == (0, 1)
    assert "\njudging: $" in done.stdout
    assert "judging: " in Path("r.md").read_text()
    (first,) = kept()
    assert [each["passed"] for each in first["results"]] == [True, False]
    assert [each["origin"] for each in logged()].count("judge") == first["judging"]["calls"] == 2

    judged("Mentions the morning.", 1)
    done = here("runs", "regrade", "last")
    assert done.returncode == 1
    assert (
        f"2 saved answers of run {first['id']} are graded again. Judges are asked up to 2 times"
        in done.stderr
    )
    second = kept()[0]
    assert [each["passed"] for each in second["results"]] == [False, True]
    assert [each["call_id"] for each in second["results"]] == [each["call_id"] for each in first["results"]]
    assert (second["source"], second["cost"]) == ("simulated", second["judging"]["cost"])
    assert f"failed, regrades {first['id']}" in here("runs").stdout
    assert len(logged()) == 6

    done = here("runs", "regrade", first["id"], "--no-judges")
    assert (done.returncode, len(logged())) == (3, 6)
    assert "are graded again, without a new call." in done.stderr


def test_what_is_asked_wrongly_is_said() -> None:
    assert here("runs", "regrade", "last").returncode == 2
    judged("Mentions a refund.", 0)
    here("check", "x", "--sim")
    write("Something else", head="")
    for arguments, words in (
        (("nope",), "There is no run 'nope'."),
        (("last", "y.yaml"), "There is no dataset"),
        (("last",), "as it stands now: 1 asked something else now (1); 1 no longer in the dataset (2)."),
    ):
        done = here("runs", "regrade", *arguments)
        assert (done.returncode, words in done.stderr) == (2, True), done.stderr
