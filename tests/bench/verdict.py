"""The gate's statistics at the size of a large check: `python -m tests.bench verdict [cases]`.

5,000 cases (unless told otherwise) asked 3 times with 5 graders, two of pass or fail and three of scores,
held against as many from before: everything that the verdict needs, 10,000 turns and 10,000 resamplings of
each measure among it. The baseline is `scipy.stats.bootstrap` of one measure, as often.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy
from scipy.stats import bootstrap

from lab.evals.gate import Arm, Asked, Decision, Rule, decide
from tests.bench._bench import table

CASES, REPEATS, DRAWS = 5_000, 3, 10_000
GRADERS = ("format", "facts", "tone", "length", "judge")
PASS_OR_FAIL = GRADERS[:2]


def main(arguments: list[str]) -> None:
    cases = int(arguments[0]) if arguments else CASES
    random = numpy.random.default_rng(1)
    old, new = _arm("before", cases, random), _arm("now", cases, random)
    families = {case: str(int(case) // 10) for case in new.cases}
    kin = Arm(new.name, new.cases, families=families)
    apart = [_mean(new.cases[case], "tone") - _mean(old.cases[case], "tone") for case in new.cases]
    base, _ = _timed(lambda: bootstrap((apart,), numpy.mean, n_resamples=DRAWS, batch=250, random_state=1))
    rows = [["what", "seconds", "ratio", "verdict"]]
    rows.append([f"scipy.stats.bootstrap, 1 measure, {DRAWS:,} resamplings", f"{base:.2f}", "1.00", ""])
    for name, rule, arm in (
        (f"{len(GRADERS)} graders, {REPEATS} repeats", Rule(measures=GRADERS), new),
        ("the same, families of 10", Rule(measures=GRADERS, cluster="family"), kin),
    ):
        seconds, found = _timed(lambda rule=rule, arm=arm: decide(rule, old, arm))
        rows.append([name, f"{seconds:.2f}", f"{seconds / base:.2f}", found.state])
    table(rows)
    print(f"\n{cases:,} cases.")


def _arm(name: str, cases: int, random: numpy.random.Generator) -> Arm:
    found = {}
    for case in range(cases):
        marks = random.random((len(GRADERS), REPEATS))
        scores = {
            grader: tuple(float(each < 0.9) if grader in PASS_OR_FAIL else float(each) for each in row)
            for grader, row in zip(GRADERS, marks, strict=True)
        }
        found[str(case)] = Asked(scores, (f"{name} {case}",))
    return Arm(name, found)


def _mean(asked: Asked, grader: str) -> float:
    return float(numpy.mean(asked.scores[grader]))


def _timed(run: Callable[[], Decision]) -> tuple[float, Decision]:
    start = time.perf_counter()
    found = run()
    return time.perf_counter() - start, found
