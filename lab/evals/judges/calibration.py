"""How well a judge agrees with people, and people with each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from lab.evals.gate import agreement
from lab.evals.gate.agreement import Agreement
from lab.evals.judges.bench import Judge
from lab.evals.judges.rated import Answer, Docket
from lab.evals.paired import Interval, wilson

LEVEL = 0.95
Matrix = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Rate:
    """A variant's pass rate in the judge's newest run: as it says (`raw`), and corrected by what people say,
    from `low` to `high` (95 %); None where that cannot be told."""

    variant: str
    judged: int
    raw: float
    corrected: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Calibration:
    """`verdicts`: of people, on so many `answers` (to so many `cases`) that the judge gave a verdict on;
    `raters`: who said how many; `failed` and `passed`: of how many answers most of them say so. `matrix`
    counts verdicts: rows what people say, columns what the judge does, fail first; `by_level` the same on the
    judge's own scale, where that has more than two.

    `kappa` is the judge's agreement with people, `weighted` that on the scale (quadratic weights), `people`
    that of people with each other, on so many pairs of verdicts; `weighted_people` likewise. `alpha` is
    Krippendorff's for people alone, `alpha_with` with the judge as one more of them. `lets_pass`: of what
    people fail, the share that the judge passes; `fails`: of what they pass, the share it fails. Intervals
    are 95 %, and those of shares as wide as if every case had one verdict.
    """

    answers: int
    cases: int
    verdicts: int
    raters: Mapping[str, int]
    failed: int
    passed: int
    matrix: Matrix
    by_level: Matrix | None
    kappa: Agreement
    weighted: Agreement | None
    people: Agreement
    weighted_people: Agreement | None
    alpha: Agreement
    alpha_with: Agreement
    lets_pass: Interval | None
    fails: Interval | None
    rates: tuple[Rate, ...]


@dataclass(frozen=True, slots=True)
class _Said:
    """An answer in figures: the judge's and each person's verdict as a position, or as 0 and 1."""

    case: str
    judge: int | None
    people: Mapping[str, int]


def calibrated(docket: Docket) -> Calibration:
    """All figures of a judge. Verdicts of people in words that its scale does not have count nowhere."""
    judge = docket.judge
    plain = [_plain(judge, answer) for answer in docket.answers]
    plain = [each for each in plain if each.people]
    raters = Counter(rater for each in plain for rater in each.people)
    sides = Counter(_side(each.people.values()) for each in plain)
    matrix = _matrix(plain, 2)
    scaled = [] if judge.binary else [each for each in map(_scaled(judge), docket.answers) if each.people]
    size = len(judge.levels)
    cases = len({each.case for each in plain})
    once = _once(matrix, cases)
    (_, lets), (fails, _) = once
    failed, passed = sum(once[0]), sum(once[1])
    return Calibration(
        answers=len(plain),
        cases=cases,
        verdicts=raters.total(),
        raters=dict(raters.most_common()),
        failed=sides[0],
        passed=sides[1],
        matrix=matrix,
        by_level=_matrix(scaled, size) if scaled else None,
        kappa=_with_judge(plain, 2),
        weighted=_with_judge(scaled, size, "quadratic") if scaled else None,
        people=_among(plain, 2),
        weighted_people=_among(scaled, size, "quadratic") if scaled else None,
        alpha=_alpha(scaled or plain, False, bool(scaled)),
        alpha_with=_alpha(scaled or plain, True, bool(scaled)),
        lets_pass=wilson(lets, failed, LEVEL) if failed else None,
        fails=wilson(fails, passed, LEVEL) if passed else None,
        rates=tuple(_rate(variant, *rate, once) for variant, rate in docket.rates.items()),
    )


def majority(judge: Judge, answer: Answer) -> bool | None:
    """Whether most of those who rated an answer pass it; None where as many fail it."""
    side = _side(_plain(judge, answer).people.values())
    return None if side is None else bool(side)


def _plain(judge: Judge, answer: Answer) -> _Said:
    """In pass or fail."""
    found = {rater: judge.said(verdict) for rater, verdict in answer.people.items()}
    known = {rater: int(passed) for rater, passed in found.items() if passed is not None}
    return _Said(answer.case, int(answer.passed), known)


def _scaled(judge: Judge) -> Any:
    def said(answer: Answer) -> _Said:
        known = {
            rater: judge.levels.index(each) for rater, each in answer.people.items() if each in judge.levels
        }
        return _Said(answer.case, answer.judged, {} if answer.judged is None else known)

    return said


def _side(verdicts: Iterable[int]) -> int | None:
    """What most say; None where as many say the other."""
    counts = Counter(verdicts)
    return None if counts[0] == counts[1] else int(counts[1] > counts[0])


def _matrix(said: Sequence[_Said], size: int) -> Matrix:
    """Every verdict of a person against the judge's."""
    pairs = [(verdict, each.judge) for each in said for verdict in each.people.values()]
    found = agreement.table([one for one, _ in pairs], [other for _, other in pairs], range(size))
    return tuple(map(tuple, found))


def _with_judge(said: Sequence[_Said], size: int, weights: Any = "none") -> Agreement:
    by_case: dict[str, list[_Said]] = {}
    for each in said:
        by_case.setdefault(each.case, []).append(each)
    return agreement.kappa([_matrix(each, size) for each in by_case.values()], weights)


def _among(said: Sequence[_Said], size: int, weights: Any = "none") -> Agreement:
    """Of each two people who rated the same answer, either way round: neither is the other's judge."""
    by_case: dict[str, list[tuple[int, int]]] = {}
    for each in said:
        by_case.setdefault(each.case, []).extend(combinations(each.people.values(), 2))
    tables = [_both_ways(pairs, size) for pairs in by_case.values()]
    found = agreement.kappa(tables, weights)
    return Agreement(found.items // 2, found.value, found.low, found.high)


def _both_ways(pairs: Sequence[tuple[int, int]], size: int) -> list[list[int]]:
    one, other = [one for one, _ in pairs], [other for _, other in pairs]
    return agreement.table([*one, *other], [*other, *one], range(size))


def _alpha(said: Sequence[_Said], judge: bool, ordered: bool) -> Agreement:
    """The judge is the rater None, whom no person is called."""
    ratings = [{**each.people, None: each.judge} if judge else each.people for each in said]
    level = "ordinal" if ordered else "nominal"
    return agreement.krippendorff(ratings, level, families=[each.case for each in said])


def _once(matrix: Matrix, cases: int) -> tuple[tuple[float, ...], ...]:
    """The counts as if every case had one verdict: further ones on the same case tell less than new cases."""
    verdicts = sum(map(sum, matrix))
    return tuple(tuple(count * cases / verdicts for count in row) for row in matrix) if verdicts else matrix


def _rate(variant: str, passed: int, judged: int, cases: int, once: Sequence[Sequence[float]]) -> Rate:
    found = agreement.corrected(passed / judged, once)
    ends = agreement.corrected_interval(passed * cases / judged, cases, once)
    low, high = ends or (None, None)
    return Rate(variant, judged, passed / judged, found.rate if ends else None, low, high)
