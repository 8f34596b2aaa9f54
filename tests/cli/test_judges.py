"""`lab judges` and `lab import verdicts`, from a simulated judge to the sentence about it."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.test_check import here, kept, write

JUDGE = "graders: [{name: refund, judge: Mentions a refund.}]\n"


def rated(run: str, cases: int, **people: str) -> None:
    """A table in which everybody says the same of all answers, but for every third one."""
    rows = ["run,case,rater,verdict"]
    for case in range(1, cases + 1):
        rows += [f"{run},{case},{name},{'fail' if case % 3 == 0 else said}" for name, said in people.items()]
    Path("people.csv").write_text("\n".join(rows))


def test_from_nothing_to_a_verdict_on_the_judge() -> None:
    done = here("judges")
    assert (done.returncode, done.stdout) == (0, "") and "No run has a judge yet" in done.stderr
    write(*(f"{'Good morning' if case % 3 == 2 else 'A refund'} {case}" for case in range(42)), head=JUDGE)
    assert here("check", "x", "--sim").returncode == 1
    (run,) = kept()
    done = here("judges")
    assert "x        refund · " in done.stdout and "Not yet: nobody has rated its answers." in done.stdout
    assert f"runs?run={run['id']}&view=rate" in here("judges", "x").stdout

    rated(run["id"], 42, ann="pass", ben="pass")
    done = here("import", "verdicts", "people.csv")
    assert (done.returncode, done.stdout) == (0, "lab judges x\n")
    assert done.stderr == "people.csv: 84 verdicts taken in.\n"
    assert "0 verdicts taken in. 84 were there already." in here("import", "verdicts", "people.csv").stderr

    done = here("judges", "x")
    assert "Trust this judge? Yes: it agrees with people as well as they agree with each other" in done.stdout
    assert "Its verdicts are simulated: this says nothing of a real judge." in done.stdout
    assert "42 answers to 42 cases, 84 verdicts of ann (42), ben (42)." in done.stdout
    assert "fail  28    0\npass  0     56" in done.stdout
    assert "They differ" not in done.stdout

    rated(run["id"], 42, ann="fail")
    assert here("import", "verdicts", "people.csv").returncode == 0
    done = here("judges", "x", "--json")
    (said,) = json.loads(done.stdout)
    assert said["matrix"] == [[28, 28], [0, 28]] and said["changed"] == 28
    assert said["levels"] == ["fail", "pass"] and said["by_level"] is None
    assert said["disagreements"] == [] and said["simulated"] is True  # ann against ben is no majority
    rated(run["id"], 42, ben="fail")
    here("import", "verdicts", "people.csv")
    done = here("judges", "x")
    assert "They differ on these, the worst first:" in done.stdout and "and 18 more: --all" in done.stdout
    assert "ann: fail, ben: fail" in done.stdout
    assert "more: --all" not in here("judges", "x", "--all").stdout


def test_what_is_asked_wrongly_is_said() -> None:
    Path("odd.csv").write_text("run,case,rater,verdict\nnope,1,ann,pass\n")
    Path("x.pdf").write_text("x")
    for arguments, words in (
        (("judges", "nope"), "There is no run of a dataset 'nope'. There are none."),
        (("judges", "--all"), "--all goes with a DATASET."),
        (("import", "verdicts"), "Missing argument"),
        (("import", "verdicts", "no.csv"), "no.csv: there is no such file."),
        (("import", "verdicts", "x.pdf"), "files that end in .csv"),
        (("import", "verdicts", "odd.csv"), "odd.csv, row 2: There is no run 'nope'."),
    ):
        done = here(*arguments)
        assert (done.returncode, words in done.stderr) == (2, True), done.stderr
