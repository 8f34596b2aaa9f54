"""Which cases are asked: by place, by lot, by tag, split and what became of them before."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lab import evals, store
from lab.engine import Lab, build
from lab.errors import BadInput
from lab.evals import Dataset, Order, Selection
from lab.store import Store
from lab.types import Event, Request
from tests.engine.kit import ME, PLAIN, answer, caller, lab_of

CASES = """\
prompt: p
graders: [{contains: o}]
tags: kind
cases:
  - {id: a, input: one, kind: "odd, must_pass", split: train}
  - {id: b, input: two, kind: even, split: train}
  - {id: c, input: tree, kind: odd, split: test}
  - {id: d, input: four, kind: even, split: test}
  - {id: e, input: fife, kind: odd, split: test}
"""


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    for name in ("prompts/p", "datasets"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "prompts" / "p" / "v1.yaml").write_text(f'user: "{{{{input}}}}"\nmodel: {PLAIN}\n')
    (tmp_path / "datasets" / "x.yaml").write_text(CASES)
    database = Store(tmp_path / "lab.db")
    yield replace(lab_of(database), folder=tmp_path)
    database.close()


def echo(request: Request) -> AsyncGenerator[Event, None]:
    return caller(*answer(request.messages[-1]["content"]))(request)


def picked(lab: Lab, *names: str, **fields: Any) -> list[Dataset]:
    return evals.chosen(lab, ME, Order(names or ("x",), selection=Selection(**fields))).datasets


def checked(lab: Lab, dataset: Dataset) -> tuple[evals.Verdict, dict[str, Any]]:
    [plan] = evals.plans(lab, ME, [dataset], Order())
    verdict = asyncio.run(evals.check(lab, build(lab, echo), plan, 1, False, lambda result: None))
    lab.store.flush()
    return verdict, store.run(lab.store.read, ME, plan.run)


@pytest.mark.parametrize(
    ("wanted", "ids", "words"),
    [
        ({"first": 2}, "ab", "2 of 5 cases, the first 2"),
        ({"first": 9}, "abcde", "5 of 5 cases, the first 9"),
        ({"tags": ("odd",)}, "ace", "3 of 5 cases, tagged odd"),
        ({"tags": ("even", "must_pass")}, "abd", "3 of 5 cases, tagged even or must_pass"),
        ({"splits": ("test",)}, "cde", "3 of 5 cases, in the split test"),
        (
            {"splits": ("test",), "tags": ("odd",), "first": 1},
            "c",
            "1 of 5 cases, in the split test, tagged odd, the first 1",
        ),
        ({"sample": 9, "seed": 3}, "abcde", "5 of 5 cases, sampled with seed 3"),
    ],
)
def test_the_cases_that_are_wanted(wanted: dict[str, Any], ids: str, words: str, lab: Lab) -> None:
    [found] = picked(lab, **wanted)
    assert "".join(case.id for case in found.cases) == ids
    assert (found.selection["words"], found.selection["cases"]) == (words, list(ids))
    assert found.hash == evals.load(found.file).hash


def test_without_a_wish_it_is_all_of_them(lab: Lab) -> None:
    [found] = picked(lab, seed=9)
    assert (len(found.cases), found.selection) == (5, None)


def test_a_sample_is_the_same_each_time_and_grows_with_its_size(lab: Lab) -> None:
    def drawn(**fields: Any) -> list[str]:
        return [case.id for case in picked(lab, **fields)[0].cases]

    assert drawn(sample=2) == drawn(sample=2) == sorted(drawn(sample=2))
    assert set(drawn(sample=2)) < set(drawn(sample=3))
    assert len({tuple(drawn(sample=2, seed=seed)) for seed in range(20)}) > 3
    assert set(drawn(first=3, sample=2)) < set("abc")


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"tags": ("od",)}, "no case is tagged 'od'. Did you mean 'odd'?"),
        ({"splits": ("dev",)}, "no case is in the split 'dev'. There are: test, train."),
        ({"splits": ("train",), "tags": ("x",)}, "no case is tagged 'x'. There are: even, must_pass, odd."),
        ({"only_failed": "last"}, "There is no run of x yet"),
        ({"only_failed": "nope"}, "There is no run 'nope'."),
    ],
)
def test_what_nothing_is(wanted: dict[str, Any], words: str, lab: Lab) -> None:
    with pytest.raises(BadInput) as error:
        picked(lab, **wanted)
    assert words in str(error.value)


def test_a_dataset_without_the_tag_is_left_out_beside_one_with_it(lab: Lab) -> None:
    (lab.folder / "datasets" / "y.yaml").write_text("prompt: p\ncases: [{input: one}]\n")
    found, left_out = evals.chosen(lab, ME, Order(selection=Selection(tags=("odd",))))
    assert [each.name for each in found] == ["x"]
    assert left_out == [
        f"{lab.folder / 'datasets/y.yaml'}: no case is tagged 'odd'. None says anything of the kind."
    ]


def test_the_verdict_is_on_the_wanted_cases_and_says_so(lab: Lab) -> None:
    whole, _ = checked(lab, picked(lab)[0])
    part, run = checked(lab, picked(lab, tags=("even",))[0])
    assert (whole.state, part.state) == ("failed", "passed")
    assert part.sentence.endswith("passes 2 of 2 cases (100.0%). Asked were 2 of 5 cases, tagged even.")
    assert run["settings"]["selection"]["tags"] == ["even"]
    assert (run["settings"]["cases"], len(run["results"])) == (2, 2)
    assert run["summary"]["sentence"] == part.sentence
    assert list(store.cases_of(lab.store.read, ME, run["id"])) == ["b", "d"]


def test_what_failed_is_asked_again(lab: Lab) -> None:
    _, run = checked(lab, picked(lab)[0])
    [again] = picked(lab, only_failed="last")
    assert again.selection["words"] == f"2 of 5 cases, not passed in run {run['id']}"
    assert [case.id for case in again.cases] == ["c", "e"]
    assert [case.id for case in picked(lab, only_failed=run["id"], first=1)[0].cases] == ["c"]
    mended = CASES.replace("tree", "three o").replace("fife", "five o")
    (lab.folder / "datasets" / "x.yaml").write_text(mended)
    verdict, _ = checked(lab, picked(lab, only_failed="last")[0])
    assert verdict.state == "passed"
    found, left_out = evals.chosen(lab, ME, Order(("x",), selection=Selection(only_failed="last")))
    assert (found, len(left_out)) == ([], 1) and left_out[0].startswith("x: 0 of 5 cases, not passed in run ")


def test_cases_that_a_cut_run_never_asked_have_no_verdict_either(lab: Lab) -> None:
    def cut(request: Request) -> AsyncGenerator[Event, None]:
        if request.messages[-1]["content"] == "four":
            raise KeyboardInterrupt
        return echo(request)

    [plan] = evals.plans(lab, ME, picked(lab), Order())
    with pytest.raises(KeyboardInterrupt):
        asyncio.run(evals.check(lab, build(lab, cut), plan, 1, False, lambda result: None))
    lab.store.flush()
    assert [case.id for case in picked(lab, only_failed="last")[0].cases] == ["c", "d", "e"]


def test_a_run_of_another_dataset_says_nothing(lab: Lab) -> None:
    (lab.folder / "datasets" / "y.yaml").write_text("prompt: p\ncases: [{input: one}]\n")
    _, run = checked(lab, picked(lab)[0])
    with pytest.raises(BadInput, match=f"Run {run['id']} is one of x, not of y."):
        picked(lab, "y", only_failed=run["id"])


def test_cases_that_lie_elsewhere_hold_up_no_other_dataset(lab: Lab) -> None:
    """Unless somebody asks for them by name."""
    (lab.folder / "datasets" / "far.yaml").write_text("prompt: p\ncases: $LAB_TEST_NONE/c.csv\n")
    found = evals.chosen(lab, ME, Order())
    assert [each.name for each in found.datasets] == ["x"]
    assert "far is left out" in found.left_out[0] and "LAB_TEST_NONE is not set" in found.left_out[0]
    with pytest.raises(BadInput, match="line 2: the environment variable LAB_TEST_NONE is not set"):
        evals.chosen(lab, ME, Order(("far", "x")))
