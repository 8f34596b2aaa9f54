"""From outcomes to a verdict, its exit code and its sentence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from lab.evals import Dataset, Result
from lab.evals.gates import judge
from tests.evals.files import dataset

VARIANT = "p@1 · m"
MEANING = {"+": (True, None), "-": (False, None), "?": (None, "The call failed."), ".": (None, None)}
"""Of an answer: passed, failed, without a verdict, given but not graded. A blank is none at all."""


def data(folder: Path, answers: list[str], hard: tuple[int, ...] = (), **settings: object) -> Dataset:
    """A dataset of so many cases; one whose answers are dots has no graders."""
    lines = ["prompt: p", *(f"{name}: {value}" for name, value in settings.items()), "cases:"]
    for number, each in enumerate(answers):
        lines.append(f"  - input: Hi {number}")
        lines += ["    tags: [must_pass]"] if number in hard else []
        lines += ["    graders: [{contains: a}]"] if "." not in each else []
    return dataset(folder, "\n".join(lines))


def results(answers: list[str], source: str = "api") -> Iterator[Result]:
    for case, each in enumerate(answers, 1):
        for repeat, sign in enumerate(each, 1):
            if sign != " ":
                passed, error = MEANING[sign]
                state = "failed" if sign == "?" else "ok"
                yield Result(str(case), VARIANT, repeat, "c", state, source, (), passed, error, float(repeat))


@dataclass(frozen=True)
class Gate:
    id: str
    answers: list[str]
    state: str
    code: int
    sentence: str
    hard: tuple[int, ...] = ()
    settings: tuple[tuple[str, object], ...] = ()
    source: str = "api"


def rate(value: float) -> tuple[tuple[str, object], ...]:
    return (("min_pass_rate", value),)


def asked(repeats: int, needs: int) -> tuple[tuple[str, object], ...]:
    return (("repeats", repeats), ("needs", needs))


GATES = [
    Gate("all", ["+"] * 4, "passed", 0, "passes 4 of 4 cases (100.0%)."),
    Gate("all are needed", ["+", "+", "-"], "failed", 1, "passes 2 of 3 cases (66.7%); 100.0% are needed."),
    Gate("just enough", ["+"] * 9 + ["-"], "passed", 0, "9 of 10 cases (90.0%).", settings=rate(0.9)),
    Gate("one too few", ["+"] * 8 + ["-"] * 2, "failed", 1, "90.0% are needed.", settings=rate(0.9)),
    Gate("nothing is needed", ["-"] * 3, "passed", 0, "0 of 3 cases (0.0%).", settings=rate(0)),
    Gate("must pass, and does", ["+", "-"], "passed", 0, "1 of 2", hard=(0,), settings=rate(0.5)),
    Gate("must pass", ["-", "+"], "failed", 1, "fails 1 of the cases that must pass: 1.", (0,), rate(0)),
    Gate("two must pass", ["-", "+", "-"], "failed", 1, "fails 2 of the cases that must pass: 1, 3.", (0, 2)),
    Gate("2 % missing", ["+"] * 49 + ["?"], "passed", 0, "passes 49 of 49 cases (100.0%)."),
    Gate("over 2 %", ["+"] * 48 + ["?"], "invalid", 3, "cannot be judged: 1 of 49 cases have no verdict."),
    Gate("missing is no failure", ["+"] * 98 + ["?"] * 2, "passed", 0, "98 of 98"),
    Gate("too much is missing to fail", ["-"] * 9 + ["?"], "invalid", 3, "1 of 10 cases have no verdict."),
    Gate("a hard rule, too", ["-"] * 9 + ["?"], "invalid", 3, "1 of 10 cases have no verdict.", hard=(0,)),
    Gate("all is missing", ["?"] * 3, "invalid", 3, "3 of 3 cases have no verdict."),
    Gate("nothing came", [" "] * 3, "invalid", 3, "3 of 3 cases have no verdict."),
    Gate("must pass, and unknown", ["?"] + ["+"] * 99, "invalid", 3, "no verdict on cases that must", (0,)),
    Gate("broken beside unknown", ["?", "-"] + ["+"] * 98, "failed", 1, "fails 1 of", (0, 1)),
    Gate("every repeat", ["++", "+-"], "failed", 1, "1 of 2", settings=asked(2, 2)),
    Gate("2 of 3", ["+-+", "-++", "++-"], "passed", 0, "3 of 3", settings=asked(3, 2)),
    Gate("1 of 3 is not 2", ["+--"], "failed", 1, "0 of 1", settings=asked(3, 2)),
    Gate("settled in spite of one", ["+?+", "-?-", "+++"], "failed", 1, "2 of 3", settings=asked(3, 2)),
    Gate("one decides", ["+?-"], "invalid", 3, "1 of 1 cases have", settings=asked(3, 2)),
    Gate("one did not come", ["++", "+ "], "invalid", 3, "1 of 2 cases have", settings=asked(2, 2)),
    Gate("no graders", [".", "."], "answered", 0, "answered; the dataset has no graders."),
    Gate("some without graders", [".", "+", "+"], "passed", 0, "passes 2 of 2 cases (100.0%)."),
    Gate("some without graders fail", [".", "+", "-"], "failed", 1, "passes 1 of 2 cases (50.0%)"),
    Gate("made up", ["+"] * 3, "invalid", 3, "its answers are simulated. Add --sim", source="simulated"),
]


@pytest.mark.parametrize("gate", GATES, ids=lambda gate: gate.id)
def test_the_verdict(gate: Gate, tmp_path: Path) -> None:
    data_set = data(tmp_path, gate.answers, gate.hard, **dict(gate.settings))
    verdict = judge(data_set, [VARIANT], list(results(gate.answers, gate.source)), simulated=False)
    assert (verdict.state, verdict.exit_code) == (gate.state, gate.code), verdict.sentence
    assert verdict.sentence.startswith(f"{VARIANT} ") and gate.sentence in verdict.sentence


def test_a_dataset_without_graders_whose_calls_fail_is_not_answered(tmp_path: Path) -> None:
    answers = [".", "."]
    verdict = judge(data(tmp_path, answers), [VARIANT], list(results([".", "?"])), simulated=False)
    assert (verdict.state, verdict.exit_code) == ("invalid", 3)
    assert verdict.sentence.endswith("1 of 2 cases have no answer.")


def test_simulated_answers_are_judged_where_that_was_asked_for(tmp_path: Path) -> None:
    verdict = judge(data(tmp_path, ["+"]), [VARIANT], list(results(["+"], "simulated")), simulated=True)
    assert verdict.state == "passed"


@pytest.mark.parametrize(
    ("first", "second", "state", "names"),
    [
        ("+", "+", "passed", [VARIANT, "other"]),
        ("+", "-", "failed", ["other"]),
        ("?", "-", "invalid", [VARIANT]),
        ("-", "-", "failed", [VARIANT, "other"]),
    ],
)
def test_the_whole_is_as_bad_as_its_worst(
    first: str, second: str, state: str, names: list[str], tmp_path: Path
) -> None:
    both = [*results([first]), *(replace(each, variant="other") for each in results([second]))]
    verdict = judge(data(tmp_path, ["+"]), [VARIANT, "other"], both, simulated=False)
    assert verdict.state == state
    assert [score.variant for score in verdict.scores if score.sentence in verdict.sentence] == names


def test_the_figures_are_of_answers_that_came_to_their_end(tmp_path: Path) -> None:
    answers = ["+-+", "???"]
    (score,) = judge(
        data(tmp_path, answers, repeats=3, needs=2), [VARIANT], list(results(answers)), simulated=False
    ).scores
    assert (score.passed, score.failed, score.missing, score.rate) == (1, 0, 1, 1.0)
    assert score.seconds == 2.0
