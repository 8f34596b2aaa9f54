"""Sweeps: which combinations are asked, and which of them is as good for less."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from lab import evals, store
from lab.engine import Lab
from lab.errors import BadInput
from lab.evals.paired import tango
from tests.engine.kit import ME, PLAIN
from tests.evals.sweeping import DEAR, TAKES_EFFORT, Says, folder, swept, write

DEAREST, CHEAPEST = f"q@1 · {DEAR}", f"q@1 · {TAKES_EFFORT}"


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    with folder(tmp_path) as found:
        yield found


def combined(lab: Lab, *ways: tuple[str, ...]) -> evals.Combined:
    return evals.combined(lab, evals.datasets(lab.folder, ("x",))[0], *ways)


def test_every_combination_is_asked_but_those_that_a_model_does_not_take(lab: Lab) -> None:
    found = combined(lab, ("p", "q"), (TAKES_EFFORT, PLAIN), ("s", "none"), ("low", "max"))
    end = [f" · few-shot {shows}" for shows in ("s@1", "none")]
    assert found.variants == tuple(
        f"{prompt}@1 · {model}{shows}{effort}"
        for prompt in "pq"
        for model in (TAKES_EFFORT, PLAIN)
        for shows in end
        for effort in ((" · effort low", " · effort max") if model == TAKES_EFFORT else ("",))
    )
    assert found.left_out == (f"{PLAIN} takes no effort: it is asked without.",)
    only_low = replace(lab.models[TAKES_EFFORT], effort=("low",))
    found = combined(
        replace(lab, models={**lab.models, TAKES_EFFORT: only_low}), (), (TAKES_EFFORT,), (), ("low", "max")
    )
    assert found.variants == (f"p@1 · {TAKES_EFFORT} · effort low",)
    assert found.left_out[0].startswith(
        f"Left out: p@1 · {TAKES_EFFORT} · effort max. {TAKES_EFFORT} does not"
    )


@pytest.mark.parametrize(
    ("ways", "words"),
    [
        ((("r",),), "no prompt 'r'"),
        (((), ("nobody",)), "No model 'nobody'"),
        (((), (), ("t",)), "no few-shot set 'fewshot/t'"),
        (((), (TAKES_EFFORT,), (), ("loud",)), "No combination is left to ask. Left out: p@1 · "),
    ],
)
def test_what_cannot_be_combined(ways: tuple[tuple[str, ...], ...], words: str, lab: Lab) -> None:
    with pytest.raises(BadInput, match=words):
        combined(lab, *ways)


def tradeoff(
    lab: Lab, says: Says, cases: int, *names: str, head: str = "", **asked: object
) -> evals.Tradeoff:
    write(lab.folder, cases, *([head] if head else []))
    run = swept(lab, says, names or (DEAREST, CHEAPEST))
    return evals.tradeoff(lab.store.read, ME, run, **asked)


def always(request: object) -> str:
    return "right"


def worse(at: int) -> Says:
    """The cheapest model is wrong in the first so many cases."""
    return lambda asked: (
        "" if asked.model == TAKES_EFFORT and int(asked.messages[-1]["content"]) < at else "right"
    )


def test_the_cheapest_that_is_not_worse_is_found_with_its_interval(lab: Lab) -> None:
    of = tradeoff(lab, always, 88, f"q@1 · {DEAR}", f"q@1 · {PLAIN}", CHEAPEST)
    assert [each.variant for each in of.choices] == [CHEAPEST, f"q@1 · {PLAIN}", DEAREST]
    assert of.found.variant == CHEAPEST and of.baseline.variant == DEAREST
    assert (of.found.against.low, of.found.against.high) == tango(88, 0, 0)
    assert evals.conclusion(of).startswith(
        f"The cheapest that is not worse than {DEAREST} by more than 3 points is {CHEAPEST}: "
        "0.0 points [−3.0, +3.0] on 88 cases, for $"
    )
    assert [each.cheap for each in of.choices] == [True, False, False]


def test_what_too_few_cases_leave_open_is_said_with_how_many_decide(lab: Lab) -> None:
    of = tradeoff(lab, always, 20)
    assert of.found is None and of.choices[0].standing == "open"
    assert evals.conclusion(of) == (
        f"Nothing cheaper than {DEAREST} is shown to be less than 3 points worse. It is open of {CHEAPEST}: "
        "0.0 points [−11.9, +11.9] on 20 cases; about 88 cases would decide, if so it stays."
    )
    wider = evals.tradeoff(lab.store.read, ME, _last(lab), None, 0.2)
    assert wider.found.variant == CHEAPEST


def _last(lab: Lab) -> dict:
    return store.run_head(lab.store.read, ME, store.last_run(lab.store.read, ME))


def test_what_is_worse_is_not_found(lab: Lab) -> None:
    of = tradeoff(lab, worse(10), 40)
    cheap, dear = of.choices
    assert (cheap.standing, cheap.needed, of.found) == ("worse", None, None)
    assert (cheap.against.gained, cheap.against.lost, cheap.quality.value) == (0, 10, 0.75)
    assert (cheap.cheap, dear.cheap) == (True, True)
    assert evals.conclusion(of).endswith("at such a difference no number of cases would show it.")
    turned = evals.tradeoff(lab.store.read, ME, _last(lab), "haiku")
    assert turned.baseline.variant == CHEAPEST
    assert evals.conclusion(turned) == f"Nothing that was asked is cheaper than {CHEAPEST}."
    for wanted, words in (("q@1", "could be any of these"), ("sonnet", "No variant is called 'sonnet'")):
        with pytest.raises(BadInput, match=words):
            evals.tradeoff(lab.store.read, ME, _last(lab), wanted)


def test_what_lacks_verdicts_is_not_compared(lab: Lab) -> None:
    (lab.folder / "datasets" / "own.py").write_text("def grade(text, case):\n    return 1 / len(text) > 0\n")
    head = "graders: [{python: own.py:grade}]"
    of = tradeoff(lab, worse(3), 20, head=head)
    assert (of.choices[0].standing, of.choices[0].missing, of.choices[0].against.cases) == (
        "incomplete",
        3,
        17,
    )
    assert "They cannot be compared: 3 cases have no verdict" in evals.conclusion(of)


def test_repeats_and_scores_are_compared_by_their_means(lab: Lab) -> None:
    of = tradeoff(lab, worse(10), 20, head="graders: [{contains: right}]\nrepeats: 2\nneeds: 1 of 2")
    assert not of.scored and of.choices[0].against.value == -0.5
    score = "graders: [{similarity: right indeed, threshold: 0.1}]"
    of = tradeoff(
        lab, lambda asked: "right" if asked.model == TAKES_EFFORT else "right indeed", 20, head=score
    )
    assert of.scored and of.choices[0].quality.value < 1 and of.choices[0].standing == "worse"


def test_what_has_no_price_and_what_was_not_graded_is_said(lab: Lab) -> None:
    free = replace(lab, models={**lab.models, DEAR: replace(lab.models[DEAR], prices=())})
    of = tradeoff(free, always, 3)
    assert of.choices[-1].cost is None and not of.choices[-1].cheap
    assert (
        evals.conclusion(of) == f"What {DEAREST} costs is not known, so that nothing can be called cheaper."
    )
    ungraded = tradeoff(lab, always, 3, head="description: none")
    assert evals.conclusion(ungraded) == "Nothing has a verdict, so there is no quality to compare."
    assert evals.quality_words(ungraded.choices[0]) == "–"


def test_it_is_json(lab: Lab) -> None:
    plain = evals.tradeoff_plain(tradeoff(lab, always, 88))
    first = plain["variants"][0]
    assert (plain["found"], plain["measure"]) == (CHEAPEST, "pass rate")
    assert (first["model"], first["frontier"], first["standing"]) == (TAKES_EFFORT, "cost, time", "not worse")
    assert 0 < first["usd_per_1000"] < plain["variants"][1]["usd_per_1000"]


def test_a_verdict_on_many_variants_is_short(lab: Lab) -> None:
    write(lab.folder, 2)
    run = swept(
        lab, always, [f"q@1 · {TAKES_EFFORT}{effort}" for effort in ("", " · effort low", " · effort high")]
    )
    assert run["summary"]["sentence"].count("passes 2 of 2") == 3
    orders = [f"p@1 · {PLAIN} · few-shot s@1 shuffled {number}" for number in range(1, 7)]
    said = swept(lab, always, orders)["summary"]["sentence"]
    assert said.count("passes 2 of 2") == 4 and said.endswith("So it is with 2 more of the variants.")
