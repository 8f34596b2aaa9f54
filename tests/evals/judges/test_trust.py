"""A judge against people, worked by hand, and what is concluded."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from lab.evals.judges import Answer, Calibration, Docket, Judge, calibrated, disagreements, trust

PLAIN = Judge("d", "kind", ("m",), "1", ("fail", "pass"), 1, False, "Be kind.", False)
SCALE = Judge("d", "kind", ("m",), "1", ("1", "2", "3", "4", "5"), 3, False, "Be kind.", False)


def answer(case: object, judged: int, judge: Judge = PLAIN, **people: str) -> Answer:
    return Answer(str(case), "v", 1, "r", f"call{case}", judged, judge.passes(judged), "So.", people)


def docket(*answers: Answer, judge: Judge = PLAIN, rates: Mapping[str, tuple[int, int, int]] = {}) -> Docket:
    return Docket(judge, ("r",), answers, rates, 0, 0)


def alike(both_fail: int, lets: int, fails: int, both_pass: int, second: str = "") -> Docket:
    """Answers of which ann and the judge say so; `second`: ben says the `same` as ann, the `other`, or the
    one and the other in turn (`turns`)."""
    said = (
        [("fail", 0)] * both_fail + [("fail", 1)] * lets + [("pass", 0)] * fails + [("pass", 1)] * both_pass
    )
    turned = {"fail": "pass", "pass": "fail"}
    answers = []
    for case, (ann, judged) in enumerate(said):
        ben = turned[ann] if second == "other" or (second == "turns" and case % 2) else ann
        answers.append(answer(case, judged, ann=ann, **({"ben": ben} if second else {})))
    return docket(*answers)


def concluded(of: Docket) -> tuple[Calibration, str, str]:
    found = calibrated(of)
    told = trust(of.judge, found)
    return found, told.standing, told.sentence


def test_a_matrix_worked_by_hand() -> None:
    """40 answers: p_o = 34/40, p_e = (15 * 13 + 25 * 27) / 1600, kappa = (p_o - p_e) / (1 - p_e)."""
    of = alike(11, 4, 2, 23)
    found = calibrated(docket(*of.answers, rates={"v": (60, 100, 100)}))
    assert found.matrix == ((11, 4), (2, 23)) and found.by_level is None and found.weighted is None
    assert (found.answers, found.cases, found.verdicts, found.raters) == (40, 40, 40, {"ann": 40})
    assert found.kappa.value == pytest.approx((34 / 40 - 870 / 1600) / (1 - 870 / 1600))
    assert found.lets_pass.value == pytest.approx(4 / 15) and found.fails.value == pytest.approx(2 / 25)
    (rate,) = found.rates
    sensitivity, specificity = 23 / 25, 11 / 15
    assert rate.corrected == pytest.approx((0.6 + specificity - 1) / (sensitivity + specificity - 1))
    assert rate.low < rate.corrected < rate.high and rate.raw == 0.6
    assert found.people.items == 0 and found.people.value is None


def test_people_are_held_against_each_other_whoever_comes_first() -> None:
    """Three pairs, one of them apart: of six verdicts p_o = 4/6, p_e = 1/2."""
    of = docket(
        answer(1, 1, ann="pass", ben="pass"),
        answer(2, 0, ben="fail", ann="pass"),
        answer(3, 0, ben="fail", ann="fail"),
        answer(4, 1, ann="pass"),
    )
    found = calibrated(of)
    assert found.people.items == 3 and found.people.value == pytest.approx((4 / 6 - 1 / 2) / (1 / 2))
    assert found.matrix == ((3, 0), (1, 3))
    assert (found.failed, found.passed) == (1, 2)  # one answer is as often passed as failed
    assert [each.case for each in disagreements(of)] == []
    assert found.alpha.items == 3 and found.alpha_with.items == 4


def test_a_scale_has_its_own_matrix_and_weights() -> None:
    """Ann is one off, ben says pass or fail only, and cai's words are of another scale."""
    of = docket(
        *(answer(n, n % 5, SCALE, ann=str(min(n % 5 + 2, 5)), ben="pass", cai="nice") for n in range(10)),
        judge=SCALE,
    )
    found = calibrated(of)
    assert [sum(row) for row in found.by_level] == [0, 2, 2, 2, 4] and sum(map(sum, found.by_level)) == 10
    assert found.by_level[4] == (0, 0, 0, 2, 2)
    assert found.raters == {"ann": 10, "ben": 10}
    assert found.weighted.value == pytest.approx(1 - (8 / 10) / ((0.8 + 2.4 + 2 * 0.9 + 4.2) / 1.0), abs=1)
    assert found.weighted.value > 0.7 > found.kappa.value


def test_under_not_the_scale_is_turned() -> None:
    turned = Judge("d", "rude", ("m",), "1", ("fail", "pass"), 1, True, "Be rude.", False)
    assert turned.level({"passed": True, "score": None}) == 0 and turned.passes(0)
    assert turned.level({"passed": None}) is None
    five = Judge("d", "rude", ("m",), "1", ("1", "2", "3", "4", "5"), 3, True, "Be rude.", False)
    assert five.level({"passed": True, "score": 1.0}) == 0
    assert [five.said(each) for each in ("1", "5", "fail", "pass", "rude")] == [
        True,
        False,
        True,
        False,
        None,
    ]
    assert SCALE.level({"passed": True, "score": 0.75}) == 3
    assert SCALE.level({"passed": True, "score": None}) is None  # an older lab's


@pytest.mark.parametrize(
    ("of", "standing", "sentence"),
    [
        (alike(0, 0, 0, 0), "not yet", "Not yet: nobody has rated its answers. Rate 40 of them."),
        (alike(0, 0, 0, 1), "not yet", "Not yet: 1 rated answer is too few. Rate 39 more."),
        (alike(12, 0, 0, 12), "not yet", "Not yet: 24 rated answers are too few. Rate 16 more."),
        (
            alike(0, 0, 2, 58),
            "not yet",
            "Not yet: people failed 0 of 60 rated answers; 10 are needed. Rate answers that may fail, too.",
        ),
        (
            alike(4, 1, 2, 53),
            "not yet",
            "Not yet: people failed 5 of 60 rated answers; 10 are needed. Rate about 60 more.",
        ),
        (alike(45, 5, 7, 83), "yes", "Yes: it agrees with people (κ 0.81, 0.71–0.90, on 140 answers). How"),
        (
            alike(45, 5, 7, 83, "same"),
            "yes",
            "Yes, with care: it agrees with people (κ 0.81, 0.71–0.90, on 140 answers), who agree with each "
            "other better (1.00).",
        ),
        (alike(20, 30, 2, 60), "no", "No: it passes 60% of what people fail (κ 0.3"),
        (alike(5, 25, 20, 50), "no", "No: it passes 83% of what people fail"),
        (alike(30, 2, 30, 38), "no", "No: it fails 44% of what people pass"),
        (alike(14, 4, 4, 28), "not yet", "Not yet: it may agree with people well enough or not (κ 0.65"),
        (
            alike(40, 3, 3, 54, "turns"),
            "no",
            "No: people do not agree with each other on what passes (κ 0.00",
        ),
    ],
)  # fmt: skip
def test_what_is_concluded(of: Docket, standing: str, sentence: str) -> None:
    found, stands, said = concluded(of)
    assert (stands, said[: len(sentence)]) == (standing, sentence), found.kappa


def test_many_answers_to_one_case_are_few() -> None:
    of = docket(*(answer("only", n % 2, ann=("fail", "pass")[n % 2]) for n in range(60)))
    found, standing, said = concluded(of)
    assert found.kappa.value == 1 and found.kappa.low is None
    assert standing == "not yet" and "are to 1 case; 20 cases are needed" in said


def test_a_judge_as_good_as_people_are() -> None:
    """Ben differs from ann now and then, and the judge from both no more often."""
    said = []
    for case in range(140):
        ann, ben, judged = case % 3 > 0, case % 3 > 0, case % 3 > 0
        ben, judged = (not ben if case % 11 == 0 else ben), (not judged if case % 13 == 1 else judged)
        words = {True: "pass", False: "fail"}
        said.append(answer(case, int(judged), ann=words[ann], ben=words[ben]))
    found, standing, sentence = concluded(docket(*said))
    assert standing == "yes"
    assert sentence.startswith("Yes: it agrees with people as well as they agree with each other (κ 0.7")
    assert sentence.endswith(f"on 140 answers; people {found.people.value:.2f}).")


def test_the_worst_disagreements_stand_first() -> None:
    of = docket(
        answer("fails", 0, SCALE, ann="5"),
        answer("near", 3, SCALE, ann="3"),
        answer("agrees", 4, SCALE, ann="4"),
        answer("far", 4, SCALE, ann="1"),
        answer("two", 3, SCALE, ann="3", ben="1"),
        answer("tie", 4, SCALE, ann="5", ben="1"),
        judge=SCALE,
    )
    assert [each.case for each in disagreements(of)] == ["two", "far", "near", "fails"]


def test_a_simulated_judge_is_never_simply_trusted() -> None:
    made_up = Judge("d", "kind", ("m",), "1", ("fail", "pass"), 1, False, "Be kind.", True)
    of = docket(*alike(45, 0, 0, 83).answers, judge=made_up)
    assert concluded(of)[2].endswith("Its verdicts are simulated: this says nothing of a real judge.")
