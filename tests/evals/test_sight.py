"""What a dataset can see, by what its runs tell of how often answers differ."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab import evals
from lab.engine import Lab
from lab.evals import Order
from lab.evals.sight.known import known
from tests.engine.kit import ME
from tests.evals.coins import checked, laboratory, planned, tossed


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    found = laboratory(tmp_path, 120, "gate: {margin: 0.05}\nmin_pass_rate: 0\n")
    yield found
    found.store.close()


def told(lab: Lab, **about: object) -> str:
    lab = evals.equipped(lab, Order(**about))
    plan, _ = planned(lab, 3, **about)
    each = asyncio.run(evals.prices(lab, ME, [plan], None))
    [said] = evals.sight.told(lab, ME, [plan], each)
    return said


def test_without_history_it_is_assumed_and_said_to_be(lab: Lab) -> None:
    assumed = "These 120 cases can see a drop of 10.5 points at 80% power (assumed: 20% of the cases differ"
    assert told(lab).startswith(assumed)
    assert "To see the margin of 5 points: 533 cases (about $0.0" in told(lab)
    assert told(lab).endswith("Whether repeats would help is not known: no case was asked twice.")
    (lab.folder / "datasets" / "coins.yaml").write_text("prompt: p\ncases: [{input: x}]\n")
    assert evals.sight.sight(lab.store.read, ME, evals.load(lab.folder / "datasets" / "coins.yaml")) is None


def test_earlier_runs_tell_how_often_answers_differ(lab: Lab) -> None:
    checked(lab, tossed(0.9), 1)
    assert "assumed" in told(lab), "one run alone tells nothing"
    checked(lab, tossed(0.9), 1)
    assert "assumed" in told(lab), "nor does one version, asked twice"
    checked(lab, tossed(0.9, "other"), 2)
    dataset = evals.load(lab.folder / "datasets" / "coins.yaml")
    [(noise, runs)] = known(lab.store.read, ME, dataset, False)
    assert runs == 3 and 0.1 < noise.whole < 0.25 and noise.within == pytest.approx(1 / 122, abs=0.01)
    assert "from how often answers differed in the last 3 runs" in told(lab)
    assert "No number of repeats of these cases would do." in told(lab)
    assert "assumed" in told(lab, simulated=True), "answers that are made up tell nothing of real ones"


def test_repeats_tell_whether_more_of_them_help(lab: Lab) -> None:
    file = lab.folder / "datasets" / "coins.yaml"
    file.write_text(file.read_text().replace("cases:", "repeats: 3\ncases:", 1))
    checked(lab, tossed(0.5), 1, baseline="p@2")
    [(noise, runs)] = known(lab.store.read, ME, evals.load(file), False)
    assert runs == 1 and noise.within == pytest.approx(0.5, abs=0.05) and noise.between < 0.05
    assert "from how often answers differed in the last run" in told(lab)
    assert " repeats of these 120 (about $" in told(lab)


def test_families_count_in_the_place_of_cases(lab: Lab) -> None:
    file = lab.folder / "datasets" / "coins.yaml"
    file.write_text(file.read_text().replace("margin: 0.05", "margin: 0.05, cluster: family"))
    for version in (1, 2):
        checked(lab, lambda case, version, repeat: tossed(0.8)(str(int(case[1:]) // 5), version, 1), version)
    [(noise, _)] = known(lab.store.read, ME, evals.load(file), False)
    alone = 2 * 0.8 * 0.2
    assert noise.size == 5 and noise.between > 2 * alone, "what five cases share is seen five times"
