"""What graders are told of an answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lab.answer import Answer
from lab.evals.grading import sample
from lab.evals.plan import Trial
from lab.graders import Sample
from lab.types import Cost, Done, Reply, Timing, Usage
from tests.engine.kit import done
from tests.evals.files import CASES, dataset


def spent(cost: int | None, tokens: int | None, total: float, first: float | None = 0.5) -> Reply:
    usage, timing = Usage(output_tokens=tokens), Timing(None, first, total)
    return replace(done().reply, usage=usage, timing=timing, cost=Cost(cost, cost, cost, "usage"))


def seen(folder: Path, *rounds: Reply, **fields: Any) -> Sample:
    """What graders see of the last reply, which the others led to."""
    answer, last = Answer(), replace(rounds[-1], **fields)
    answer.add(Done(replace(last, before=tuple(rounds[:-1]))))
    case = dataset(folder, CASES).cases[0]
    return sample(Trial(case, None, 1), None, answer)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rounds", "cost", "tokens", "seconds", "first"),
    [
        ([spent(7, 5, 2.0)], 7, 5, 2.0, 0.5),
        ([spent(7, 5, 2.0, 0.1), spent(8, 6, 3.0)], 15, 11, 5.0, 0.1),
        ([spent(None, 5, 2.0), spent(8, 6, 3.0)], None, 11, 5.0, 0.5),
        ([spent(7, None, 2.0, None), spent(8, 6, 3.0)], 15, None, 5.0, None),
    ],
)
def test_figures_are_of_the_whole_way_to_an_answer(
    rounds: Sequence[Reply],
    cost: int | None,
    tokens: int | None,
    seconds: float,
    first: float | None,
    tmp_path: Path,
) -> None:
    found = seen(tmp_path, *rounds)
    assert (found.cost, found.output_tokens, found.seconds, found.first_token) == (
        cost,
        tokens,
        seconds,
        first,
    )


def test_a_replay_has_the_figures_of_its_recording(tmp_path: Path) -> None:
    """It cost nothing itself; and what its recording cost may not be known."""
    free = spent(0, 5, 2.0)
    assert seen(tmp_path, free, source="replay", recorded_cost=9).cost == 9
    assert seen(tmp_path, free, source="replay").cost is None
    assert seen(tmp_path, replace(free, cost=None)).cost is None
