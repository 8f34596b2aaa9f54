"""What a judge and people said of the same answers, whichever run they came in; and tables that people
filled in."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Any

import pytest

from lab import store
from lab.engine import Lab
from lab.errors import BadInput
from lab.evals import judges, runfile
from lab.store import Review
from lab.types import Event, Principal, Request
from tests.engine.kit import ME, PLAIN, THINKER, answer, caller
from tests.evals.test_judging import checked, plan

JUDGED = f"graders: [{{name: kind, judge: {{rubric: Be kind., models: {THINKER}}}}}]\n"
SCALED = f"{{name: tone, judge: {{rubric: Be warm., scale: 3, threshold: 2, models: [{THINKER}, {PLAIN}]}}}}"
CASES = "cases: [{input: one}, {input: two}, {input: three}]\n"


class Court:
    """Answers with the question, and judges by what is told of it; `answers`: others, in their turn."""

    def __init__(self, verdicts: dict[str, Any], answers: Sequence[str] = ()) -> None:
        self.verdicts, self.answers = verdicts, list(answers)

    def __call__(self, request: Request) -> AsyncGenerator[Event, None]:
        said = request.messages[-1]["content"]
        if request.origin.source == "check":
            return caller(*answer(self.answers.pop(0) if self.answers else said))(request)
        verdict = next(verdict for text, verdict in self.verdicts.items() if text in said)
        return caller(*answer(json.dumps({"reason": "So.", "verdict": verdict})))(request)


def run(lab: Lab, court: Court, text: str = JUDGED + CASES) -> str:
    kept, raised = checked(lab, court, plan(lab, text), 1)
    assert raised is None
    return kept["id"]


def said(lab: Lab, run: str, case: str, verdict: str | None, who: str = "ann", grader: str = "kind") -> None:
    (result,) = store.results_of(lab.store.read, ME, run, case)
    lab.store.post(store.reviewed(Review(result["call_id"], grader, who, "x", verdict)))
    lab.store.flush()


def found(lab: Lab, dataset: str | None = "x") -> tuple[judges.Docket, ...]:
    return judges.dockets(lab.store.read, ME, dataset)


def people(of: judges.Docket) -> dict[str, Any]:
    return {each.case: (each.passed, dict(each.people)) for each in of.answers}


def test_a_verdict_holds_for_the_same_answer_wherever_it_came(lab: Lab) -> None:
    first = run(lab, Court({"two": "fail", "": "pass"}))
    said(lab, first, "1", "pass")
    said(lab, first, "2", "fail", "ben")
    said(lab, first, "3", "fail")
    second = run(lab, Court({"": "pass"}, ["one", "two", "another answer"]))
    (of,) = found(lab)
    assert of.runs == (second, first)
    judge = of.judge
    assert (judge.grader, judge.models, judge.levels, judge.rubric) == (
        "kind", (THINKER,), ("fail", "pass"), "Be kind.",
    )  # fmt: skip
    # what was judged again counts as it was the last time; the third answer was only given in the first run
    assert people(of) == {
        "1": (True, {"ann": "pass"}), "2": (True, {"ben": "fail"}), "3": (True, {"ann": "fail"}),
    }  # fmt: skip
    assert [each.run for each in of.answers] == [second, second, first]
    assert of.rates == {f"p@1 · {PLAIN}": (3, 3, 3)}
    assert [each.case for each in judges.disagreements(of)] == ["2", "3"]
    said(lab, first, "2", None, "ben")
    said(lab, first, "3", "pass")
    (of,) = found(lab)
    assert people(of) == {"1": (True, {"ann": "pass"}), "3": (True, {"ann": "pass"})}
    assert (of.changed, of.elsewhere) == (1, 0)
    assert judges.dockets(lab.store.read, Principal("somebody else")) == ()


def test_another_rubric_or_model_is_another_judge(lab: Lab) -> None:
    first = run(lab, Court({"": "pass"}))
    said(lab, first, "1", "fail")
    kinder = run(lab, Court({"": "fail"}), JUDGED.replace("Be kind.", "Be very kind.") + CASES)
    other = run(lab, Court({"": "pass"}), JUDGED.replace(THINKER, PLAIN) + CASES)
    dockets = found(lab, None)
    assert [each.runs for each in dockets] == [(other,), (kinder,), (first,)]
    assert [people(each)["1"][0] for each in dockets] == [True, False, True]
    versions = [each.judge.version for each in dockets]
    assert versions[0] == versions[2] != versions[1]


def test_judges_of_several_kinds(lab: Lab) -> None:
    text = (
        f"{JUDGED[:-2]}, {SCALED}, {{name: rude, not: {{judge: {{rubric: Be rude., models: {PLAIN}}}}}}}]\n"
    )
    versus = f", {{name: better, judge: {{rubric: Which?, against: 'no {{{{input}}}}', models: {PLAIN}}}}}]\n"
    court = Court({"Which?": "tie", "Be kind.": "pass", "Be warm.": 3, "Be rude.": "fail"})
    made = run(lab, court, text[:-2] + versus + CASES)
    for grader, verdict in (("kind", "pass"), ("tone", "3"), ("rude", "fail"), ("better", "ties")):
        said(lab, made, "1", verdict, grader=grader)
    by_name = {each.judge.grader: each for each in found(lab)}
    assert {name: each.answers[0].judged for name, each in by_name.items()} == {
        "kind": 1, "tone": 2, "rude": 0, "better": 1,
    }  # fmt: skip
    assert {name: each.answers[0].passed for name, each in by_name.items()} == {
        "kind": True, "tone": True, "rude": True, "better": False,
    }  # fmt: skip
    tone = by_name["tone"].judge
    assert (tone.models, tone.levels, tone.least) == ((THINKER, PLAIN), ("1", "2", "3"), 1)
    assert by_name["better"].judge.levels == ("loses", "ties", "wins")
    for each in by_name.values():
        assert judges.calibrated(each).matrix[0][1] == judges.calibrated(each).matrix[1][0] == 0


def test_no_judge_and_no_rating(lab: Lab) -> None:
    assert found(lab, None) == ()
    run(lab, Court({}), CASES)
    assert found(lab, None) == ()
    for dataset, words in (("x", "No run of 'x' has a judge"), ("y", "There is no run of a dataset 'y'.")):
        with pytest.raises(BadInput, match=words):
            found(lab, dataset)
    run(lab, Court({"": "pass"}))
    (of,) = found(lab, None)
    assert of.answers == () and judges.record(of)["trust"]["more"] == 40
    assert json.dumps(judges.record(of))


def table(lab: Lab, text: str, name: str = "people.csv") -> judges.Ballots:
    Path(lab.folder / name).write_text(text)
    return judges.read(lab.store.read, ME, lab.folder / name)


def test_a_table_of_verdicts_is_taken_in_once(lab: Lab) -> None:
    made = run(lab, Court({"": "pass"}))
    text = (
        "run,case,rater,verdict,note,unread\n"
        f"{made},1, ann  b ,PASS,,x\nlast,2,ben,no,Too short,\nlast,3,ben,,,\nlast,1,ann b,pass,,\n"
    )
    first = table(lab, text)
    assert [(each.user, each.verdict, each.note) for each in first.said] == [
        ("ann b", "pass", ""), ("ben", "fail", "Too short"),
    ]  # fmt: skip
    assert (first.known, first.empty) == (0, 1)
    lab.store.post(store.reviewed(*first.said))
    lab.store.flush()
    again = table(lab, text.replace("no,", "yes,"))
    assert [(each.user, each.verdict) for each in again.said] == [("ben", "pass")] and again.known == 1
    lines = '{"run": "last", "case": "3", "rater": "cai", "verdict": true}\n'
    assert table(lab, lines, "people.jsonl").said[0].verdict == "pass"


def test_what_is_wrong_with_a_table_is_said_row_by_row(lab: Lab) -> None:
    run(lab, Court({}), CASES)
    plain = "run,case,rater,verdict\nlast,1,ann,pass\n"
    with pytest.raises(BadInput, match="no judge graded run"):
        table(lab, plain)
    two = f"repeats: 2\n{JUDGED[:-2]}, {SCALED}]\n{CASES}"
    run(lab, Court({"Be kind.": "pass", "": 3}), two)
    rows = (
        ("last,1,ann,pass,1,kind", None),
        ("last,1,ann,fail,1,kind", "ann says something else of this answer above."),
        ("nope,1,ann,pass,1,kind", "There is no run 'nope'."),
        ("last,9,ann,pass,1,kind", "has no answer to case '9'"),
        ("last,1,,pass,1,kind", "the rater is missing."),
        (f"last,1,{'a' * 61},pass,1,kind", "1 to 60 characters, not 61."),
        ("last,1,ann,perhaps,1,kind", "'perhaps' is no verdict of 'kind'. It says fail, pass."),
        ("last,1,ann,4,1,tone", "'4' is no verdict of 'tone'. It says 1, 2, 3."),
        ("last,1,ann,pass,,tone", "the repeat is missing: one of '1', '2'."),
        ("last,1,ann,pass,3,tone", "the repeat '3' is not one of '1', '2'."),
        ("last,1,ann,pass,1,tine", "has no judge 'tine'. Did you mean 'tone'?"),
        ("last,1,ann,pass,1,", "has several judges: the column grader says which, 'kind', 'tone'."),
    )
    with pytest.raises(BadInput) as wrong:
        table(lab, "run,case,rater,verdict,repeat,grader\n" + "\n".join(row for row, _ in rows))
    lines = str(wrong.value).splitlines()
    assert len(lines) == len(rows) - 1
    for line, (_, words) in zip(lines, [row for row in rows if row[1]], strict=True):
        assert words in line
    assert "row 3" in lines[0] and store.reviews(lab.store.read, ME, "x") == []
    for text, words in ((plain.replace("rater", "who"), "has no column 'rater'"), ("run,case\n", "no row")):
        with pytest.raises(BadInput, match=words):
            table(lab, text)


def test_what_a_run_says_of_its_judges_is_checked_when_it_comes_from_elsewhere(lab: Lab) -> None:
    made = store.run_head(lab.store.read, ME, run(lab, Court({"": "pass"})))
    file = lab.folder / "x.run.jsonl"
    text = runfile.text(lab.store.read, ME, made)
    file.write_text(text)
    runfile.read(file, lab.store.read)
    file.write_text(text.replace('\\"least\\": 1', '\\"least\\": \\"x\\"'))
    with pytest.raises(BadInput, match="is not what settings_id has to be"):
        runfile.read(file, lab.store.read)
