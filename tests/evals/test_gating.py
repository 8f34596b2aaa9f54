"""The tickets, sorted by a new version that is held against an old one: kept, in another run, in the same."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncGenerator, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lab import evals, store
from lab.engine import Lab, build
from lab.errors import BadInput, LabError
from lab.evals import Order, Selection, Verdict
from lab.store import Store
from lab.types import Event, Request
from tests.engine.kit import ME, answer, caller, lab_of

ROOT = Path(__file__).parents[2]
TICKETS = [json.loads(line) for line in (ROOT / "datasets" / "tickets.jsonl").read_text().splitlines()]
LABELS = {ticket["text"]: ticket["label"] for ticket in TICKETS}
KINDS = ("the same", "spelled otherwise", "worse", "a little worse")
"""What versions 2 to 5 answer, in their system texts; version 1 is right about everything."""


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    shutil.copytree(ROOT / "datasets", tmp_path / "datasets")
    for number, kind in enumerate(("right", *KINDS), 1):
        file = tmp_path / "prompts" / "tickets" / f"v{number}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f'system: {kind}\nuser: "{{{{input}}}}"\nmodel: claude-haiku-5-5\n')
    database = Store(tmp_path / "lab.db")
    yield replace(lab_of(database), folder=tmp_path)
    database.close()


def sorter(request: Request) -> AsyncGenerator[Event, None]:
    text, kind = request.messages[-1]["content"], str(request.system)
    said, place = LABELS[text], [*LABELS].index(text)
    if (kind.startswith("worse") and place % 6 == 0) or (kind.startswith("a little") and place in (3, 40)):
        said = "feedback" if said != "feedback" else "billing"
    return caller(*answer(f"{said} " if kind.startswith("spelled") else said))(request)


@pytest.fixture
def check(lab: Lab) -> Callable[..., tuple[str, Verdict]]:
    def run(version: int, **about: Any) -> tuple[str, Verdict]:
        order = Order(("tickets-check",), (f"tickets@{version}",), **about)
        [plan] = evals.plans(lab, ME, evals.chosen(lab, ME, order).datasets, order)
        verdict = asyncio.run(evals.check(lab, build(lab, sorter), plan, 8, False, lambda result: None))
        lab.store.flush()
        return plan.run, verdict

    return run


Check = Callable[..., tuple[str, Verdict]]


def kept(lab: Lab, run: str) -> Path:
    return evals.save_baseline(lab, ME, run, evals.load(lab.folder / "datasets" / "tickets-check.yaml"))


def test_held_against_a_baseline_that_was_kept(lab: Lab, check: Check) -> None:
    first, _ = check(1)
    lines = kept(lab, first).read_text().splitlines()
    assert sum("answers" in line for line in lines) == len(TICKETS) and json.loads("\n".join(lines))
    old, margin = "the baseline (tickets@1 · claude-haiku-5-5)", "5 points"
    expected = {
        2: ("passed", 0, f"gives the same answers as {old}."),
        3: ("passed", 0, f"is not worse than {old} by more than {margin}."),
        4: ("failed", 1, "tickets@4 · claude-haiku-5-5 passes 60 of 72 cases (83.3%); 90.0% are needed."),
        5: (
            "inconclusive",
            0,
            f"72 cases cannot tell whether tickets@5 · claude-haiku-5-5 is worse than {old}",
        ),
    }
    for version, (state, code, said) in expected.items():
        run, verdict = check(version)
        assert (verdict.state, verdict.exit_code) == (state, code) and said in verdict.sentence
        head = store.run_head(lab.store.read, ME, run)
        assert head["state"] == state and head["summary"]["decisions"][0]["rule"] == verdict.decisions[0].rule


def test_without_a_floor_of_its_own_the_gate_decides(lab: Lab, check: Check) -> None:
    file = lab.folder / "datasets" / "tickets-check.yaml"
    file.write_text(file.read_text().replace("min_pass_rate: 0.9\n", ""))
    first, verdict = check(1)
    kept(lab, first)
    assert verdict.state == "passed" and check(5, baseline="none")[1].state == "failed"
    _, verdict = check(4)
    assert verdict.sentence.startswith("tickets@4 · claude-haiku-5-5 is worse than the baseline")
    assert "by 16.7 points" in verdict.sentence and verdict.exit_code == 1
    _, verdict = check(5, selection=Selection(first=30))
    assert (verdict.state, verdict.decisions[0].measures[0].cases) == ("inconclusive", 30)
    assert "30 cases cannot tell" in verdict.sentence and "cases would decide" in verdict.sentence


def test_a_run_that_goes_on_is_held_against_what_it_began_with(lab: Lab, check: Check) -> None:
    before, _ = check(1)
    for wanted, again in ((before, before), ("none", "none"), ("tickets@1", "tickets@1")):
        run, _ = check(3, baseline=wanted, selection=Selection(first=2))
        assert evals.asked_again(store.run_head(lab.store.read, ME, run)).baseline == again
    kept(lab, before)
    run, _ = check(3)
    assert evals.asked_again(store.run_head(lab.store.read, ME, run)).baseline is None


def test_held_against_another_run_or_a_version_asked_along(lab: Lab, check: Check) -> None:
    first, _ = check(1)
    _, verdict = check(4, baseline=first)
    assert verdict.decisions[0].old == f"run {first} (tickets@1 · claude-haiku-5-5)"
    _, last = check(2, baseline="last")
    assert last.decisions[0].measures[0].value == pytest.approx(1 / 6)
    run, verdict = check(2, baseline="tickets@4")
    assert [score.variant for score in verdict.scores] == [
        f"tickets@{version} · claude-haiku-5-5" for version in (2, 4)
    ]
    assert verdict.state == "passed", "the version that it is held against is not judged"
    assert store.run_head(lab.store.read, ME, run)["settings"]["held_against"] == "tickets@4"


def test_two_runs_that_are_kept(lab: Lab, check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(lab.folder)
    first, second = check(1)[0], check(4)[0]
    [found] = evals.gating.held(lab.store.read, ME, first, second)
    assert (found.exit_code, found.margin) == (1, 0.05) and "is worse than run" in found.sentence
    [back] = evals.gating.held(lab.store.read, ME, second, first)
    assert back.state == "passed" and back.measures[0].gained == 12
    with pytest.raises(BadInput, match="There is no run"):
        evals.gating.held(lab.store.read, ME, "nothing", first)


def test_baselines_that_do_not_fit(lab: Lab, check: Check) -> None:
    file = kept(lab, check(1)[0])
    whole = file.read_text()
    for broken, said in [
        ("[]", "is no baseline"),
        ('{"cases": ', "cannot be read"),
        (whole.replace('"passed": [1.0]', '"passed": [7]', 1), "a score is from 0 to 1, not 7"),
    ]:
        file.write_text(broken)
        with pytest.raises(BadInput, match=said.replace("[", r"\[")):
            check(2)
    file.write_text(whole.replace('"source": "api"', '"source": "simulated"'))
    with pytest.raises(LabError, match="baseline's answers are simulated, those of this check would be real"):
        check(2)
    file.write_text(whole.replace('"made": "20', '"made": "19').replace('haiku-5-5",', 'haiku-4-9",'))
    _, verdict = check(2)
    assert "days old" in verdict.sentence and "no longer has the baseline's model" in verdict.sentence
    file.write_text(whole)
    dataset = lab.folder / "datasets" / "tickets-check.yaml"
    dataset.write_text(dataset.read_text().replace("name: category", "name: label"))
    with pytest.raises(LabError, match="other cases or graders .* lab check tickets-check --save-baseline"):
        check(2)
    with pytest.raises(BadInput, match="neither a run nor a prompt"):
        check(2, baseline="nothing")


def test_what_cannot_become_a_baseline(lab: Lab, check: Check) -> None:
    some, _ = check(1, selection=Selection(first=5))
    both, _ = check(1, baseline="tickets@2")
    with pytest.raises(BadInput, match="of all cases"):
        kept(lab, some)
    with pytest.raises(BadInput, match="one variant's, not of 2"):
        kept(lab, both)
