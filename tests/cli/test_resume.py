"""`lab check` again: gone on with after `kill -9`, with real processes, from the log, and on some cases."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.cli.running import ended, run, started, stats, until
from tests.cli.test_check import THREE, answered, here, kept, write

STUCK = "[[stall 60]] {}"
INPUTS = [f"[[words 3]] {number}" for number in range(10)]


def test_after_a_kill_only_what_was_never_asked_is_asked(online: str) -> None:
    write(*INPUTS[:4], STUCK.format("a"), STUCK.format("b"), *INPUTS[4:8], head=THREE)
    before = stats(online)["requests"]
    with started("check", "x", "--concurrency", "2") as process:
        until(lambda: answered() == 4 and stats(online)["requests"] - before == 6)
        process.kill()
        process.wait()
    done = run("check", "--resume", "last")
    assert stats(online)["requests"] - before == 10  # as many as there are trials
    (found,) = kept()
    assert f"Run {found['id']} goes on: 4 of 10 answers are there." in done.stderr
    assert " 2 calls are of unknown outcome, charged with $" in done.stderr
    assert "They are not made again: --rerun-unknown does that, for at most $" in done.stderr
    states = {each["case_id"]: each["state"] for each in found["results"]}
    assert (len(found["results"]), [id for id in states if states[id] == "unknown"]) == (10, ["5", "6"])
    assert (done.returncode, found["summary"]["scores"][0]["missing"]) == (3, 2)
    assert "10 cases · resumed" in here("runs").stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("x", "--resume", "last"), "--resume goes on with a run as it was asked for."),
        (("--resume", "last", "--sim"), "--resume goes on with a run as it was asked for."),
        (("--resume", "last", "--first", "2"), "--resume goes on with a run as it was asked for."),
        (("x", "--rerun-unknown"), "--rerun-unknown goes with --resume."),
        (("x", "--sim", "--watch", "--record"), "What is recorded is asked anew: leave --record out, or"),
        (("--resume", "last"), "There is no run 'last'."),
        (("x", "--sim", "--sample", "0"), "--sample"),
        (("x", "--sim", "--tag", "nope"), "no case is tagged 'nope'."),
        (("x", "--sim", "--only-failed", "last"), "There is no run of x yet"),
        (("x", "--sim", "--changed", "HEAD"), "is in no git repository."),
    ],
)
def test_what_is_asked_wrongly(arguments: tuple[str, ...], words: str) -> None:
    write(*INPUTS[:2], head=THREE)
    done = here("check", *arguments)
    assert (done.returncode, done.stdout, kept()) == (2, "", [])
    assert words in done.stderr


def test_some_cases_then_those_that_failed_then_none() -> None:
    write(*INPUTS[:4], "[[words 4]]", head=THREE)
    assert here("check", "x", "--sim", "--sample", "2", "--seed", "7", "--tag", "x").returncode == 2
    part = here("check", "x", "--sim", "--first", "4", "--sample", "2", "--seed", "7")
    assert part.returncode == 0
    assert "Asked were 2 of 5 cases, the first 4, sampled with seed 7." in part.stderr
    assert "2 of 5 cases, the first 4, sampled with seed 7" in here("runs").stdout
    assert "2 of 5 cases" in here("runs", "show", "last").stdout
    assert here("check", "x", "--sim").returncode == 1
    again = here("check", "x", "--sim", "--only-failed", "last", "--reuse")
    assert "1 of 5 cases, not passed in run" in again.stderr and "1 of 1 answers are reused." in again.stderr
    assert "1 answer reused" in here("runs").stdout
    Path("datasets/x.yaml").write_text(Path("datasets/x.yaml").read_text().replace("words 4", "words 3"))
    assert here("check", "x", "--sim", "--only-failed", "last").returncode == 0
    nothing = here("check", "x", "--sim", "--only-failed", "last")
    assert (nothing.returncode, nothing.stdout) == (0, "")
    assert "x: 0 of 5 cases, not passed in run" in nothing.stderr and "Nothing is asked." in nothing.stderr


def test_watching_asks_again_what_changed_and_nothing_else() -> None:
    write(*INPUTS[:2], "[[words 4]]", head=THREE)
    with started("check", "x", "--sim", "--watch", "--max-cost", "5") as process:
        until(lambda: b"Watching" in process.stderr.readline())
        dataset = Path("datasets/x.yaml")
        dataset.write_text(dataset.read_text().replace("words 4", "words 3"))
        until(lambda: b"Watching" in process.stderr.readline())
        process.send_signal(signal.SIGINT)
        code, _ = ended(process)
        said = process.stdout.read().decode()
    assert code == 130
    second, first = kept()
    assert (first["state"], second["state"]) == ("failed", "passed")
    assert first["budget_id"] == second["budget_id"] == first["id"]  # the budget is that of all
    assert [each["reused"] for each in second["results"]] == [True, True, False]
    assert f"Against run {first['id']}: 1 newly passing" in said
    assert "newly passing: 3 · p@1 · claude-haiku-4-5" in said
