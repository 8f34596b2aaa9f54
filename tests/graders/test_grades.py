"""What each grader passes and fails, and what it says."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lab import graders
from lab.graders import Grade, Place, Sample

HERE = Place(Path("."), lambda *path: "x.yaml, line 1")


def graded(spec: dict[str, Any], text: str) -> Grade:
    grader = graders.parse(spec, HERE)
    return graders.grade(grader, Sample(text), graders.filled(grader, str))


@pytest.mark.parametrize(
    ("spec", "text", "passed", "reason"),
    [
        ({"equals": "Billing"}, "Billing", True, "is 'Billing'"),
        ({"equals": "Billing"}, "\n Billing \n", True, "is 'Billing'"),
        ({"equals": " Billing\n"}, "Billing", True, "is 'Billing'"),
        ({"equals": "Billing"}, "billing", False, "is 'billing', not 'Billing'"),
        ({"equals": "Billing"}, "Billing.", False, "not 'Billing'"),
        ({"equals": 18}, "18", True, ""),
        ({"equals": 1.5}, "1.5", True, ""),
        ({"equals": True}, "true", True, ""),
        ({"equals": ""}, "  ", True, ""),
        ({"not": {"equals": "a"}}, "b", True, "is 'b', not 'a'"),
        ({"not": {"equals": "a"}}, "a", False, "is 'a'"),
        ({"contains": "cat"}, "a cat sat", True, "contains 'cat'"),
        ({"contains": "Cat"}, "a cat sat", False, "does not contain 'Cat'"),
        ({"contains": ["a", "b"]}, "ab", True, "contains 'a' and 'b'"),
        ({"contains": ["a", "x", "y"]}, "ab", False, "does not contain 'x' or 'y'"),
        ({"contains": 18}, "it is 180", True, ""),
        ({"contains": " "}, "ab", False, "' '"),
        ({"icontains": "CAT"}, "a cat sat", True, ""),
        ({"icontains": "STRASSE"}, "Straße", True, ""),
        ({"icontains": ["cat", "Dog"]}, "a CAT", False, "does not contain 'Dog'"),
        ({"not": {"contains": "As an AI"}}, "As an AI, I", False, "contains 'As an AI'"),
        ({"not": {"contains": "As an AI"}}, "Sure", True, "does not contain"),
        ({"regex": "^b"}, "a\nb", False, "does not match '^b'"),
        ({"regex": "(?m)^b"}, "a\nb", True, "with 'b'"),
        ({"regex": "(?i)YES"}, "oh yes", True, "with 'yes'"),
        ({"regex": r"\d{2}"}, "a 42", True, "42"),
        ({"not": {"regex": "x+"}}, "xx", False, "matches"),
    ],
)  # fmt: skip
def test_words(spec: dict[str, Any], text: str, passed: bool, reason: str) -> None:
    grade = graded(spec, text)
    assert grade.passed is passed
    assert reason in grade.reason


@pytest.mark.parametrize(
    ("expected", "text", "passed"),
    [
        (18, "18", True),
        (18, "The answer is 18.", True),
        (18, "$18.00 a day", True),
        (18, "18.5", False),
        (18, "first 18, then 19", False),
        ("… makes 9 * 2 = $<<9*2=18>>18 every day.\n#### 18", "So she makes **$18**.", True),
        ("#### 70,000", "He made $70,000!", True),
        (1234567.5, "1,234,567.50", True),
        (1234, "1234", True),
        (567, "1,23,567", False),  # no thousands: the last number is 23,567
        (7, "+7", True),
        (-5, "-5", True),
        (-5, "it is −5 °C", True),
        (-5, "-$5", True),
        (-5, "$-5", True),
        (-5, "(-5)", True),
        (20, "10-20", True),
        (3, "16 - 3", True),
        (25, "25%", True),
        (0.25, "25%", False),
        (0.5, ".5", True),
        (2000, "2e3", True),
        (0.002, "2E-3", True),
        (5, "5kg", True),
        (5, "5.", True),
        (5, "5, or so", True),
        (0.1, "0.1", True),
        (0, "-0", True),
        (10, "1٠", False),
        ("12345678901234567890123456789012345678901", "12345678901234567890123456789012345678901", True),
        ("12345678901234567890123456789012345678901", "12345678901234567890123456789012345678902", False),
    ],
)  # fmt: skip
def test_numbers(expected: object, text: str, passed: bool) -> None:
    assert graded({"number": expected}, text).passed is passed


@pytest.mark.parametrize(
    ("tolerance", "text", "passed"),
    [
        (0.5, "18.5", True), (0.5, "17.5", True), (0.5, "18.51", False), ("0.5", "18.5", True),
        (0, "18", True), (0.1, "18.1", True), (1, "1e999", False), ("1e3", "1000", True),
    ],
)  # fmt: skip
def test_tolerance_is_how_far_off_either_way(tolerance: object, text: str, passed: bool) -> None:
    assert graded({"number": 18, "tolerance": tolerance}, text).passed is passed


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**12), max_value=10**12))
def test_a_number_is_found_however_it_is_written(value: Decimal) -> None:
    for form in ("{}", "{:,}", "It is {:,}.", "12 then ${:,}", "{}%", "**{:+}**"):
        assert graded({"number": str(value)}, form.format(value)).passed, form


OBJECT = {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}}


@pytest.mark.parametrize(
    ("schema", "text", "passed", "reason"),
    [
        (OBJECT, '{"a": 1}', True, "fits the schema"),
        (OBJECT, ' \n{"a": 1}\n', True, "fits the schema"),
        (OBJECT, '```json\n{"a": 1}\n```', True, "(in a ```json fence)"),
        (OBJECT, '```json\n{"a": "1"}\n```\n', False, "fence"),
        (OBJECT, '```\n{"a": 1}\n```', False, "is not JSON"),
        (OBJECT, 'Here:\n```json\n{"a": 1}\n```', False, "is not JSON"),
        (OBJECT, '```json\n{}\n```\n```json\n{}\n```', False, "is not JSON"),
        (OBJECT, '{"a": "1"}', False, "$.a"),
        (OBJECT, "{}", False, "'a' is a required property"),
        (OBJECT, "", False, "is not JSON: Expecting value at line 1, column 1"),
        (OBJECT, '{"a": NaN}', False, "NaN"),
        (OBJECT, "[" * 100_000, False, "is not JSON"),
        (OBJECT, '{"a": ' + "9" * 5000 + "}", False, "is not JSON"),
        ({"$ref": "#/$defs/n", "$defs": {"n": {"type": "number"}}}, "1", True, ""),
        ({"$schema": "http://json-schema.org/draft-07/schema#", "type": "string"}, '"x"', True, ""),
        ({"items": {"$id": "http://e", "$ref": "#/$defs/a", "$defs": {"a": False}}}, "[1]", False, "$[0]"),
        ({"type": "string", "format": "date"}, '"no date"', True, ""),
    ],
)  # fmt: skip
def test_schemas(schema: dict[str, Any], text: str, passed: bool, reason: str) -> None:
    grade = graded({"json_schema": schema}, text)
    assert grade.passed is passed
    assert reason in grade.reason
    if "is not JSON" in grade.reason:
        assert graded({"not": {"json_schema": schema}}, text).passed is False


@pytest.mark.parametrize(
    ("of", "text", "picked"),
    [
        ("last number", "from 3 to $1,234.50.", "1234.50"),
        ("last number", "2e3", "2000"),
        ({"json": "a"}, '{"a": "x"}', "x"),
        ({"json": "items[0].name"}, '{"items": [{"name": "x"}]}', "x"),
        ({"json": "[1]"}, "[1, 2]", "2"),
        ({"json": "[-1][0]"}, "[1, [2]]", "2"),
        ({"json": "a b.c-d"}, '```json\n{"a b": {"c-d": true}}\n```', "true"),
        ({"json": "a"}, '{"a": {"b": ["é"]}}', '{"b": ["é"]}'),
        ({"json": "a"}, '{"a": null}', "null"),
        ({"regex": "Answer: (.*)"}, "So\nAnswer: 42\n.", "42"),
        ({"regex": "[0-9]+"}, "a 42 b", "42"),
        ({"regex": "(a)(b)"}, "ab", "a"),
        ({"regex": "x()"}, "x", ""),
    ],
)
def test_of_picks_what_is_graded(of: object, text: str, picked: str) -> None:
    assert graded({"equals": picked, "of": of}, text).passed
    assert graded({"not": {"equals": picked, "of": of}}, text).passed is False
    assert graded({"not": {"equals": picked + "?"}, "of": of}, text).passed


@pytest.mark.parametrize(
    ("of", "text", "reason"),
    [
        ("last number", "none", "has no number in it: 'none'"),
        ({"json": "a"}, "no", "is not JSON"),
        ({"json": "a"}, "{}", "has no 'a'"),
        ({"json": "a"}, "[]", "has no 'a'"),
        ({"json": "a"}, '"a"', "has no 'a'"),
        ({"json": "[0]"}, "[]", "has no item [0]"),
        ({"json": "[-2]"}, "[1]", "has no item [-2]"),
        ({"json": "[0]"}, '{"0": 1}', "has no item [0]"),
        ({"json": "a.b"}, '{"a": null}', "has no 'b'"),
        ({"regex": "Answer: (.*)"}, "no", "has nothing that matches 'Answer: (.*)'"),
        ({"regex": "a|(b)"}, "a", "has nothing that matches"),
    ],
)
def test_nothing_to_pick_is_failed_under_not_too(of: object, text: str, reason: str) -> None:
    for spec in ({"equals": "x", "of": of}, {"not": {"equals": "x"}, "of": of}):
        grade = graded(spec, text)
        assert grade.passed is False
        assert reason in grade.reason


def test_no_number_is_failed_under_not_too() -> None:
    for spec in ({"number": 1}, {"not": {"number": 1}}):
        assert graded(spec, "none").passed is False


def test_a_text_picked_for_a_schema_is_json_still() -> None:
    spec = {"json_schema": {"type": "string"}, "of": {"json": "a"}}
    assert graded(spec, '{"a": "5"}').passed
    assert graded(spec, '{"a": 5}').passed is False


def test_overlong_text_is_ungraded_where_a_pattern_would_search_it() -> None:
    for spec in ({"regex": "(a+)+b"}, {"not": {"regex": "x"}}, {"equals": "x", "of": {"regex": "(a+)+b"}}):
        grade = graded(spec, "a" * 100_001)
        assert grade.passed is None
        assert "100,001 characters are too many" in grade.reason


def test_reasons_are_short_whatever_the_answer() -> None:
    for spec in ({"equals": "x"}, {"number": 1}, {"contains": "x" * 5000}, {"json_schema": OBJECT}):
        assert len(graded(spec, '{"b": "' + "y1" * 100_000 + '"}').reason) <= 1000


SPECS: dict[str, Any] = {
    "cites": True,
    "contains": {"any": ["a", "b"]},
    "cost": 1,
    "equals": "a",
    "icontains": "a",
    "json": {"a[0]": 5},
    "json_schema": OBJECT,
    "language": "en",
    "latency": 1,
    "length": {"max": 9, "unit": "sentences"},
    "number": 5,
    "refusal": False,
    "regex": "a",
    "similarity": "a b",
    "starts_with": "a",
    "stop_reason": "end_turn",
    "tool_call": {"name": "a", "arguments": {"b": [1]}, "schema": OBJECT},
}
WHOLE = ("cost", "latency", "refusal", "stop_reason", "tool_call")


def test_every_grader_is_tried_on_any_text_but_those_that_ask_others() -> None:
    assert set(graders.names()) - set(SPECS) <= {"judge", "python"}


@pytest.mark.parametrize("name", SPECS)
def test_what_decides_a_grade_is_json(name: str) -> None:
    grader = graders.parse({name: SPECS[name]}, HERE)
    assert json.loads(json.dumps(graders.content(grader, grader.ready)))["grader"] == name


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=80), st.sampled_from(sorted(SPECS)))
def test_any_text_gets_a_grade(text: str, name: str) -> None:
    spec = {name: SPECS[name]}
    ofs = ("last number", "first json", {"json": "a[0]"}, {"regex": "a(b?)"})
    for each in (spec, {"not": spec}, *({**spec, "of": of} for of in ofs if name not in WHOLE)):
        grader = graders.parse(each, HERE)
        sample = Sample(text, stop_reason="end_turn", context=text.strip() or "a", seconds=1.0, cost=1)
        grade = graders.grade(grader, sample, graders.filled(grader, str))
        assert grade.passed is not None, grade.reason
        assert grade.score is None or 0 <= grade.score <= 1
