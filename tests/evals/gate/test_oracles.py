"""Every statistic of the gate against a library that others keep, on random inputs and at the edges."""

from __future__ import annotations

import gc
import random
from collections.abc import Iterator
from itertools import product

import krippendorff as reference
import numpy
import pytest
import statsmodels.api as sm
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar as reference_mcnemar
from statsmodels.stats.inter_rater import cohens_kappa
from statsmodels.stats.multitest import multipletests

from lab.evals.gate import agreement, bootstrap, clusters, flips, holm, mcnemar
from lab.evals.gate.spread import spread
from lab.evals.paired import student, t_quantile, wilson

INPUTS = 200
CLOSE = {"rel": 1e-6, "abs": 1e-9}


@pytest.fixture(autouse=True)
def _quick_collections() -> Iterator[None]:
    """One of the oracles collects garbage at every call: what is there already is none."""
    gc.freeze()
    yield
    gc.unfreeze()


def random_inputs() -> Iterator[random.Random]:
    return (random.Random(seed) for seed in range(INPUTS))


def test_mcnemar() -> None:
    edges = [(0, 0), (0, 1), (1, 0), (5, 0), (0, 5), (7, 7), (400, 380)]
    for lost, gained in edges + [(r.randrange(60), r.randrange(60)) for r in random_inputs()]:
        table = [[10, lost], [gained, 10]]
        assert mcnemar.exact(lost, gained) == pytest.approx(reference_mcnemar(table).pvalue, **CLOSE)
        one_sided = stats.binomtest(lost, lost + gained, alternative="greater").pvalue if lost + gained else 1
        assert mcnemar.worse(lost, gained) == pytest.approx(one_sided, **CLOSE)
        seen = stats.binom.pmf(lost, lost + gained, 0.5)
        assert mcnemar.mid_p(lost, gained) == pytest.approx(
            min(1, mcnemar.exact(lost, gained) - seen), abs=1e-9
        ) or (lost == gained)


def test_the_fewest_losses_that_show_it() -> None:
    for differ, alpha in product((0, 1, 4, 5, 6, 20, 101), (0.05, 0.01)):
        by_hand = [lost for lost in range(differ + 1) if mcnemar.worse(lost, differ - lost) <= alpha]
        assert mcnemar.needed_losses(differ, alpha) == min(by_hand, default=None)


def test_wilson() -> None:
    for passed, cases in [
        (0, 1),
        (1, 1),
        (0, 40),
        (40, 40),
        *((r.randint(0, 30), 30) for r in random_inputs()),
    ]:
        ours = wilson(passed, cases, 0.9)
        theirs = stats.binomtest(passed, cases).proportion_ci(0.9, "wilson")
        assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), **CLOSE)


def test_student() -> None:
    for r in random_inputs():
        values = [r.uniform(-1, 1) for _ in range(r.randint(2, 300))]
        ours, theirs = student(values, 0.9), stats.ttest_1samp(values, 0).confidence_interval(0.9)
        assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), rel=1e-5, abs=1e-7)
        free = r.randint(1, 2000)
        assert t_quantile(0.95, free) == pytest.approx(stats.t.ppf(0.95, free), rel=1e-6)


def test_sign_flips_gone_through_one_by_one() -> None:
    def mean(values: numpy.ndarray, axis: int) -> numpy.ndarray:
        return values.mean(axis=axis)

    for r in random_inputs():
        values = [r.randint(-8, 8) / 8 for _ in range(r.randint(2, 9))]
        theirs = stats.permutation_test(
            (values,),
            mean,
            permutation_type="samples",
            alternative="less",
            n_resamples=numpy.inf,
            vectorized=True,
        )
        assert flips.worse([[value] for value in values])[0] == pytest.approx(theirs.pvalue, **CLOSE)
    assert flips.worse([[0.0], [0.0]]) == [1.0]


def test_random_sign_flips_come_near_them() -> None:
    r = random.Random(5)
    values = [[r.gauss(-0.1, 1), r.gauss(0, 1), 0.0] for _ in range(40)]
    found = flips.worse(values)
    for at in range(2):
        theirs = stats.permutation_test(
            ([each[at] for each in values],), numpy.mean, permutation_type="samples", alternative="less",
            n_resamples=20_000, rng=1,
        )  # fmt: skip
        assert found[at] == pytest.approx(theirs.pvalue, abs=0.02)
    assert found[2] == 1.0 and flips.worse(values) == found


def test_cases_in_families() -> None:
    for r in random_inputs():
        families = [r.randrange(r.randint(2, 12)) for _ in range(r.randint(12, 80))]
        values = [r.uniform(-1, 1) + family / 20 for family in families]
        ours = clusters.clustered(values, families, 0.9)
        if ours is None:
            assert len(set(families)) == 1
            continue
        count = len(set(families))
        about = {"groups": numpy.array(families), "use_correction": False}
        fitted = sm.OLS(values, numpy.ones(len(values))).fit(cov_type="cluster", cov_kwds=about)
        error = fitted.bse[0] * (count / (count - 1)) ** 0.5
        reach = stats.t.ppf(0.95, count - 1) * error
        assert (ours.value, ours.high - ours.value) == pytest.approx((fitted.params[0], reach), rel=1e-5)
    assert clusters.clustered([0.1, 0.2], ["a", "a"]) is None


def test_many_claims() -> None:
    for r in random_inputs():
        ps = [r.choice([0.0, 1.0, r.random(), r.random() / 50]) for _ in range(r.randint(1, 8))]
        assert holm.holm(ps) == pytest.approx(multipletests(ps, method="holm")[1], **CLOSE)
        assert holm.benjamini_hochberg(ps) == pytest.approx(multipletests(ps, method="fdr_bh")[1], **CLOSE)


def test_bca() -> None:
    for seed, r in enumerate(random_inputs()):
        values = numpy.array([r.gauss(0.2, 1) ** 3 for _ in range(r.randint(8, 40))])
        theirs = stats.bootstrap((values,), numpy.mean, confidence_level=0.9, n_resamples=500, rng=seed)
        left_out = (values.sum() - values) / (len(values) - 1)
        ours = bootstrap.bca(theirs.bootstrap_distribution, left_out, float(values.mean()), 0.9)
        assert ours == pytest.approx(tuple(theirs.confidence_interval), rel=1e-6)


@pytest.mark.parametrize("kinds", [[-1.0, 0.0, 1.0], None])
def test_draws_of_cases(kinds: list[float] | None) -> None:
    r = random.Random(3)
    values = [r.choice(kinds) if kinds else r.gauss(0, 1) for _ in range(120)]
    theirs = stats.bootstrap((values,), numpy.mean, confidence_level=0.9, rng=1).confidence_interval
    ours = bootstrap.interval(values, [1.0] * len(values), 0.9)
    assert ours == pytest.approx((theirs.low, theirs.high), abs=0.02)
    assert bootstrap.interval([0.5] * 9, [1.0] * 9, 0.9) == (0.5, 0.5)


def test_kappa() -> None:
    for r in random_inputs():
        size = r.randint(2, 5)
        table = [[r.randint(0, 9) for _ in range(size)] for _ in range(size)]
        table[0][-1] += 1
        theirs = cohens_kappa(numpy.array(table, float), return_results=False)
        if numpy.isnan(theirs):
            continue
        assert agreement.kappa([table]).value == pytest.approx(theirs, **CLOSE)
        for weights in ("linear", "quadratic"):
            theirs = cohens_kappa(numpy.array(table, float), wt=weights, return_results=False)
            assert agreement.kappa([table], weights).value == pytest.approx(theirs, **CLOSE)
    assert agreement.kappa([[[9, 0], [0, 0]]]).value is None and agreement.kappa([]).items == 0


def test_kappa_draws_cases_again() -> None:
    def cases(*counts: int, times: int = 1) -> list[list[list[int]]]:
        """A case for each answer, in the order of the matrix; `times`: each answered so often alike."""
        one = [[[[times, 0], [0, 0]], [[0, times], [0, 0]]], [[[0, 0], [times, 0]], [[0, 0], [0, times]]]]
        return [one[at // 2][at % 2] for at, count in enumerate(counts) for _ in range(count)]

    once, thrice = agreement.kappa(cases(40, 5, 6, 30)), agreement.kappa(cases(40, 5, 6, 30, times=3))
    assert once.low < once.value < once.high and once.items == 81
    assert (thrice.value, thrice.low, thrice.high) == pytest.approx((once.value, once.low, once.high))
    assert thrice.items == 243  # three answers to a case tell no more than one
    agreed = agreement.kappa(cases(20, 0, 0, 20))
    assert (agreed.value, agreed.high) == (1, 1)
    assert agreed.low == pytest.approx(1 - (1 - 0.025 ** (1 / 40)) / 0.5)
    alone = agreement.kappa([[[9, 1], [2, 8]]])
    assert alone.value == pytest.approx(0.7) and alone.low is None


def test_krippendorff() -> None:
    for r in random_inputs():
        raters, items = r.randint(2, 5), r.randint(3, 20)
        said = [{rater: r.choice([None, 1, 2, 3, 5]) for rater in range(raters)} for _ in range(items)]
        data = [
            [numpy.nan if item[rater] is None else item[rater] for item in said] for rater in range(raters)
        ]
        for level in ("nominal", "ordinal", "interval"):
            ours = agreement.krippendorff(said, level).value
            try:
                theirs = reference.alpha(reliability_data=data, level_of_measurement=level)
            except ValueError:  # one value alone
                assert ours is None
                continue
            assert (ours is None and numpy.isnan(theirs)) or ours == pytest.approx(theirs, **CLOSE)
    assert agreement.krippendorff([{"only": 1}, {"only": 2}]).value is None
    said = [{"a": r.randint(0, 1), "b": r.randint(0, 1)} for r in random_inputs()]
    once, twice = (agreement.krippendorff(said * n, families=[*range(INPUTS)] * n) for n in (1, 2))
    assert (once.low, once.high) == pytest.approx((twice.low, twice.high), abs=0.01)


def test_a_judge_corrected_by_hand() -> None:
    found = agreement.corrected(0.7, [[16, 4], [5, 75]])
    assert (found.sensitivity, found.specificity) == (75 / 80, 16 / 20)
    assert found.rate == pytest.approx((0.7 + 0.8 - 1) / (0.9375 + 0.8 - 1))
    assert found.shifted == pytest.approx(0.7 + 1 / 100)
    blind = agreement.corrected(0.7, [[5, 5], [5, 5]])
    assert agreement.corrected_interval(70, 100, [[5, 5], [5, 5]]) is None
    low, high = agreement.corrected_interval(70, 100, [[16, 4], [5, 75]])
    assert low < found.rate < high
    near = agreement.corrected_interval(70_000, 100_000, [[16_000, 4_000], [5_000, 75_000]])
    assert near == pytest.approx((found.rate, found.rate), abs=0.02)
    assert blind.rate is None and agreement.corrected(0.7, [[0, 0], [1, 3]]).specificity is None


def test_where_the_noise_comes_from() -> None:
    r = numpy.random.default_rng(1)
    for _ in range(20):
        table = r.normal(0, 0.3, (60, 1)) + r.normal(0, 0.5, (60, 4))
        found = spread(table.tolist())
        mean_square = table.var(axis=1, ddof=1).mean()
        between = max(table.mean(axis=1).var(ddof=1) - mean_square / 4, 0)
        assert (found.within, found.between) == pytest.approx((mean_square, between))
    assert spread([[1.0]]) is None and spread([[0.0], [1.0], [0.0]]).within == 0
