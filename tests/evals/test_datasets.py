"""What a dataset file says."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from lab import graders
from lab.errors import BadInput
from lab.evals import dataset_names
from tests.evals.files import CASES, dataset


def test_a_dataset_with_everything(tmp_path: Path) -> None:
    found = dataset(
        tmp_path,
        """
description: Sorts tickets
prompt: [triage, triage@staging, triage@2]
models: [claude-a, claude-b]
cases: c.csv
id: key
input: "Ticket: {{text}}"
variables: {plan: "{{plan}}", tone: calm, limit: 5, topics: [a, b]}
context: "<doc>{{plan}}</doc>"
graders:
  - icontains: "{{label}}"
  - not: {contains: "As an AI"}
    name: plain
tags: label
min_pass_rate: 0.9
needs: 2 of 3
concurrency: 4
""",
        c__csv='key,text,plan,label,tags\nk1,Help,pro,Billing,\n\nk2,"Oh\nno",,Claims,"must_pass, new"\n',
    )
    assert (found.name, found.file, found.description) == ("x", tmp_path / "x.yaml", "Sorts tickets")
    assert found.prompts == ("triage", "triage@staging", "triage@2")
    assert found.models == ("claude-a", "claude-b")
    assert (found.min_pass_rate, found.repeats, found.needs, found.concurrency) == (0.9, 3, 2, 4)
    assert [grader.name for grader in found.graders] == ["icontains", "plain"]
    one, two = found.cases
    assert (one.id, one.input, one.tags, one.line) == ("k1", "Ticket: Help", ("Billing",), 2)
    assert (one.context, two.context) == ("<doc>pro</doc>", "<doc></doc>")
    assert one.values == {"plan": "pro", "tone": "calm", "limit": 5, "topics": ["a", "b"]}
    assert one.columns == {"key": "k1", "text": "Help", "plan": "pro", "label": "Billing", "tags": ""}
    assert [check.expected for check in two.graders] == [["Claims"], ["As an AI"]]
    assert (two.id, two.input, two.line) == ("k2", "Ticket: Oh\nno", 4)
    assert two.tags == ("Claims", "must_pass", "new")


def test_a_dataset_with_little(tmp_path: Path) -> None:
    found = dataset(tmp_path, CASES + "  - input: Ho\n")
    assert (found.prompts, found.models, found.graders, found.description) == (("p",), (), (), "")
    assert (found.min_pass_rate, found.repeats, found.needs, found.concurrency) == (None, 1, 1, 8)
    assert [(case.id, case.input, case.values, case.context, case.tags) for case in found.cases] == [
        ("1", "Hi", {}, None, ()), ("2", "Ho", {}, None, ()),
    ]  # fmt: skip


def test_a_case_may_bring_its_own_tags_and_graders(tmp_path: Path) -> None:
    text = """
prompt: p
cases:
  - input: Hi
    want: Hello
    tags: [must_pass, 2024]
    graders:
      - contains: "{{want}}"
      - regex: "^H"
        name: start
  - {id: 7, input: Ho, want: 5}
graders: [contains: "{{want}}"]
tags: [all]
"""
    with pytest.raises(BadInput, match=r"x\.yaml, line 4: there is no 'id' here, though other cases"):
        dataset(tmp_path, text)
    one, two = dataset(tmp_path, text.replace("id: 7, ", "")).cases
    assert [(check.grader.name, check.expected) for check in one.graders] == [
        ("contains", ["Hello"]), ("contains 2", ["Hello"]), ("start", "^H"),
    ]  # fmt: skip
    assert (one.tags, two.tags) == (("all", "must_pass", "2024"), ("all",))
    assert [(check.grader.name, check.expected) for check in two.graders] == [("contains", ["5"])]
    assert "graders" not in one.columns
    grade = graders.grade(one.graders[2].grader, graders.Sample("Oh"), one.graders[2].expected)
    assert (grade.name, grade.passed) == ("start", False)


def test_a_column_that_stands_alone_keeps_its_kind(tmp_path: Path) -> None:
    rows = [
        {"input": ["a", 1], "words": ["x", "y"], "items": [1, 2], "plan": None},
        {"input": 5, "words": "z", "items": {"k": True}, "plan": "pro"},
    ]
    text = """
prompt: p
cases: c.jsonl
variables: {items: "{{items}}", text: "<{{items}}>", plan: "{{plan}}", dear: "Dear {{plan}}"}
graders: [contains: "{{words}}"]
"""
    one, two = dataset(tmp_path, text, c__jsonl="\n".join(map(json.dumps, rows))).cases
    assert (one.input, two.input) == ('["a", 1]', "5")
    assert one.values == {"items": [1, 2], "text": "<[1, 2]>", "dear": "Dear "}
    assert two.values == {"items": {"k": True}, "text": '<{"k": true}>', "plan": "pro", "dear": "Dear pro"}
    assert [case.graders[0].expected for case in (one, two)] == [["x", "y"], ["z"]]


def test_values_are_never_templates(tmp_path: Path) -> None:
    text = 'prompt: p\ncases: c.csv\ninput: "{{a}} \\\\{{b}}"\ngraders: [contains: "{{a}}"]'
    (case,) = dataset(tmp_path, text, c__csv="a,b\n{{b}} {{7*7}},x\n").cases
    assert case.input == "{{b}} {{7*7}} {{b}}"
    assert case.graders[0].expected == ["{{b}} {{7*7}}"]


def test_paths_of_cases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "c.csv").write_text("input\nHi\n")
    monkeypatch.setenv("LAB_TEST_FOLDER", str(tmp_path))
    monkeypatch.setenv("LAB_TEST_EMPTY", "")
    monkeypatch.setenv("HOME", str(tmp_path))
    for start in ("", "./data/../", f"{tmp_path}/", "$LAB_TEST_FOLDER/", "${LAB_TEST_FOLDER}/", "~/"):
        path = start + "data/c.csv"
        assert dataset(tmp_path, f'prompt: p\ncases: "{path}"').cases[0].input == "Hi"
    with pytest.raises(BadInput, match="LAB_TEST_EMPTY is not set"):
        dataset(tmp_path, "prompt: p\ncases: $LAB_TEST_EMPTY/c.csv")
    with pytest.raises(BadInput, match="no such file"):
        dataset(tmp_path, "prompt: p\ncases: c.csv")


def test_schemas_and_functions_stand_beside_the_dataset(tmp_path: Path) -> None:
    (tmp_path / "cases").mkdir()
    (tmp_path / "cases" / "c.jsonl").write_text('{"input": "a", "graders": [{"python": "own.py:check"}]}')
    found = dataset(
        tmp_path,
        "prompt: p\ncases: cases/c.jsonl\ngraders: [json_schema: s.json]",
        s__json='{"type": "integer"}',
        own__py="def check(text, columns):\n    return columns['input'] == 'a', 'looked'\n",
    )
    schema, own = found.cases[0].graders
    sample = graders.Sample("5", columns=found.cases[0].columns)
    for check in (schema, own):
        assert graders.grade(check.grader, sample, check.expected).passed


def test_names_are_those_of_datasets(tmp_path: Path) -> None:
    files = {
        "b.yaml": "prompt: p", "a.yaml": "broken: [", "cases.yaml": "# some\n---\n- input: a",
        "flow.yaml": "[{a: 1}]", "a.schema.yaml": "type: object", "a.csv": "x", "c.yml": "",
        "empty.yaml": "", "latin.yaml": "é",
    }  # fmt: skip
    for name, text in files.items():
        (tmp_path / name).write_bytes(text.encode("latin-1"))
    (tmp_path / "folder.yaml").mkdir()
    assert dataset_names(tmp_path) == ["a", "b", "empty", "latin"]
    assert dataset_names(tmp_path / "none") == []


REAL = [
    ("tickets_test.tsv", 'input: "{{text}}"\ntags: label\ngraders: [icontains: "{{label}}"]', 68),
    ("tickets_train.tsv", 'input: "{{text}}"\ngraders: [equals: "{{label}}"]', 68),
    ("tickets_promptfoo.csv", 'input: "{{text}}"\ngraders: [contains: "{{label}}"]', 68),
    ("gsm8k_test.jsonl", 'input: "{{question}}"\ngraders: [number: "{{answer}}"]', 1319),
    ("mt_bench_question.jsonl", "id: question_id\ntags: category", 80),
]


@pytest.mark.parametrize(("file", "text", "count"), REAL)
def test_real_data_is_read_whole(tmp_path: Path, file: str, text: str, count: int) -> None:
    if not os.environ.get("LAB_DATA"):
        assert os.environ.get("LAB_REQUIRE_DATA") != "1", "LAB_DATA does not name the folder of real data"
        pytest.skip("LAB_DATA does not name the folder of real data")
    found = dataset(tmp_path, f"prompt: p\ncases: $LAB_DATA/{file}\n{text}")
    assert len(found.cases) == count
    for case in found.cases:
        for check in case.graders:
            answer = str(case.columns.get("label") or case.columns.get("answer"))
            assert graders.grade(check.grader, graders.Sample(answer), check.expected).passed
