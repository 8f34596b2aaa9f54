"""What a plan will ask, added up: the calls of each variant and each judge, their size and highest cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lab import engine
from lab.engine import Lab
from lab.evals.judgement import dearest
from lab.types import Picodollars, Request

if TYPE_CHECKING:
    from lab.evals.plan import Plan, Trial

BYTES_OF_A_TOKEN = 4
"""Of English text, about: what an answer that does not exist yet is taken to be."""
SAMPLED = (1, 10, 100)
"""Which of the calls are kept, to be counted by the endpoint."""


@dataclass
class Load:
    """The calls of one variant, or of one judge for its answers (`judge`). `tokens` are estimated, as are
    those of them that may be read from the cache (`cached`). `most`: None where a price is unknown."""

    prompt: str
    version: int
    model: str
    judge: bool
    max_tokens: int = 0
    calls: int = 0
    tokens: int = 0
    cached: int = 0
    most: Picodollars | None = 0
    samples: list[Request] = field(default_factory=list)

    def add(self, request: Request, worst: Picodollars | None, times: int) -> None:
        """So many calls like this one."""
        if self.calls // times + 1 in SAMPLED:
            self.samples.append(request)
        self.calls += times
        self.tokens += engine.estimate(request) * times
        self.cached += engine.shared(request) * times
        self.max_tokens = max(self.max_tokens, request.max_tokens)
        self.most = None if worst is None or self.most is None else self.most + worst * times


def loads(lab: Lab, plan: Plan) -> tuple[Load, ...]:
    """Of all that a plan has left to ask, every request of it built once. Raises BadInput for what is asked
    wrongly."""
    trials, out = list(plan.trials()), plan.earlier.out if plan.earlier else ()
    open = Counter((trial.case.id, trial.variant.name) for trial in trials)
    left = open - Counter(key[:2] for key in out if isinstance(key[2], int))
    found: dict[tuple[str, str, bool], Load] = {}
    for request, worst, trial in _asked(lab, plan):
        judge, prompt = request.origin.source == "judge", trial.variant.prompt
        key = (trial.variant.name, request.model, judge)
        if key not in found:
            found[key] = Load(prompt.name, prompt.version, request.model, judge)
        if times := (open if judge else left)[trial.case.id, trial.variant.name]:
            found[key].add(request, worst, times)
    return tuple(found.values())


def _asked(lab: Lab, plan: Plan) -> Iterator[tuple[Request, Picodollars | None, Trial]]:
    """Every request of every case and variant once, with the most that it can cost."""
    for trial in plan.once():
        for request in plan.requests(lab, trial):
            if not plan.saved:
                yield request, dearest(lab, request), trial
        answer = request.max_tokens * BYTES_OF_A_TOKEN
        for judgement in plan.judgements(lab, trial):
            yield judgement, dearest(lab, judgement, answer), trial
