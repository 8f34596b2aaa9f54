"""Labels that require a check: only what passed it gets them, or what somebody answers for by name."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from lab import evals, prompts
from lab.engine import Lab, build
from lab.errors import BadInput
from lab.evals import Order, Selection, promotion
from lab.prompts import Proof, Unproven
from lab.store import Store
from lab.types import Event, Request
from tests.engine.kit import ME, answer, caller, lab_of

DATASET = """\
prompt: tone
graders: [{contains: good}]
cases: [{input: one}, {input: two}]
"""
VERSIONS = ("good", "bad", "good, better")


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    (tmp_path / "datasets").mkdir()
    (tmp_path / "datasets" / "tone-check.yaml").write_text(DATASET)
    (tmp_path / "prompts" / "tone").mkdir(parents=True)
    for number, system in enumerate(VERSIONS, 1):
        (tmp_path / "prompts" / "tone" / f"v{number}.yaml").write_text(f'system: "{system}"\n')
    prompts.label(tmp_path / "prompts", "tone", "production", 1)
    prompts.require(tmp_path / "prompts", "tone", "production", ("tone-check",))
    database = Store(tmp_path / "lab.db")
    yield replace(lab_of(database), folder=tmp_path)
    database.close()


@pytest.fixture
def check(lab: Lab) -> Callable[..., str]:
    def saying(request: Request) -> AsyncGenerator[Event, None]:
        return caller(*answer(str(request.system)))(request)

    def run(*versions: int, simulated: bool = False, **about: object) -> str:
        order = Order(("tone-check",), tuple(f"tone@{each}" for each in versions), **about)
        wanted = replace(order, simulated=simulated)
        asked = evals.equipped(lab, wanted)
        [plan] = evals.plans(asked, ME, evals.chosen(asked, ME, wanted).datasets, wanted)
        asyncio.run(evals.check(asked, build(asked, saying), plan, 2, simulated, lambda result: None))
        lab.store.flush()
        return plan.run

    return run


Check = Callable[..., str]


def moved(lab: Lab, version: int | dict[int, int] | None, override: str = "") -> dict[str, object]:
    return dict(promotion.Promotion("tone", "production", version, override=override).carry_out(lab, ME))


def on_record(lab: Lab) -> dict[int, dict[str, Proof]]:
    return dict(prompts.about(lab.folder / "prompts", "tone").promoted["production"])


def test_a_version_that_passed_gets_it(lab: Lab, check: Check) -> None:
    with pytest.raises(
        Unproven, match=r"requires a PASS of tone-check. tone@3 has no run of it as it is now"
    ):
        moved(lab, 3)
    run = check(3)
    assert moved(lab, 3) == {"production": 3}
    assert on_record(lab) == {3: {"tone-check": Proof(run=run)}}
    assert prompts.verify(lab.folder / "prompts") == []


def test_the_newest_run_counts(lab: Lab, check: Check) -> None:
    check(3, 2)
    with pytest.raises(
        Unproven, match=r"tone@2 is 'failed' in run \w+\. Check it: lab check tone-check -p tone@2"
    ):
        moved(lab, 2)
    assert moved(lab, 3) == {"production": 3}
    with pytest.raises(Unproven, match="tone@2"):
        moved(lab, {3: 90, 2: 10})
    (lab.folder / "prompts" / "tone" / "v2.yaml").write_text('system: "good again"\n')
    with pytest.raises(Unproven, match=r"tone@2 has no run of it as it is now"):
        moved(lab, 2)
    run = check(2)
    assert moved(lab, {3: 90, 2: 10}) == {"production": {3: 90, 2: 10}}
    assert on_record(lab)[2] == {"tone-check": Proof(run=run)}


def test_a_part_of_the_cases_or_other_cases_prove_nothing(lab: Lab, check: Check) -> None:
    check(3, selection=Selection(first=1))
    with pytest.raises(Unproven, match="no run of it as it is now"):
        moved(lab, 3)
    check(3)
    file = lab.folder / "datasets" / "tone-check.yaml"
    file.write_text(DATASET.replace("two", "three"))
    with pytest.raises(Unproven, match="no run of it as it is now"):
        moved(lab, 3)
    file.write_text(DATASET + "min_pass_rate: 0.5\n")
    with pytest.raises(Unproven, match="no run of it as it is now"):
        moved(lab, 3)
    file.unlink()
    with pytest.raises(Unproven, match="That dataset cannot be read"):
        moved(lab, 3)


def test_simulated_answers_prove_nothing(lab: Lab, check: Check) -> None:
    check(3, simulated=True)
    with pytest.raises(Unproven, match="passed it with simulated answers, which prove nothing"):
        moved(lab, 3)


def test_somebody_may_answer_for_it_by_name(lab: Lab) -> None:
    assert moved(lab, 2, "a hot fix:\n wrong prices") == {"production": 2}
    [proof] = on_record(lab)[2].values()
    assert (proof.run, proof.override, proof.by) == (None, "a hot fix: wrong prices", ME.user)
    assert prompts.verify(lab.folder / "prompts") == []
    with pytest.raises(BadInput, match="500 are the most"):
        moved(lab, 3, "x" * 501)


def test_what_is_on_record_stays_while_the_label_does(lab: Lab, check: Check) -> None:
    moved(lab, 2, "checked by hand")
    assert moved(lab, {2: 100}) == {"production": {2: 100}}
    check(3)
    moved(lab, 3)
    assert set(on_record(lab)) == {3}
    with pytest.raises(Unproven):
        moved(lab, 2)


def test_a_label_that_requires_is_not_taken_away(lab: Lab) -> None:
    with pytest.raises(BadInput, match="it can be moved, not taken away. To give that up first: lab prompts"):
        moved(lab, None)
    prompts.require(lab.folder / "prompts", "tone", "production", ())
    assert moved(lab, None) == {}


def test_a_file_that_was_edited_by_hand_is_found_out(lab: Lab, check: Check) -> None:
    check(3)
    moved(lab, 3)
    file = lab.folder / "prompts" / "tone" / "labels.yaml"
    file.write_text(file.read_text().replace("production: 3\n", "production: 1\n"))
    [problem] = prompts.verify(lab.folder / "prompts")
    assert "production requires a PASS of tone-check, and none of version 1 is on record." in problem


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("requires: {production: 3}", "requires.production must name a dataset or a list of them"),
        ("requires: {production: [Tone check]}", "names are small letters"),
        ("promoted: {production: 3}", "must be a table of versions and their proofs"),
        ("promoted: {production: {3: {tone-check: {run: 7}}}}", "must be text, but is the number 7"),
        ("promoted: {production: {3: {tone-check: {override: why}}}}", "override, by and date"),
        ("promoted: {production: {3: {tone-check: {ran: x}}}}", "Did you mean 'run'"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_line(lab: Lab, text: str, said: str) -> None:
    file = lab.folder / "prompts" / "tone" / "labels.yaml"
    file.write_text(f"labels: {{production: 1}}\n{text}\n")
    with pytest.raises(BadInput, match=r"labels\.yaml, line 2") as error:
        prompts.about(lab.folder / "prompts", "tone")
    assert said in str(error.value)
