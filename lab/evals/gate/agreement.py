"""Whether two who judge the same answers agree, beyond what chance would bring."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from numpy import ndarray

DRAWS = 1_000
RATES = 10_000
Weights = Literal["none", "linear", "quadratic"]
Level = Literal["nominal", "ordinal", "interval"]


@dataclass(frozen=True, slots=True)
class Agreement:
    """1 is full agreement, 0 what chance brings; None where there is nothing to tell it by (one value alone).
    `low` and `high` are the 95 % interval from drawing the items again, None where that says nothing."""

    items: int
    value: float | None
    low: float | None
    high: float | None


def table(
    first: Sequence[Hashable], second: Sequence[Hashable], values: Sequence[Hashable]
) -> list[list[int]]:
    """The confusion matrix: rows by the first's value, columns by the second's, in the order of `values`."""
    place = {value: at for at, value in enumerate(values)}
    found = [[0] * len(values) for _ in values]
    for one, other in zip(first, second, strict=True):
        found[place[one]][place[other]] += 1
    return found


def kappa(tables: Sequence[Sequence[Sequence[int]]], weights: Weights = "none", seed: int = 0) -> Agreement:
    """Cohen's kappa (Educational and Psychological Measurement 20, 1960, 37-46), weighted where values have
    an order (Psychological Bulletin 70, 1968, 213-220). `tables`: of each case the confusion matrix of its
    answers, which are alike, and so drawn again together. Where nothing differs, drawing again says nothing:
    then the lower end is what so many cases allow, 1 - 0.025 ** (1 / cases) of them differing (Clopper and
    Pearson, Biometrika 26, 1934, 404-413)."""
    import numpy

    found = numpy.asarray([table for table in tables if numpy.any(table)], dtype=float)
    cases = len(found)
    if cases == 0:
        return Agreement(0, None, None, None)
    drawn = numpy.random.default_rng(seed).multinomial(cases, numpy.full(cases, 1 / cases), size=DRAWS)
    together = numpy.tensordot(numpy.vstack([numpy.ones(cases), drawn]), found, axes=1)
    items = int(found.sum())
    agreed = _agreement(items, _kappas(together, weights))
    if cases == 1:
        return replace(agreed, low=None, high=None)
    if agreed.value != 1:
        return agreed
    shares = together[0].sum(axis=0) / items
    least = 1 - (1 - 0.025 ** (1 / cases)) / (1 - float((shares**2).sum()))
    return replace(agreed, low=max(least, -1.0), high=1.0)


def krippendorff(
    ratings: Sequence[Mapping[Hashable, float | None]],
    level: Level = "nominal",
    seed: int = 0,
    families: Sequence[Hashable] | None = None,
) -> Agreement:
    """Krippendorff's alpha: any number of raters, some of whom may have left items out. `ratings`: of each
    item, the values by rater; `families`: the case of each, drawn again as a whole (Krippendorff, Content
    Analysis, 4th edition, 2018, chapter 12)."""
    import numpy

    of = range(len(ratings)) if families is None else families
    held = [
        ([value for value in item.values() if value is not None], family)
        for item, family in zip(ratings, of, strict=True)
    ]
    said = [values for values, _ in held if len(values) > 1]
    if not said:
        return Agreement(0, None, None, None)
    drawn_as = [family for values, family in held if len(values) > 1]
    values = sorted({value for each in said for value in each})
    place = {value: at for at, value in enumerate(values)}
    pairs = numpy.zeros((len(said), len(values), len(values)))
    for item, each in zip(pairs, said, strict=True):
        counts = numpy.bincount([place[value] for value in each], minlength=len(values))
        item += (numpy.outer(counts, counts) - numpy.diag(counts)) / (len(each) - 1)
    pairs = _together(pairs, drawn_as)
    random = numpy.random.default_rng(seed)
    drawn = random.multinomial(len(pairs), numpy.full(len(pairs), 1 / len(pairs)), size=DRAWS)
    together = numpy.tensordot(numpy.vstack([numpy.ones(len(pairs)), drawn]), pairs, axes=1)
    found = _agreement(len(said), _alphas(together, values, level))
    return replace(found, low=None, high=None) if found.value == 1 or len(pairs) == 1 else found


@dataclass(frozen=True, slots=True)
class Corrected:
    """A judge's pass rate, corrected by answers that people judged too.

    `sensitivity`: of what people passed, the share the judge passes; `specificity`: of what they failed, the
    share it fails. `rate` by these (Rogan and Gladen, American Journal of Epidemiology 107, 1978, 71-76),
    None where the judge tells nothing apart; `shifted`: its rate plus what people gave more on average.
    """

    observed: float
    sensitivity: float | None
    specificity: float | None
    rate: float | None
    shifted: float


def corrected(observed: float, counts: Sequence[Sequence[float]]) -> Corrected:
    """`observed`: the share that the judge passes of all. `counts`: people's (rows) against the judge's
    (columns) on what both judged, fail first."""
    (both_fail, wrongly_passed), (wrongly_failed, both_pass) = counts
    failed, passed = both_fail + wrongly_passed, wrongly_failed + both_pass
    sensitivity = both_pass / passed if passed else None
    specificity = both_fail / failed if failed else None
    rate = None
    if sensitivity is not None and specificity is not None and sensitivity + specificity > 1:
        rate = min(max((observed + specificity - 1) / (sensitivity + specificity - 1), 0.0), 1.0)
    shift = (wrongly_failed - wrongly_passed) / (failed + passed) if failed + passed else 0.0
    return Corrected(observed, sensitivity, specificity, rate, min(max(observed + shift, 0.0), 1.0))


def corrected_interval(
    passed: float, judged: int, counts: Sequence[Sequence[float]], seed: int = 0
) -> tuple[float, float] | None:
    """Where `Corrected.rate` may be, 95 %: sensitivity, specificity and the judge's own rate are drawn from
    what Jeffreys' prior makes of their counts (Brown, Cai and DasGupta, Statistical Science 16, 2001,
    101-133). `counts` as in `corrected`; `passed` of `judged` answers in all passed by the judge. None where
    the judge tells nothing apart in a twentieth of the draws or more, or people said only one thing."""
    import numpy

    (both_fail, wrongly_passed), (wrongly_failed, both_pass) = counts
    if not judged or not both_fail + wrongly_passed or not wrongly_failed + both_pass:
        return None
    random = numpy.random.default_rng(seed)
    sensitivity = random.beta(both_pass + 0.5, wrongly_failed + 0.5, size=RATES)
    specificity = random.beta(both_fail + 0.5, wrongly_passed + 0.5, size=RATES)
    observed = random.beta(passed + 0.5, judged - passed + 0.5, size=RATES)
    apart = sensitivity + specificity - 1
    if (apart <= 0).mean() >= 0.05:
        return None
    known = apart > 0
    rates = numpy.clip((observed[known] + specificity[known] - 1) / apart[known], 0, 1)
    low, high = numpy.quantile(rates, [0.025, 0.975])
    return float(low), float(high)


def _together(tables: ndarray, families: Sequence[Hashable]) -> ndarray:
    """The sum of each family's tables, families in the order they come."""
    import numpy

    place = {family: at for at, family in enumerate(dict.fromkeys(families))}
    found = numpy.zeros((len(place), *tables.shape[1:]))
    numpy.add.at(found, [place[family] for family in families], tables)
    return found


def _kappas(tables: ndarray, weights: Weights) -> ndarray:
    import numpy

    size = tables.shape[1]
    apart = numpy.abs(numpy.subtract.outer(numpy.arange(size), numpy.arange(size))).astype(float)
    cost = {"none": (apart > 0).astype(float), "linear": apart, "quadratic": apart**2}[weights]
    shares = tables / tables.sum(axis=(1, 2), keepdims=True)
    by_chance = shares.sum(axis=2)[:, :, None] * shares.sum(axis=1)[:, None, :]
    return _one_less((shares * cost).sum(axis=(1, 2)), (by_chance * cost).sum(axis=(1, 2)))


def _alphas(pairs: ndarray, values: Sequence[float], level: Level) -> ndarray:
    import numpy

    of_value = pairs.sum(axis=2)
    whole = of_value.sum(axis=1)
    by_chance = of_value[:, :, None] * of_value[:, None, :]
    by_chance -= of_value[:, :, None] * numpy.eye(len(values))
    cost = _costs(of_value, values, level)
    return _one_less(
        (pairs * cost).sum(axis=(1, 2)) / whole, (by_chance * cost).sum(axis=(1, 2)) / (whole * (whole - 1))
    )


def _costs(of_value: ndarray, values: Sequence[float], level: Level) -> ndarray:
    """How far apart each two values are, for each of the tables."""
    import numpy

    if level == "ordinal":
        upto = numpy.cumsum(of_value, axis=1)
        between = numpy.abs(upto[:, :, None] - upto[:, None, :])
        least = numpy.tril(numpy.ones((len(values), len(values))), -1)
        first = numpy.where(least, of_value[:, None, :], of_value[:, :, None])
        last = numpy.where(least, of_value[:, :, None], of_value[:, None, :])
        squared = (between + first - (first + last) / 2) ** 2
        return squared * (1 - numpy.eye(len(values)))
    apart = numpy.subtract.outer(numpy.asarray(values, float), numpy.asarray(values, float))
    return (apart**2 if level == "interval" else (apart != 0).astype(float))[None]


def _one_less(seen: ndarray, by_chance: ndarray) -> ndarray:
    import numpy

    with numpy.errstate(invalid="ignore", divide="ignore"):
        return numpy.where(by_chance > 0, 1 - seen / by_chance, numpy.nan)


def _agreement(items: int, each: ndarray) -> Agreement:
    """The first is the value, the others are those of the draws."""
    import numpy

    if numpy.isnan(each[0]):
        return Agreement(items, None, None, None)
    known = each[1:][~numpy.isnan(each[1:])]
    if len(known) < DRAWS / 2:
        return Agreement(items, float(each[0]), None, None)
    low, high = numpy.quantile(known, [0.025, 0.975])
    return Agreement(items, float(each[0]), float(low), float(high))
