"""Variants: what their names say, and what is asked for them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lab import evals
from lab.engine import Lab
from lab.errors import BadInput
from tests.engine.kit import PLAIN
from tests.evals.sweeping import TAKES_EFFORT, folder, plan

MODEL = TAKES_EFFORT


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    with folder(tmp_path) as found:
        yield found


def asked(lab: Lab, name: str) -> evals.Plan:
    return plan(lab, [name])


@pytest.mark.parametrize(
    ("name", "whole", "shows"),
    [
        (f"p · {PLAIN}", f"p@1 · {PLAIN}", "i1 i2 i3"),
        (f"p@1 · {PLAIN} · few-shot none", None, ""),
        (f"p@1 · {PLAIN} · few-shot s", f"p@1 · {PLAIN} · few-shot s@1", "i1 i2 i3"),
        (f"p@1 · {PLAIN} · few-shot s@1 without 2", None, "i1 i3"),
        (f"p@1 · {PLAIN} · few-shot s@1 shuffled 1", None, "i2 i3 i1"),
        (f"p@1 · {MODEL} · few-shot s@1 · effort low", None, "i1 i2 i3"),
        (f"q@1 · {MODEL} · effort low", None, ""),
    ],
)
def test_a_name_says_what_is_asked(name: str, whole: str | None, shows: str, lab: Lab) -> None:
    plan = asked(lab, name)
    (trial,) = plan.trials()
    request = plan.request(lab, trial)
    assert trial.variant.name == request.origin.variant == (whole or name)
    assert [word for word in str(request.system).split() if word[0] == "i" and word[1:].isdigit()] == [
        *shows.split()
    ]
    effort = request.options.get("output_config", {}).get("effort")
    assert effort == evals.variant_parts(name).effort == ("low" if "effort" in name else None)


def test_a_prompt_without_examples_shows_a_set_as_turns(lab: Lab) -> None:
    plan = asked(lab, f"q@1 · {PLAIN} · few-shot s@1 without 3")
    request = plan.request(lab, next(plan.trials()))
    assert [each["content"] for each in request.messages] == ["i1", "o1", "i2", "o2", "0"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (f"p@1 · {PLAIN} · few-shot t@1", "no few-shot set 'fewshot/t'"),
        (f"p@1 · {PLAIN} · few-shot s@1 without 4", "s@1 has 3 examples, so that it cannot leave out"),
        (f"p@1 · {PLAIN} · few-shot s@1 backwards 4", "is no few-shot set: write a name such as tone@1"),
        (f"p@1 · {PLAIN} · effort low", "does not take effort 'low'"),
        ("p@1 · nobody", "No model 'nobody'"),
        ("p@2", "p has no version 2"),
    ],
)
def test_what_cannot_be_asked(name: str, words: str, lab: Lab) -> None:
    with pytest.raises(BadInput, match=words):
        asked(lab, name)


@pytest.mark.parametrize(
    ("names", "short"),
    [
        (["p@1 · m"], ["p@1"]),
        (["p@1 · m", "p@2 · m"], ["p@1", "p@2"]),
        (["p@1 · m", "p@1 · n"], ["m", "n"]),
        (["p@1 · m", "p@2 · n"], ["p@1 · m", "p@2 · n"]),
        (["p@1 · m · effort low", "p@1 · n · effort low"], ["m", "n"]),
        (["p@1 · m · effort low", "p@1 · m · effort high"], ["effort low", "effort high"]),
        (["p@1 · m", "p@1 · m · effort high"], ["p@1 · m", "p@1 · m · effort high"]),
    ],
)
def test_variants_by_what_tells_them_apart(names: list[str], short: list[str]) -> None:
    assert list(evals.short_names(names)) == short
