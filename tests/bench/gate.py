"""How often the gate is wrong, and sees what it says it sees: `python -m tests.bench gate [many]`.

Each line is so many experiments (10,000 unless told otherwise) with cases made up anew. "Unchanged": both
sides answer alike, and every `failed` is a false one (at most 5 % are allowed). "Worse by": the least drop
that such data are said to show; the share found must be the one printed, give or take 2 points.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from multiprocessing import get_context

import numpy

from lab.evals.gate import Arm, Asked, Evidence, Rule, decide, power
from lab.evals.gate.spread import Spread
from tests.bench._bench import table

MANY, CHUNK = 10_000, 250
PLAIN = {"cases": 200, "differing": 0.2}
REPEATS = {"cases": 100, "repeats": 3}
FAMILIES, SIZE, ICC, NOISE = 30, 10, 0.3, 0.25
WINDOW, MARGIN = 500, 0.05

Random = numpy.random.Generator


def main(arguments: list[str]) -> None:
    many = int(arguments[0]) if arguments else MANY
    rows = [["data", "truth", "failed", "wanted", "passed", "inconclusive"]]
    with get_context("spawn").Pool() as pool:
        for name, truth, experiment, wanted in _lines():
            chunks = [(experiment, seed) for seed in range(-(-many // CHUNK))]
            counts = sum(pool.starmap(_chunk, chunks), Counter())
            whole = counts.total()
            share = {state: f"{counts[state] / whole:.2%}" for state in ("failed", "passed", "inconclusive")}
            rows.append([name, truth, share["failed"], wanted, share["passed"], share["inconclusive"]])
    table(rows)
    print(f"\n{many:,} experiments a line; margin {Rule().margin:.0%}, {MARGIN:.0%} where it stops early.")


def _lines() -> list[tuple[str, str, Callable[[Random], str], str]]:
    drop = power.seen(**PLAIN)
    noise = Spread(0, 3, 0.0, 2 * 0.24)
    lower = power.seen_in_means(noise, **REPEATS)
    family = Spread(0, 1, NOISE**2 * (ICC + (1 - ICC) / SIZE), 0.0)
    least = power.seen_in_means(family, FAMILIES, 1)
    once, thrice, kin = "pass or fail, 200 cases", "3 repeats, 100 cases", "30 families of 10, ICC 0.3"
    early = f"until decided, at most {WINDOW} cases"
    return [
        (once, "unchanged", partial(plain, 0.0), "≤ 5 %"),
        (once, f"worse by {drop:.1%}", partial(plain, drop), f"{power.power(**PLAIN, drop=drop):.1%} ± 2"),
        (thrice, "unchanged", partial(repeated, 0.0), "≤ 5 %"),
        (thrice, f"worse by {lower:.1%}", partial(repeated, lower), "80.0% ± 2"),
        (kin, "unchanged", partial(in_families, 0.0), "≤ 5 %"),
        (kin, f"worse by {least:.1%}", partial(in_families, least), "80.0% ± 2"),
        (early, "unchanged", partial(early_stop, 0.0), "≤ 5 %"),
        (early, f"worse by the margin, {MARGIN:.0%}", partial(early_stop, MARGIN), "passed ≤ 5 %"),
        (early, "worse by 15 %", partial(early_stop, 0.15), ""),
    ]


def _chunk(experiment: Callable[[Random], str], seed: int) -> Counter:
    random = numpy.random.default_rng(seed)
    return Counter(experiment(random) for _ in range(CHUNK))


def plain(drop: float, random: Random) -> str:
    """Once a case: a fifth of the cases differ, lost a little oftener than gained."""
    return decide(Rule(), *_arms(*_pass_or_fail(drop, PLAIN["cases"], random))).state


def repeated(drop: float, random: Random) -> str:
    """Three answers a case, each right with a probability of 0.4 or 0.6 that is the case's own."""
    share = random.choice([0.4, 0.6], (REPEATS["cases"], 1))
    old = random.random((REPEATS["cases"], 3)) < share + drop / 2
    new = random.random((REPEATS["cases"], 3)) < share - drop / 2
    return decide(Rule(), *_arms(old.astype(float), new.astype(float))).state


def in_families(drop: float, random: Random) -> str:
    """Scores whose change has a part that is the family's and a part that is the case's."""
    together = random.normal(0, NOISE * ICC**0.5, (FAMILIES, 1))
    apart = random.normal(0, NOISE * (1 - ICC) ** 0.5, (FAMILIES, SIZE))
    old = random.normal(0.5, 0.05, (FAMILIES * SIZE, 1))
    new = old + (together + apart - drop).reshape(-1, 1)
    families = [f"family {at // SIZE}" for at in range(FAMILIES * SIZE)]
    return decide(Rule(cluster="family"), *_arms(old, new, families)).state


def early_stop(drop: float, random: Random) -> str:
    """A look after every single case."""
    old, new = _pass_or_fail(drop, WINDOW, random)
    evidence = Evidence(MARGIN)
    for difference in (new - old)[:, 0]:
        evidence.add([float(difference)])
        if found := evidence.decided():
            return found
    return "inconclusive"


def _pass_or_fail(drop: float, cases: int, random: Random) -> tuple[numpy.ndarray, numpy.ndarray]:
    differing = PLAIN["differing"]
    kinds = [(differing + drop) / 2, (differing - drop) / 2, (1 - differing) / 2, (1 - differing) / 2]
    kind = random.choice(4, (cases, 1), p=kinds)
    return numpy.isin(kind, (0, 2)).astype(float), numpy.isin(kind, (1, 2)).astype(float)


def _arms(old: numpy.ndarray, new: numpy.ndarray, families: list[str] | None = None) -> list[Arm]:
    kin = {str(at): family for at, family in enumerate(families or ())}
    return [
        Arm(name, {str(at): Asked({"passed": tuple(row)}) for at, row in enumerate(side.tolist())}, "", kin)
        for name, side in (("old", old), ("new", new))
    ]
