"""Graders that measure a text or look for what it says: similarity, language, citations, fields of JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab import graders
from lab.graders import Grade, Place, Sample, similarity

HERE = Place(Path("."), lambda *path: "x.yaml, line 1")


def graded(spec: dict[str, Any], text: str, **known: Any) -> Grade:
    grader = graders.parse(spec, HERE)
    return graders.grade(grader, Sample(text, **known), grader.ready)


@pytest.mark.parametrize(
    ("spec", "text", "passed", "reason"),
    [
        ({"contains": {"any": ["a", "x"]}}, "abc", True, "contains 'a'"),
        ({"contains": {"any": ["x", "y"]}}, "abc", False, "does not contain 'x' or 'y'"),
        ({"contains": {"all": ["a", "b"]}}, "abc", True, "contains 'a' and 'b'"),
        ({"contains": {"all": ["a", "x"]}}, "abc", False, "does not contain 'x'"),
        ({"icontains": {"any": ["A", "X"]}}, "abc", True, ""),
        ({"not": {"contains": {"any": ["a", "x"]}}}, "abc", False, ""),
        ({"not": {"contains": {"any": ["x", "y"]}}}, "abc", True, ""),
        ({"not": {"contains": {"all": ["a", "x"]}}}, "abc", True, ""),
        ({"starts_with": "Dear"}, "\n Dear Ann", True, "begins with 'Dear'"),
        ({"starts_with": "Dear"}, "dear Ann", False, "begins with 'dear', not 'Dear'"),
        ({"starts_with": "a", "of": {"regex": "x(.*)"}}, "xab", True, ""),
        ({"number": 200, "tolerance": "5%"}, "210", True, "10 off 200"),
        ({"number": 200, "tolerance": "5 %"}, "210.01", False, "not 200"),
        ({"number": -200, "tolerance": "5%"}, "-190", True, ""),
        ({"number": 0, "tolerance": "5%"}, "0.01", False, ""),
        ({"number": 4, "of": "first json"}, "Here: [3, 4] and 5", True, ""),
        ({"json_schema": {"type": "object"}, "of": "first json"}, 'So [x] {"a": "}"} it is', True, ""),
        ({"json_schema": {"type": "object"}, "of": "first json"}, "So {x} it is", False, "has no JSON in it"),
        ({"json_schema": {}, "of": "first json"}, "[" * 200_000, False, "has no JSON in it"),
    ],
)
def test_words_and_what_of_them(spec: dict[str, Any], text: str, passed: bool, reason: str) -> None:
    grade = graded(spec, text)
    assert grade.passed is passed, grade.reason
    assert reason in grade.reason


ORDER = (
    '{"total": 18, "paid": true, "vat": 0.5, "note": null, "items": [{"name": "tea", "tags": ["a", "b"]}]}'
)


@pytest.mark.parametrize(
    ("fields", "score", "reason"),
    [
        ({"total": 18}, 1.0, "1 of 1 fields are right"),
        ({"total": 18.0}, 1.0, ""),
        ({"total": "18"}, 1.0, ""),
        ({"total": "18.0"}, 1.0, ""),
        ({"total": 17}, 0.0, "total is 18, not 17"),
        ({"total": "x"}, 0.0, 'total is 18, not "x"'),
        ({"total": True}, 0.0, ""),
        ({"paid": True}, 1.0, ""),
        ({"paid": "true"}, 1.0, ""),
        ({"paid": 1}, 0.0, "paid is true, not 1"),
        ({"paid": "1"}, 0.0, ""),
        ({"note": None}, 1.0, ""),
        ({"note": "null"}, 1.0, ""),
        ({"note": ""}, 0.0, ""),
        ({"items[0].name": "tea"}, 1.0, ""),
        ({"items[-1].tags": ["a", "b"]}, 1.0, ""),
        ({"items[0].tags": ["a"]}, 0.0, ""),
        ({"items[0].tags": ["b", "a"]}, 0.0, ""),
        ({"items": [{"name": "tea", "tags": ["a", "b"]}]}, 1.0, ""),
        ({"items[0]": {"name": "tea"}}, 0.0, ""),
        ({"nothing": 1}, 0.0, "nothing: has no 'nothing'"),
        ({"total": 18, "vat": 0.5, "paid": False, "items[5]": 1}, 0.5, "2 of 4 fields are right; paid is"),
    ],
)
def test_fields_of_json(fields: dict[str, Any], score: float, reason: str) -> None:
    for text in (ORDER, f"```json\n{ORDER}\n```"):
        grade = graded({"json": fields}, text)
        assert (grade.score, grade.passed) == (score, score == 1.0)
        assert reason in grade.reason
    within = graded({"json": fields, "of": {"json": "order"}}, f'{{"order": {ORDER}}}')
    assert within.score == score
    assert graded({"json": fields, "threshold": score}, ORDER).passed
    opposite = graded({"not": {"json": fields}}, ORDER)
    assert (opposite.score, opposite.passed) == (1 - score, score != 1.0)


def test_what_is_no_json_has_no_right_fields() -> None:
    for spec in ({"json": {"a": 1}}, {"not": {"json": {"a": 1}}}):
        assert graded(spec, "a: 1").passed is False


@pytest.mark.parametrize(
    ("measure", "text", "other", "score"),
    [
        ("token", "the cat sat", "The cat, sat.", 1.0),
        ("token", "sat the cat", "the cat sat", 1.0),
        ("token", "a a b", "a b b", 4 / 6),
        ("token", "x", "y", 0.0),
        ("rouge_l", "the cat sat", "the cat sat", 1.0),
        ("rouge_l", "sat the cat", "the cat sat", 4 / 6),
        ("rouge_l", "police killed the gunman", "police kill the gunman", 6 / 8),
        ("edit", "kitten", "sitting", 1 - 3 / 7),
        ("edit", " kitten ", "kitten", 1.0),
        ("edit", "Kitten", "kitten", 5 / 6),
        ("edit", "", "abc", 0.0),
    ],
)
def test_measures(measure: str, text: str, other: str, score: float) -> None:
    grade = graded({"similarity": other, "measure": measure, "threshold": score}, text)
    assert grade.score == pytest.approx(score)
    assert f"{score:.2f} alike by {measure}; {score:g} is needed" in grade.reason


def test_the_most_similar_text_counts_and_the_threshold_is_075() -> None:
    spec = {"similarity": ["x y", "a b c"]}
    assert graded(spec, "a b c d").score == pytest.approx(6 / 7)
    assert graded(spec, "a b c d").passed
    assert not graded(spec, "a b d e f").passed
    opposite = graded({"not": {"similarity": "a b c"}}, "a b c d")
    assert (opposite.passed, opposite.score) == (False, pytest.approx(1 / 7))
    assert opposite.reason == "0.86 alike by rouge_l; below 0.75 is needed"


def test_too_long_to_compare_is_ungraded() -> None:
    for measure in ("rouge_l", "edit"):
        grade = graded({"similarity": "a", "measure": measure}, "b " * 20_001)
        assert grade.passed is None and "too many to compare" in grade.reason


def table(row: str, other: str) -> tuple[int, int]:
    """The longest common subsequence and the Levenshtein distance, by filling in the whole table."""
    common = [[0] * (len(other) + 1) for _ in range(len(row) + 1)]
    distance = [[i + j for j in range(len(other) + 1)] for i in range(len(row) + 1)]
    for i, a in enumerate(row, 1):
        for j, b in enumerate(other, 1):
            common[i][j] = common[i - 1][j - 1] + 1 if a == b else max(common[i - 1][j], common[i][j - 1])
            swapped = distance[i - 1][j - 1] + (a != b)
            distance[i][j] = min(swapped, distance[i - 1][j] + 1, distance[i][j - 1] + 1)
    return common[-1][-1], distance[-1][-1]


@settings(deadline=None, max_examples=300)
@given(st.text("abcd", max_size=40), st.text("abcd", max_size=40))
def test_the_bits_find_what_the_whole_table_does(row: str, other: str) -> None:
    assert (similarity.common(row, other), similarity.distance(row, other)) == table(row, other)


@settings(deadline=None)
@given(st.text(max_size=30), st.text(max_size=30))
def test_scores_are_from_0_to_1_and_the_same_both_ways(text: str, other: str) -> None:
    for measure in similarity.MEASURES.values():
        assert 0 <= measure(text, other) <= 1
        assert measure(text, text) == 1
        assert measure(text, other) == pytest.approx(measure(other, text))


SAID = {
    "en": "Your order has shipped and will arrive on Monday.",
    "de": "Ihre Bestellung wurde versandt und kommt am Montag an.",
    "fr": "Votre commande a été expédiée.",
    "es": "Gracias por su mensaje.",
    "pt-BR": "O seu pedido chegará na segunda-feira.",
    "zh": "您的订单将于星期一送达。",
    "ja": "ご注文は月曜日に届きます。",
    "ar": "سيصل طلبك يوم الاثنين.",
    "nb": "Jeg vet ikke hva du mener med det, men jeg skal prøve å hjelpe deg så godt jeg kan.",
}


@pytest.mark.parametrize("code", SAID)
def test_languages_are_told_apart(code: str) -> None:
    for said, text in SAID.items():
        assert graded({"language": code}, text).passed is (said == code)
    assert graded({"language": ["xal", code]}, SAID[code]).passed
    assert graded({"not": {"language": code}}, SAID[code]).passed is False


def test_code_and_addresses_are_no_language() -> None:
    text = f"{SAID['de']}\n```python\ndef the_answer(of, this, and_that):\n    return this\n```\nhttps://example.org/the"
    assert graded({"language": "de"}, text).passed
    for spec in ({"language": "en"}, {"not": {"language": "en"}}):
        for nothing in ("", "42 €", "```\nhello there\n```", "`hello`"):
            grade = graded(spec, nothing)
            assert (grade.passed, grade.reason) == (False, "has no words in it to tell the language by")


CONTEXT = """<document index="1">The plan costs €12 a month. It can be cancelled at any
time, without a fee.</document>
[doc-2] Refunds take ten working days.
3. Phones are answered from 9 to 5.
[4] "Pro" has no limit.
"""


@pytest.mark.parametrize(
    ("text", "score", "reason"),
    [
        ("It costs nothing.", 0.0, "quotes and cites nothing"),
        ('It "can be cancelled at any time".', 1.0, "1 of 1"),
        ("It “Can Be Cancelled at any\ntime, without a fee!”", 1.0, ""),
        ("«it can be cancelled … without a fee»", 1.0, ""),
        ("“without a fee … can be cancelled”", 0.0, "not 'without a fee"),
        ("“be cancelled at any tim”", 0.0, ""),
        ("“can be cancelled at any time” and “costs five euros a month”", 0.5, "1 of 2"),
        ('The “Pro” plan, the "plan".', 0.0, "nothing"),
        ("> Refunds take ten\n> working days.\n\nSo they say.", 1.0, ""),
        ("Refunds take days [doc-2].", 1.0, ""),
        ("See [1], [3] and [4].", 1.0, "3 of 3"),
        ("See [1, 3; 9].", 2 / 3, "not [9]"),
        ("See [^4] and [^5].", 0.5, "not [5]"),
        ("See [2](https://example.org/2), [x], [sic] and a[i].", 0.0, "nothing"),
        ("See [2].", 0.0, "not [2]"),
        ("„Refunds take ten working days“ [doc-2], „Phones are never answered“ [7]", 0.5, "2 of 4"),
    ],
)
def test_what_is_quoted_and_cited_is_looked_for(text: str, score: float, reason: str) -> None:
    grade = graded({"cites": True}, text, context=CONTEXT)
    assert grade.score == pytest.approx(score)
    assert grade.passed is (score == 1.0)
    assert reason in grade.reason


def test_the_apis_own_citations_count() -> None:
    def block(*cited: str) -> dict[str, Any]:
        citations = [{"type": "char_location", "cited_text": each} for each in cited]
        return {"type": "text", "text": "So.", "citations": citations}

    content = (
        {"type": "text", "text": "Well.", "citations": None},
        block("take ten working days", "in a day"),
    )
    grade = graded({"cites": True, "threshold": 0.5}, "Well. So.", context=CONTEXT, content=content)
    assert (grade.score, grade.passed) == (0.5, True)


@pytest.mark.parametrize("context", [None, "", " \n"])
def test_without_a_context_there_is_nothing_to_judge_by(context: str | None) -> None:
    for spec in ({"cites": True}, {"not": {"cites": True}}):
        grade = graded(spec, "“one two three”", context=context)
        assert (grade.passed, grade.reason) == (None, "the case has no context to cite")


@pytest.mark.parametrize(
    "piece", ["[1", "[1,", "[" + "1" * 50, "“one two ", "> one two three\n", '"a b c" ', "1. "]
)
@pytest.mark.parametrize("spec", [{"cites": True}, {"length": {"max": 1, "unit": "sentences"}}])
def test_hostile_text_takes_no_time(spec: dict[str, Any], piece: str) -> None:
    """Where a pattern would look at everything from every place, this would not end."""
    assert graded(spec, piece * 5_000, context=piece * 5_000).passed is not None
    assert graded({"length": {"max": 1, "unit": "sentences"}}, "!" * 300_000 + "x").passed
    assert graded({"similarity": "a", "measure": "token"}, piece * 5_000).passed is not None
