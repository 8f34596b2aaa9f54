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

from lab.evals.gate import Arm, Asked, Course, Rule, decide, power
from lab.evals.gate.spread import Spread
from tests.bench._bench import table

MANY, CHUNK = 10_000, 250
PLAIN = {"cases": 200, "differing": 0.2}
REPEATS = {"cases": 100, "repeats": 3}
FAMILIES, SIZE, ICC, NOISE, NARROW = 30, 10, 0.3, 0.25, 0.12
WINDOW, MARGIN = 500, 0.05
AGAIN, ANSWERS, WIDE = 100, 10, 0.1
"""Cases that are asked again, how often at most, and the margin there."""

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
    margins = f"margin {Rule().margin:.0%}, {MARGIN:.0%} or {WIDE:.0%} where it stops early"
    print(f"\n{many:,} experiments a line; {margins}.")


def _lines() -> list[tuple[str, str, Callable[[Random], str], str]]:
    drop = power.seen(**PLAIN)
    noise = Spread(0, 3, 0.0, 2 * 0.24)
    lower = power.seen_in_means(noise, **REPEATS)
    family = Spread(0, 1, NOISE**2 * (ICC + (1 - ICC) / SIZE), 0.0)
    least = power.seen_in_means(family, FAMILIES, 1)
    once, thrice, kin = "pass or fail, 200 cases", "3 repeats, 100 cases", "30 families of 10, ICC 0.3"
    early = f"until decided, at most {WINDOW} cases"
    again = f"until decided, {AGAIN} cases, up to {ANSWERS} answers"
    kin_early = "until decided, families, ICC 0.3"
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
        (again, "unchanged", partial(repeated_stop, 0.0), "≤ 5 %"),
        (again, f"worse by the margin, {WIDE:.0%}", partial(repeated_stop, WIDE), "passed ≤ 5 %"),
        (again, "worse by 20 %", partial(repeated_stop, 2 * WIDE), ""),
        (kin_early, "unchanged", partial(families_stop, 0.0), "≤ 5 %"),
        (kin_early, f"worse by the margin, {WIDE:.0%}", partial(families_stop, WIDE), "passed ≤ 5 %"),
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
    """Case after case, each asked once."""
    old, new = _pass_or_fail(drop, WINDOW, random)
    return _followed(Course(Rule(margin=MARGIN), [(str(at),) for at in range(WINDOW)], 1), old, new)


def repeated_stop(drop: float, random: Random) -> str:
    """Answers right with a probability that is the case's own, as in `repeated`: one to each case, then more
    of them, until it is decided, would hardly help, or the cost is spent."""
    share = random.choice([0.2, 0.4, 0.6, 0.8], (AGAIN, 1))
    old = random.random((AGAIN, ANSWERS)) < share + drop / 2
    new = random.random((AGAIN, ANSWERS)) < share - drop / 2
    course = Course(Rule(margin=WIDE), [(str(at),) for at in range(AGAIN)], 1)
    return _followed(course, old, new, random.integers(AGAIN, AGAIN * ANSWERS + 1))


def families_stop(drop: float, random: Random) -> str:
    """Scores of families of one case to nine, which come whole."""
    sizes = random.integers(1, 10, 4 * FAMILIES)
    together = numpy.repeat(random.normal(0, ICC**0.5, len(sizes)), sizes)
    apart = random.normal(0, (1 - ICC) ** 0.5, sizes.sum())
    new = numpy.clip(0.5 - drop + (together + apart) * NARROW, 0, 1).reshape(-1, 1)
    ends = sizes.cumsum()
    units = [tuple(map(str, range(end - size, end))) for end, size in zip(ends, sizes, strict=True)]
    return _followed(Course(Rule(margin=WIDE), units, 1), numpy.full_like(new, 0.5), new)


def _followed(course: Course, old: numpy.ndarray, new: numpy.ndarray, cap: int | None = None) -> str:
    """What a check that goes on until it is decided says of answers, cases x repeats, in their order; the cap
    is so many answers."""
    for number, (repeat, case) in enumerate(numpy.ndindex(old.shape[::-1]), 1):
        course.take(str(case), repeat + 1, (float(old[case, repeat]),), new=False)
        course.take(str(case), repeat + 1, (float(new[case, repeat]),), new=True)
        if course.over or number == cap:
            break
    return course.state or "inconclusive"


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
