"""`lab check`: every exit code, what is kept when it is ended, and what is asked wrongly."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

import lab.cli
from lab.errors import LabError
from lab.store import Store, runs
from lab.store import run as kept_run
from lab.types import Principal
from tests.cli.running import ended, logged, on_terminal, run, started, until

HEAD = "prompt: p\nmodels: [claude-haiku-4-5]\nconcurrency: 1\n"
THREE = r"graders: [{regex: '\A\S+ \S+ \S+\Z'}]" + "\n"
WHO = Principal("anyone", "admin")
SLOW = ("[[words 3]]", "[[words 4]]", "[[stall 60]]", "[[words 3]]")


def write(*inputs: str, head: str = "", name: str = "x") -> None:
    """A prompt that sends what it is given, and a dataset of these cases."""
    Path("prompts/p").mkdir(parents=True, exist_ok=True)
    Path("prompts/p/v1.yaml").write_text('user: "{{input}}"\n')
    Path("datasets").mkdir(exist_ok=True)
    cases = "".join(f"  - input: {json.dumps(each)}\n" for each in inputs)
    Path(f"datasets/{name}.yaml").write_text(f"{HEAD}{head}cases:\n{cases}")


def kept() -> list[dict[str, Any]]:
    """All runs of the folder whole, newest first."""
    if not Path(".lab/lab.db").exists():
        return []
    with closing(Store(Path(".lab/lab.db"))) as store:
        return [kept_run(store.read, WHO, each["id"]) for each in runs(store.read, WHO, 100)]


def answered() -> int:
    """How many results are on the disk."""
    if not Path(".lab/lab.db").exists():
        return 0
    with closing(sqlite3.connect("file:.lab/lab.db?mode=ro", uri=True)) as database:
        there = database.execute("SELECT 1 FROM sqlite_master WHERE name = 'results'").fetchone()
        return database.execute("SELECT count(*) FROM results").fetchone()[0] if there else 0


def here(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The same command in this process."""
    found = CliRunner().invoke(lab.cli.lab, arguments)
    if isinstance(found.exception, LabError):
        code, words = found.exception.exit_code, f"{found.stderr}lab: {found.exception}\n"
        return subprocess.CompletedProcess(arguments, code, found.stdout, words)
    if found.exception and not isinstance(found.exception, SystemExit):
        raise found.exception
    return subprocess.CompletedProcess(arguments, found.exit_code, found.stdout, found.stderr)


@dataclass(frozen=True)
class Outcome:
    id: str
    code: int
    state: str
    words: str
    inputs: tuple[str, ...]
    head: str = THREE
    files: dict[str, str] = field(default_factory=dict)
    by: Callable[..., subprocess.CompletedProcess[str]] = here


RAISES = {"datasets/g.py": "def f(text, columns):\n    raise ValueError('no idea')\n"}
OUTCOMES = [
    Outcome(
        "passed", 0, "passed", "passes 2 of 2 cases (100.0%).", ("[[words 3]]", "again [[words 3]]"), by=run
    ),
    Outcome("enough", 0, "passed", "1 of 2", ("[[words 3]]", "[[words 4]]"), f"{THREE}min_pass_rate: 0.5\n"),
    Outcome("answered", 0, "answered", "the dataset has no graders.", ("[[words 3]]",), ""),
    Outcome("repeats", 0, "passed", "1 of 1", ("[[words 3]]",), f"{THREE}repeats: 3\nneeds: 2\n"),
    Outcome("failed", 1, "failed", "100.0% are needed.", ("[[words 3]]", "[[words 4]]"), by=run),
    Outcome(
        "must pass",
        1,
        "failed",
        "must pass: 1.",
        ("[[words 4]]",),
        f"{THREE}tags: [must_pass]\nmin_pass_rate: 0\n",
    ),
    Outcome("declined", 1, "failed", "0 of 1", ("[[refuse]]",)),
    Outcome(
        "a call that fails", 3, "invalid", "1 of 2 cases have no verdict.", ("[[400]]", "[[words 3]]"), by=run
    ),
    Outcome("a call that breaks off", 3, "invalid", "no verdict", ("[[words 9]] [[cut after 3]]",)),
    Outcome("a failed call without graders", 3, "invalid", "have no answer.", ("[[400]]",), ""),
    Outcome(
        "a grader that raises", 3, "invalid", "no verdict", ("Hi",), "graders: [{python: 'g.py:f'}]\n", RAISES
    ),
]


@pytest.mark.parametrize("outcome", OUTCOMES, ids=lambda outcome: outcome.id)
def test_an_exit_code_for_each_outcome(outcome: Outcome) -> None:
    write(*outcome.inputs, head=outcome.head)
    for name, text in outcome.files.items():
        Path(name).write_text(text)
    done = outcome.by("check", "x", "--sim")
    assert done.returncode == outcome.code, done.stderr
    assert f"SIMULATED: x: {outcome.state}. p@1 · claude-haiku-4-5 " in done.stderr
    assert outcome.words in done.stderr
    assert "SIMULATED: these answers say nothing about quality." in done.stdout
    (found,) = kept()
    assert (found["state"], found["ended_at"] is None) == (outcome.state, False)
    assert len(found["results"]) == len(outcome.inputs) * found["settings"]["repeats"]
    if outcome.files:
        assert "ValueError: no idea" in done.stdout
        assert found["results"][0]["passed"] is None


@pytest.mark.parametrize(
    ("order", "kind", "by"),
    [("401", "authentication", run), ("403", "permission", here), ("404", "not_found", here)],
)
def test_what_every_call_would_meet_ends_the_run_at_once(
    order: str, kind: str, by: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    write("[[words 3]]", f"[[{order}]]", *["[[words 3]]"] * 5, head=THREE)
    done = by("check", "x", "--sim", "--output", "r.md")
    assert (done.returncode, done.stdout) == (3, "")
    (sentence,) = done.stderr.splitlines()
    assert sentence.startswith(f"lab: The API answered {order} {kind}_error.")
    (found,) = kept()
    assert (found["state"], len(found["results"]), len(logged())) == ("interrupted", 1, 2)
    assert not Path("r.md").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_keeps_what_was_answered(number: signal.Signals) -> None:
    """The first Ctrl-C leaves the call under way its time, which here it takes; a polite kill does not."""
    write(*SLOW, head=THREE)
    with started("check", "x", "--sim") as process:
        until(lambda: answered() == 2)
        process.send_signal(number)
        if number == signal.SIGINT:
            finishing = b"Finishing 1 call under way; Ctrl-C again stops it too.\n"
            assert process.stderr.readline() == finishing
            process.send_signal(number)
        code, words = ended(process)
        assert process.stdout.read() == b""
    (found,) = kept()
    assert code == 130
    kept_words = f"Interrupted. What was answered is kept: lab runs show {found['id']}"
    assert words == f"{kept_words}\nGo on with it: lab check --resume {found['id']}\n"
    assert [result["passed"] for result in found["results"]] == [True, False]
    assert (found["state"], found["summary"]["done"]) == ("interrupted", 2)
    assert [call["state"] for call in logged()] == ["cancelled", "ok", "ok"]


def test_a_reader_who_leaves_ends_it() -> None:
    write(*SLOW, head=THREE)
    with started("check", "x", "--sim") as process:
        until(lambda: answered() == 2)
        process.stdout.close()
        code, words = ended(process)
    assert code == 130
    assert "Traceback" not in words
    assert [(each["state"], len(each["results"])) for each in kept()] == [("interrupted", 2)]


def test_a_killed_run_is_interrupted_at_the_next_start() -> None:
    write(*SLOW, head=THREE)
    with started("check", "x", "--sim") as process:
        until(lambda: answered() == 2)
        assert [each["state"] for each in kept()] == ["running"]
        (id,) = [each["id"] for each in kept()]
        assert "still goes on" in here("runs", "delete", id, "--yes").stderr
        process.kill()
        process.wait()
    (listed,) = json.loads(here("runs", "--json").stdout)
    assert (listed["state"], listed["summary"]) == ("interrupted", None)
    assert len(kept()[0]["results"]) == 2
    shown = here("runs", "show", "last")
    assert (shown.returncode, "INTERRUPTED" in shown.stdout) == (0, True)


def test_a_simulated_server_behind_a_key_gives_no_verdict(online: str) -> None:
    write("[[words 3]]", head=THREE)
    done = here("check", "x", "--output", "r.junit.xml")
    assert done.returncode == 3
    assert "x: invalid." in done.stderr and "its answers are simulated. Add --sim" in done.stderr
    assert 'name="source" value="simulated"' in Path("r.junit.xml").read_text()
    assert json.loads(here("runs", "--json").stdout)[0]["settings"]["simulated"] is False
    assert " simulated " in here("runs").stdout


def test_what_a_cut_answer_may_have_cost_is_part_of_the_figures() -> None:
    write("[[words 3]]", "[[words 9]] [[cut after 3]]", head=THREE)
    done = here("check", "x", "--sim", "--output", "r.md")
    (found,) = kept()
    (score,) = found["summary"]["scores"]
    assert score["cost"] is None and 0 < score["cost_floor"] < score["cost_upper"]
    assert {name: found[name] for name in score if name.startswith("cost")} == {
        name: value for name, value in score.items() if name.startswith("cost")
    }
    assert score["cost_floor"] == sum(call["cost_floor"] for call in logged())
    for text in (done.stdout, Path("r.md").read_text()):
        assert " (estimate)" in text


def test_all_datasets_the_worst_counts() -> None:
    write("[[words 3]]", head=THREE, name="a")
    write("[[words 4]]", head=THREE, name="b")
    done = here("check", "--sim", "--json")
    assert done.returncode == 1
    assert [each["dataset"] for each in json.loads(done.stdout)] == ["a", "b"]
    assert "a: passed." in done.stderr and "b: failed." in done.stderr


def test_metrics_are_columns_and_a_mean_score_may_pass() -> None:
    graders = (
        "graders:\n"
        "  - {length: {max: 3, unit: words}, metric: brevity}\n"
        "  - {length: {min: 3, unit: words}, metric: brevity, name: not too short}\n"
        "  - {tool_call: none, metric: tools, weight: 0}\n"
    )
    write("[[words 3]]", "[[words 4]]", head=f"threshold: 0.5\n{graders}")
    done = here("check", "x", "--sim", "--output", "r.json")
    assert done.returncode == 0, done.stderr
    head, row = (line.split("  ") for line in done.stdout.splitlines()[:2])
    cells = dict(zip(*([each.strip() for each in line if each] for line in (head, row)), strict=True))
    assert (cells["mean brevity"], cells["mean tools"], cells["passed"]) == ("0.75", "1.00", "2")
    found = json.loads(Path("r.json").read_text())
    assert sorted(each["score"] for each in found["results"]) == [0.5, 1.0]
    assert found["summary"]["scores"][0]["metrics"]["brevity"] == {"mean": 0.75, "graded": 4, "ungraded": 0}


def test_what_is_named_goes_before_the_dataset() -> None:
    write("[[words 3]]", head=THREE)
    Path("prompts/p/v2.yaml").write_text('user: "{{input}} [[words 4]]"\n')
    models = ("-m", "claude-haiku-4-5", "-m", "claude-opus-5-5")
    done = here("check", "x", "--sim", "--json", "-p", "p@1", "-p", "p@2", *models, "--concurrency", "3")
    assert done.returncode == 1
    found = json.loads(done.stdout)
    rates = {score["variant"]: score["rate"] for score in found["summary"]["scores"]}
    assert rates == {f"p@{n} · {model}": float(n == 1) for n in (1, 2) for model in models[1::2]}
    assert found["settings"]["concurrency"] == 3


def test_with_sim_nothing_goes_to_an_endpoint_of_ones_own() -> None:
    write("[[words 3]]", head=THREE)
    Path("lab.toml").write_text(
        '[endpoints.own]\nbase_url = "http://127.0.0.1:9"\n[models."claude-haiku-4-5"]\nendpoint = "own"\n'
    )
    done = here("check", "x", "--sim")
    assert done.returncode == 0, done.stderr
    assert [call["source"] for call in logged()] == ["simulated"]


def test_a_report_that_cannot_be_written_hides_no_verdict() -> None:
    write("[[words 3]]", head=THREE)
    Path("there.md").mkdir()
    done = here("check", "x", "--sim", "--output", "there.md", "--output", "deep/r.junit.xml")
    assert done.returncode == 3
    assert "x: passed." in done.stderr
    assert "lab: The report there.md cannot be written: Is a directory." in done.stderr


def test_reports_of_every_kind() -> None:
    write("[[words 3]]", "[[words 4]]", head=THREE)
    outputs = ("deep/r.junit.xml", "r.json", "r.md")
    done = here("check", "x", "--sim", *(word for each in outputs for word in ("--output", each)), "--json")
    assert done.returncode == 1
    suite = ElementTree.parse(outputs[0]).getroot()[0]
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("2", "1", "0")
    assert json.loads(Path("r.json").read_text()) == json.loads(done.stdout)
    assert "x: FAILED (SIMULATED)" in Path("r.md").read_text()


@dataclass(frozen=True)
class Wrong:
    """`words` stand on stderr, in this order."""

    id: str
    arguments: tuple[str, ...]
    code: int
    words: tuple[str, ...]
    prepare: Callable[[], object] = lambda: write("Hi", head=THREE)
    by: Callable[..., subprocess.CompletedProcess[str]] = here


def missing_variable() -> None:
    write("Hi", "Ho", head="variables: {plan: '{{plan}}'}\n")
    Path("prompts/p/v1.yaml").write_text('user: "{{input}} {{plan}}"\nvariables: {plan: {}}\n')
    rows = "  - {id: one, input: Hi, plan: free}\n  - {id: two, input: Ho, plan: }\n"
    Path("datasets/x.yaml").write_text(f"{HEAD}variables: {{plan: '{{{{plan}}}}'}}\ncases:\n{rows}")


SIM = ("check", "x", "--sim")
WRONG = [
    Wrong(
        "no folder", ("check", "--sim"), 2, ("There are no datasets in", "datasets/<name>.yaml"), lambda: None
    ),
    Wrong(
        "none in it", ("check", "--sim"), 2, ("There are no datasets in",), lambda: Path("datasets").mkdir()
    ),
    Wrong("unknown", ("check", "xy", "--sim"), 2, ("There is no dataset", "xy.yaml. Did you mean 'x'?")),
    Wrong("unknown path", ("check", "a/b.yaml", "--sim"), 2, ("There is no dataset", "a/b.yaml.")),
    Wrong("one of two", ("check", "x", "zzz", "--sim"), 2, ("There is no dataset", "There are: x.")),
    Wrong("prompt", (*SIM, "-p", "pp"), 2, ("There is no prompt 'pp'", "Did you mean 'p'?")),
    Wrong("version", (*SIM, "-p", "p@7"), 2, ("p has no version 7; it has 1.",)),
    Wrong("label", (*SIM, "-p", "p@production"), 2, ("p has no label 'production'.",)),
    Wrong("few-shot set", (*SIM, "-p", "fewshot/p"), 2, ("fewshot/p is a few-shot set, not a prompt.",)),
    Wrong("model", (*SIM, "-m", "claude-haiku-4-6"), 2, ("Did you mean 'claude-haiku-4-5'?",)),
    Wrong("variable", SIM, 2, ("datasets/x.yaml, case 'two' for p@1 ·", "plan"), missing_variable, run),
    Wrong(
        "report",
        (*SIM, "--output", "r.pdf"),
        2,
        ("r.pdf: there is no report of that kind.", ".csv, .html, .json, .jsonl"),
    ),
    Wrong("one report of two", ("check", "x", "x", "--sim", "--output", "r.md"), 2, ("Name just one",)),
    Wrong("concurrency", (*SIM, "--concurrency", "0"), 2, ("--concurrency",)),
    Wrong("no key", ("check", "x"), 3, ("No key was found", "ANTHROPIC_API_KEY", "add --sim")),
]


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.id)
def test_what_is_asked_wrongly_is_a_sentence_and_no_row(wrong: Wrong) -> None:
    wrong.prepare()
    done = wrong.by(*wrong.arguments)
    assert (done.returncode, done.stdout) == (wrong.code, ""), done.stderr
    rest = done.stderr
    for words in wrong.words:
        assert words in rest, done.stderr
        rest = rest.partition(words)[2]
    assert "Traceback" not in done.stderr
    assert (kept(), logged()) == ([], [])


def test_what_it_will_cost_is_asked_above_a_threshold(online: str, monkeypatch: pytest.MonkeyPatch) -> None:
    write("[[words 3]]", "[[words 4]]", head=THREE)
    said = here("check", "x", "--price")
    assert (said.returncode, said.stderr) == (0, "")
    assert said.stdout.startswith("2 calls: probably $0.00") and "estimated" not in said.stdout
    assert "\nThese 2 cases can see no drop at all at 80% power (assumed" in said.stdout
    monkeypatch.setenv("LAB_CONFIRM_ABOVE", "0.0001")
    refused = here("check", "x")
    assert refused.returncode == 2 and "Add --yes where nobody can answer." in refused.stderr
    assert (kept(), logged()) == ([], [])
    assert here("check", "x", "--yes").returncode == 3  # it went on: its answers are simulated ones
    answered_no = on_terminal("check", "x", typed=b"n\n")
    assert answered_no[0] == 130 and "Go on? [y/N]: n" in answered_no[1]
    assert len(kept()) == 1


def test_a_budget_that_is_spent_stops_it_and_more_lets_it_go_on() -> None:
    write(*["[[words 3]]"] * 3, head=THREE)
    spent = run("check", "x", "--sim", "--max-cost", "0.00001")
    assert (spent.returncode, spent.stdout) == (3, "")
    (found,) = kept()
    assert (found["state"], found["results"]) == ("stopped", [])
    assert "The budget of $0.00001 has no room" in spent.stderr
    assert f"lab check --resume {found['id']} --max-cost DOLLARS" in spent.stderr
    went_on = here("check", "--resume", found["id"], "--max-cost", "1")
    assert went_on.returncode == 0, went_on.stderr
    assert [(each["id"], each["state"]) for each in kept()] == [(found["id"], "passed")]
