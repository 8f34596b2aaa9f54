"""Assertions become graders that pass and fail the same answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lab.evals.promptfoo import _kinds
from lab.evals.promptfoo._sheet import assertion, cell
from tests.evals.promptfoo.kit import cases, fates, imported, passes

SCHEMA = {"type": "object", "required": ["a"]}
TYPES: list[tuple[dict[str, Any], str, str]] = [
    ({"type": "equals", "value": "Paris"}, "Paris", "paris"),
    ({"type": "equals", "value": 4}, "4", "5"),
    ({"type": "equals", "value": {"a": 1}}, '{"a": 1}', '{"a": 2}'),
    ({"type": "contains", "value": "Par"}, "in Paris", "in paris"),
    ({"type": "contains", "value": 0}, "10", "11"),
    ({"type": "icontains", "value": "PAR"}, "in Paris", "in Rome"),
    ({"type": "contains-all", "value": ["a", "b"]}, "ab", "a"),
    ({"type": "contains-any", "value": ["a", "b"]}, "b", "c"),
    ({"type": "icontains-all", "value": ["A", "b"]}, "aB", "a"),
    ({"type": "icontains-any", "value": ["A", "b"]}, "B", "c"),
    ({"type": "starts-with", "value": "Yes"}, "Yes, it is", "No. Yes"),
    ({"type": "regex", "value": "\\d{4}"}, "in 1984", "in 84"),
    ({"type": "is-json"}, "[1]", "no"),
    ({"type": "is-json", "value": SCHEMA}, '{"a": 1}', '{"b": 1}'),
    ({"type": "contains-json"}, 'so: {"b": 1}.', "{b}"),
    ({"type": "contains-json", "value": SCHEMA}, 'so {"b": 1} or {"a": 1}', '{"b": 1}'),
    ({"type": "is-xml"}, "<a><b>x</b></a>", "<a><b></a>"),
    ({"type": "is-xml", "value": {"requiredElements": ["a.b"]}}, "<a><b>x</b></a>", "<a><c/></a>"),
    ({"type": "contains-xml", "value": {"requiredElements": ["a.b"]}}, "so <a><b/></a>!", "so <a></a>!"),
    ({"type": "is-html"}, "<h1>T</h1><p>x<br></p>", "x <p>y</p>"),
    ({"type": "contains-html"}, 'see <b class="x">y</b>', "a < b"),
    ({"type": "word-count", "value": 3}, "one two three", "one two"),
    ({"type": "word-count", "value": {"min": 2, "max": 3}}, "one two", "one two three four"),
    ({"type": "rouge-n", "value": "the cat sat", "threshold": 0.6}, "the cat sat down", "a dog ran off"),
    ({"type": "bleu", "value": "the cat sat on the mat"}, "the cat sat on the mat", "mats cats"),
    ({"type": "gleu", "value": "the cat sat"}, "the cat sat", "a dog"),
    ({"type": "levenshtein", "value": "kitten", "threshold": 3}, "sitting", "sitting here"),
    ({"type": "python", "value": "len(output) > 3"}, "long", "no"),
    ({"type": "python", "value": "len(output) / 10", "threshold": 0.5}, "12345", "1234"),
    ({"type": "python", "value": "if 'x' in output:\n    return {'pass': True}\nreturn False"}, "x", "y"),
    ({"type": "python", "value": "context['vars']['want'] in output"}, "it is w", "it is v"),
    ({"type": "python", "value": "file://check.py"}, "good", "bad"),
    ({"type": "python", "value": "file://check.py:long", "config": {"most": 2}}, "ab", "abc"),
    ({"type": "contains", "value": "{{want}}"}, "it is w", "it is v"),
    ({"type": "contains", "value": "file://want.txt"}, "it is from the file", "it is not"),
    (
        {"type": "equals", "value": "x", "transform": "JSON.parse(output).a.b"},
        '{"a": {"b": "x"}}',
        '{"a": 1}',
    ),
    ({"type": "equals", "value": "x", "transform": "output.trim()"}, " x ", "y"),
]
CHECK = """
def get_assert(output, context):
    return {"pass": "good" in output, "score": 1, "reason": "said so"}

def long(output, context):
    return len(output) <= context["config"]["most"]
"""


@pytest.mark.parametrize(("entry", "good", "bad"), TYPES, ids=lambda each: str(each)[:60])
@pytest.mark.parametrize("negated", [False, True])
def test_an_assertion_passes_and_fails_the_same_answers(
    negated: bool, entry: dict[str, Any], good: str, bad: str, tmp_path: Path
) -> None:
    if negated:
        entry = {**entry, "type": f"not-{entry['type']}"}
    config = {"prompts": ["{{q}}"], "tests": [{"vars": {"q": "?", "want": "w"}, "assert": [entry]}]}
    made = imported(tmp_path, config, check__py=CHECK, want__txt="from the file\n")
    assert fates(made)[entry["type"]] == "converted"
    (case,) = cases(tmp_path)
    assert passes(case, good) == [not negated]
    if "transform" not in entry or "JSON" not in entry["transform"]:  # nothing to pick fails under not too
        assert passes(case, bad) == [negated]


def test_what_an_answer_took_and_how_it_ended(tmp_path: Path) -> None:
    entries = [
        {"type": "latency", "threshold": 2000},
        {"type": "cost", "threshold": 0.001},
        {"type": "is-refusal"},
        {"type": "finish-reason", "value": "length"},
    ]
    imported(tmp_path, {"prompts": ["{{q}}"], "tests": [{"vars": {"q": "?"}, "assert": entries}]})
    (case,) = cases(tmp_path)
    quick = {"seconds": 1.9, "cost": 10**9, "refused": True, "stop_reason": "max_tokens"}
    slow = {"seconds": 2.1, "cost": 10**9 + 1, "refused": False, "stop_reason": "end_turn"}
    assert passes(case, "x", **quick) == [True] * 4
    assert passes(case, "x", **slow) == [False] * 4


JUDGED = ["llm-rubric", "model-graded-closedqa", "factuality", "similar", "g-eval", "context-recall"]


@pytest.mark.parametrize("kind", [*JUDGED, "answer-relevance", "context-faithfulness", "context-relevance"])
def test_what_models_grade_becomes_a_judge(kind: str, tmp_path: Path) -> None:
    entry = {"type": kind, "value": "mentions {{q}}", "provider": "anthropic:messages:claude-opus-5-5"}
    made = imported(
        tmp_path, {"prompts": ["{{q}}"], "tests": [{"vars": {"q": "tea", "context": "c"}, "assert": [entry]}]}
    )
    (case,) = cases(tmp_path)
    (check,) = case.graders
    assert check.grader.kind == "judge" and check.expected.models == ("claude-opus-5-5",)
    assert ("tea" in check.expected.text) == (kind in JUDGED)
    assert fates(made)[kind] == ("converted" if kind == "llm-rubric" else "changed")


def test_every_type_is_converted_changed_or_refused_with_a_reason(tmp_path: Path) -> None:
    values = {"word-count": 3, "latency": None, "cost": None, "finish-reason": "stop"}
    entries = [{"type": kind, "value": values.get(kind, "x"), "threshold": 0.5} for kind in _kinds.TYPES]
    made = imported(
        tmp_path, {"prompts": ["{{q}}"], "tests": [{"vars": {"q": "?", "context": "c"}, "assert": entries}]}
    )
    said = {line.key: line for line in made.lines}
    assert set(_kinds.TYPES) <= set(said)
    assert all(line.note for line in made.lines if line.fate != "converted")
    assert len(cases(tmp_path)[0].graders) == sum(said[kind].fate != "unsupported" for kind in _kinds.TYPES)


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        ({"type": "javascript", "value": "output.length"}, "JavaScript is not run here"),
        ({"type": "contans", "value": "x"}, "there is no such assertion"),
        ({"type": "latency"}, "no threshold"),
        ({"type": "contains", "value": {"a": 1}}, "no text"),
        ({"type": "contains", "value": "file://gone.txt"}, "there is no such file"),
        ({"type": "contains", "value": "file://make.py"}, "program"),
        ({"type": "contains", "value": "{{ q | upper }}"}, "filter"),
        ({"type": "equals", "value": "x", "transform": "output.toUpperCase()"}, "transform"),
        ({"type": "python", "value": "def ("}, "not Python"),
        ({"type": "python", "value": "file://gone.py"}, "there is no file"),
        ("text", "a table with a type"),
        ({"type": "assert-set", "threshold": 0.5, "assert": []}, "set with a threshold"),
    ],
)
def test_what_cannot_be_converted_is_said(entry: Any, why: str, tmp_path: Path) -> None:
    tests = [{"vars": {"q": "?"}, "assert": [entry, {"type": "contains", "value": "y"}]}]
    made = imported(tmp_path, {"prompts": ["{{q}}"], "tests": tests}, make__py="")
    (line,) = (line for line in made.lines if line.fate == "unsupported")
    assert why in line.note and line.where == "tests[0].assert[0]"
    assert passes(cases(tmp_path)[0], "y") == [True]


CELLS: list[tuple[str, dict[str, Any]]] = [
    ("Paris", {"type": "equals", "value": "Paris"}),
    ("equals: 4", {"type": "equals", "value": "4"}),
    ("contains:Paris", {"type": "contains", "value": "Paris"}),
    ("not-icontains: error", {"type": "not-icontains", "value": "error"}),
    ("contains-any: a,b", {"type": "contains-any", "value": ["a", "b"]}),
    ('contains-all: "1,000", x\\,y', {"type": "contains-all", "value": ["1,000", "x,y"]}),
    ("similar(0.8):Hello", {"type": "similar", "threshold": 0.8, "value": "Hello"}),
    ("levenshtein(5): there: it is", {"type": "levenshtein", "threshold": 5.0, "value": "there: it is"}),
    ("is-json", {"type": "is-json"}),
    ('is-json:{"type": "object"}', {"type": "is-json", "value": {"type": "object"}}),
    ("grade:is kind", {"type": "llm-rubric", "value": "is kind"}),
    ("fn:output.length", {"type": "javascript", "value": "output.length"}),
    ("python:len(output)\n> 3", {"type": "python", "value": "len(output)\n> 3"}),
    ("file://check.py", {"type": "python", "value": "file://check.py"}),
    ("unknown: x", {"type": "equals", "value": "unknown: x"}),
    ("latency(500)", {"type": "latency", "threshold": 500.0}),
]


@pytest.mark.parametrize(("text", "made"), CELLS)
def test_a_cell_holds_one_assertion(text: str, made: dict[str, Any]) -> None:
    assert assertion(text) == made
    assert made["type"] == "python" or assertion(cell(made)) == made
