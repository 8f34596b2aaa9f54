"""How often the sentence about a judge is right, and its intervals hold the truth: `python -m tests.bench
judges [many]`.

Judges are made up that flip people's verdict with a certain probability, so that their true kappa is known.
`yes` for one below the bar of 0.6, and `no` for one above it, are wrong; `not yet` costs answers to rate, no
more. The intervals are those of kappa, by cases, and of the corrected pass rate; 95 % should hold the truth.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy

from lab.evals.gate import agreement
from lab.evals.judges import Answer, Docket, Judge, calibrated, trust
from tests.bench._bench import table

MANY = 300
PASSES, JUDGED = 0.6, 400
"""The share that people pass, and the answers of the run whose pass rate is corrected."""
JUDGE = Judge("d", "kind", ("m",), "1", ("fail", "pass"), 1, False, "Be kind.", False)
WORDS = ("fail", "pass")


def main(arguments: list[str]) -> None:
    many = int(arguments[0]) if arguments else MANY
    rows = [["rated", "true κ", "yes", "no", "not yet", "κ held", "corrected rate held"]]
    random = numpy.random.default_rng(0)
    for rated in (40, 100, 200):
        for kappa in (0.4, 0.5, 0.6, 0.7, 0.8, 0.9):
            found = Counter(each for _ in range(many) for each in _outcomes(random, rated, kappa))
            said = [f"{found[each] / many:.0%}" for each in ("yes", "no", "not yet")]
            held = [f"{found[each] / many:.0%}" for each in ("kappa", "rate")]
            rows.append([rated, f"{kappa:.1f}", *said, *held])
    table(rows)
    print(f"\n{many:,} judges a line, each held against one person; people pass {PASSES:.0%}.")


def _outcomes(random: numpy.random.Generator, rated: int, kappa: float) -> Iterator[str]:
    """What is said of one judge, and which of its intervals hold the truth."""
    flips = _flips(kappa)
    people = (random.random(JUDGED) < PASSES).astype(int)
    judged = numpy.where(random.random(JUDGED) < flips, 1 - people, people)
    answers = tuple(
        Answer(str(case), "v", 1, "r", f"c{case}", judged[case], bool(judged[case]), "", {"ann": WORDS[said]})
        for case, said in enumerate(people[:rated])
    )
    passed = int(judged.sum())
    found = calibrated(Docket(JUDGE, ("r",), answers, {"v": (passed, JUDGED, JUDGED)}, 0, 0))
    yield trust(JUDGE, found).standing
    if found.kappa.low is not None and found.kappa.low <= kappa <= found.kappa.high:
        yield "kappa"
    (rate,) = found.rates
    if rate.low is not None and rate.low <= PASSES <= rate.high:
        yield "rate"


def _flips(kappa: float) -> float:
    """How often a judge that errs either way alike differs from people, if that is its kappa."""
    low, high = 0.0, 0.5
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if _kappa(middle) > kappa else (low, middle)
    return low


def _kappa(flips: float) -> float:
    big = 10**9
    shares = ((1 - PASSES) * (1 - flips), (1 - PASSES) * flips), (PASSES * flips, PASSES * (1 - flips))
    return agreement.kappa([[[round(share * big) for share in row] for row in shares]]).value
