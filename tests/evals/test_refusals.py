"""What is said of datasets that are wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lab.errors import BadInput
from lab.evals import load
from tests.evals.files import CASES, dataset


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 1, "a dataset is a table"),
        ("- a", 1, "a dataset is a table"),
        ("prompt: p", 1, "`cases` is missing"),
        ("cases: []", 1, "`prompt` is missing"),
        ("prompt: p\ncases:", 1, "`cases` is missing"),
        (CASES + "prompts: q", 4, "a dataset has no 'prompts'. Did you mean 'prompt'?"),
        (CASES + "min_passrate: 1", 4, "Did you mean 'min_pass_rate'?"),
        (CASES + "max_tokens: 5", 4, "a dataset has no 'max_tokens'"),
        (CASES + "5: 5", 4, "a dataset has no '5'"),
        (CASES + "id: a\nid: b", 5, "'id' stands here twice"),
        (CASES + "description: [a]", 4, "description must be text"),
        ("cases: [{input: a}]\nprompt: 5", 2, "prompt must be a name or a list of names, not 5"),
        ("cases: [{input: a}]\nprompt:\n  - a\n  - [b]", 4, "prompt must be a name"),
        ("cases: [{input: a}]\nprompt: a b", 2, "prompt must be a name"),
        ("cases: [{input: a}]\nprompt:\n - a\n - a", 4, "'a' stands twice in prompt"),
        ("cases: [{input: a}]\nprompt: []", 2, "the list of prompt is empty"),
        (CASES + "models: [a, a]", 4, "'a' stands twice in models"),
        (CASES + "models: {a: b}", 4, "models must be a name or a list"),
        (CASES + "graders: [{cites: true}]", 4, "cites needs the case's context, and the dataset names none"),
        (CASES + "threshold: 80%", 4, "threshold must be a number from 0 to 1, such as 0.95, not '80%'"),
        (CASES + "    threshold: 1.1", 4, "threshold must be a number from 0 to 1, not 1.1"),
        (CASES + "    threshold: true", 4, "threshold must be a number from 0 to 1"),
        (CASES + "    threshold: most", 4, "threshold must be a number from 0 to 1, not 'most'"),
        (CASES + "min_pass_rate: 1.1", 4, "a number from 0 to 1, such as 0.95, not 1.1"),
        (CASES + "min_pass_rate: -0.5", 4, "a number from 0 to 1"),
        (CASES + "min_pass_rate: 90%", 4, "a number from 0 to 1, such as 0.95, not '90%'"),
        (CASES + "min_pass_rate: true", 4, "a number from 0 to 1"),
        (CASES + "repeats: 0", 4, "repeats must be a whole number from 1 up"),
        (CASES + "repeats: 1.5", 4, "repeats must be a whole number"),
        (CASES + "repeats: true", 4, "repeats must be a whole number"),
        (CASES + "concurrency: 0", 4, "concurrency must be a whole number from 1 up"),
        (CASES + "concurrency: many", 4, "concurrency must be a whole number"),
        (CASES + "needs: 2", 4, "needs is 2, but repeats only 1"),
        (CASES + "repeats: 3\nneeds: 4", 5, "needs is 4"),
        (CASES + "needs: 3 of 2", 4, "needs is 3"),
        (CASES + "repeats: 5\nneeds: 2 of 3", 5, "needs is 2 of 3, but repeats is 5"),
        (CASES + "needs: 0 of 3", 4, "needs must be a whole number from 1 up"),
        (CASES + "needs: 0", 4, "needs must be a whole number from 1 up"),
        (CASES + "needs: two of three", 4, "or `2 of 3`"),
        (CASES + "needs: true", 4, "needs must be a whole number"),
        (CASES + "needs: [2]", 4, "needs must be a whole number"),
        (CASES + "needs: 0 of 0", 4, "needs must be"),
        (CASES + "id: 5", 4, "id must be text"),
        (CASES + "id: keyy", 4, "there is no column 'keyy'. There are: input."),
        (CASES + 'input: "{{inptu}}"', 4, "there is no column 'inptu'. Did you mean 'input'?"),
        (CASES + "input: [a]", 4, "input must be text, such as"),
        (CASES + 'input: "{{input"', 4, "is not closed"),
        (CASES + "input: |\n  Dear,\n  {{a b}}", 4, "line 2 of the text: {{a b}} is not a name"),
        (CASES + 'input: "{{input|upper}}"', 4, "only names are filled in"),
        (CASES + "context:\n  a: b", 4, "context must be text"),
        (CASES + 'context: "{{x}}"', 4, "there is no column 'x'"),
        (CASES + "variables: [a]", 4, "variables are a table"),
        (CASES + "variables:\n  1: a", 5, "this variable has 1 for a name"),
        (CASES + "variables:\n  a: b\n  c: {1: d}", 6, "this variable has 1 for a name"),
        (CASES + 'variables:\n  a: x\n  b: "{{nput}}"', 6, "Did you mean 'input'?"),
        (CASES + "tags: 5", 4, "tags must be text"),
        (CASES + "tags: labl", 4, "there is no column 'labl'"),
        (CASES + "tags: [must-pass]", 4, "Did you mean 'must_pass'?"),
        (CASES + "tags: [[a]]", 4, "tags are a list of texts"),
        ("prompt: p\ncases:\n  - input: a\n    tags: [Must Pass]", 4, "'Must Pass' guards nothing"),
        ("prompt: p\ncases:\n  - input: a\n    tags: {a: b}", 4, "tags are a list of texts"),
        (CASES + "graders: {equals: a}", 4, "graders are a list"),
        (CASES + "graders: ''", 4, "graders are a list"),
        (CASES + "graders:\n  - equals: a\n  - eqals: b", 6, "Did you mean 'equals'?"),
        (CASES + 'graders:\n  - equals: "{{labl}}"', 5, "there is no column 'labl'"),
        (CASES + 'graders:\n  - number: "{{input}}"', 5, "x.yaml, line 3): number needs a number"),
        (CASES + 'graders:\n  - regex: "({{input}}"', 5, "x.yaml, line 3): the pattern '(Hi' is not"),
        (CASES + 'graders:\n  - number: 1\n    tolerance: "{{input}}"', 6, "a tolerance is a number"),
        ("prompt: p\ncases:\n  - input: a\n    graders:\n      - equal: a", 5, "Did you mean 'equals'?"),
        ("prompt: p\ncases:\n  - input: a\n    graders:\n      - equals: '{{x}}'", 5, "no column 'x'"),
        ("prompt: p\ncases:\n  - input: a\n    graders: x", 4, "graders are a list"),
        ("prompt: p\ncases: []", 2, "there are no cases."),
        ("prompt: p\ncases: 5", 2, "cases are a list of tables"),
        ("prompt: p\ncases:\n  input: a", 2, "cases are a list of tables"),
        ("prompt: p\ncases:\n  - a", 3, "a case is a table"),
        ("prompt: p\ncases:\n  - question: a", 2, "there is no column 'input'. Say what to ask"),
        ("prompt: p\ncases:\n  - input: a\n  - {}", 4, "there is no 'input' here"),
        ("prompt: p\ncases:\n  - {id: a, input: b}\n  - {id: a, input: c}", 4, "the id 'a' is that of "),
        ("prompt: p\ncases:\n  - {id: 1, input: b}\n  - {id: '1', input: c}", 4, "x.yaml, line 3 already"),
        ("prompt: p\ncases:\n  - {id: '', input: b}", 3, "the id in 'id' is empty"),
        ("prompt: p\ncases:\n  - {id: ~, input: b}", 3, "the id in 'id' is empty"),
        ("prompt: p\ncases:\n  - {id: [a], input: b}", 3, "the id in 'id' is empty, or no text"),
        ("prompt: p\ncases: $LAB_NO_SUCH_FOLDER/x.csv", 2, "variable LAB_NO_SUCH_FOLDER is not set"),
        ("prompt: p\ncases: ${LAB_NO_SUCH_FOLDER}/x.csv", 2, "variable LAB_NO_SUCH_FOLDER is not set"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_with_its_line(tmp_path: Path, text: str, line: int, words: str) -> None:
    with pytest.raises(BadInput) as refused:
        dataset(tmp_path, text)
    assert str(refused.value).startswith(f"{tmp_path / 'x.yaml'}, line {line}")
    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("text", "cases", "wrong"),
    [
        ('input: "{{a}}"', '{"a": 1}\n{"b": 2}', [
            "c.jsonl, line 2: there is no 'a' here; x.yaml, line 3 asks for it."]),
        ("", '{"input": 1}\n\n{"b": 2}', [
            "c.jsonl, line 3: there is no 'input' here; x.yaml, line 2 asks for it."]),
        ("id: k", '{"input": 1, "k": 1}\n{"input": 2}', [
            "c.jsonl, line 2: there is no 'k' here; x.yaml, line 3 asks for it."]),
        ("tags: k", '{"input": 1, "k": "a"}\n{"input": 2}', [
            "c.jsonl, line 2: there is no 'k' here; x.yaml, line 3 asks for it."]),
        ("", '{"input": 1, "id": 1}\n{"input": 2, "id": 1}\n{"input": 2, "id": 1}', [
            "c.jsonl, line 2: the id '1' is that of c.jsonl, line 1 already.",
            "c.jsonl, line 3: the id '1' is that of c.jsonl, line 1 already."]),
        ('input: "{{n}}"\ngraders: [number: "{{n}}"]', '{"n": "x"}\n{"n": 5}\n{"n": []}', [
            "x.yaml, line 4 (for c.jsonl, line 1): number needs a number, or a text with one in it, not 'x'.",
            "x.yaml, line 4 (for c.jsonl, line 3): number needs a number, or a text with one in it, not [].",
        ]),
        ('graders: [contains: "{{n}}"]', '{"input": 1, "n": ""}', [
            "x.yaml, line 3 (for c.jsonl, line 1): "
            "there must be a text to look for, or a list of them, none empty; not ''."]),
        ("", '{"input": 1, "graders": [{"equal": 5}]}', [
            "c.jsonl, line 1: there is no grader 'equal'. Did you mean 'equals'?"]),
        ("", '{"input": 1, "graders": "equals"}', [
            "c.jsonl, line 1: graders are a list, one line each: `- contains: thank you`."]),
        ("", '{"input": 1, "tags": "mustpass"}', [
            "c.jsonl, line 1: the tag 'mustpass' guards nothing. Did you mean 'must_pass'?"]),
        ('input: "{{x}}"', '{"a": 1}\n{"a": 2}', ["x.yaml, line 3: there is no column 'x'. There are: a."]),
    ],
)  # fmt: skip
def test_rows_that_make_no_case_are_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, cases: str, wrong: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadInput) as refused:
        dataset(Path("."), f"prompt: p\ncases: c.jsonl\n{text}", c__jsonl=cases)
    assert str(refused.value).split("\n") == wrong


def test_duplicate_ids_in_a_table_name_both_rows(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"row 3 \(line 4\): the id 'a' is that of \S+c\.csv, row 2 already"):
        dataset(tmp_path, "prompt: p\ncases: c.csv", c__csv='id,input\na,"x\ny"\na,z\n')


def test_case_files_without_cases_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"x\.yaml, line 2: there are no cases in c\.csv\."):
        dataset(tmp_path, "prompt: p\ncases: c.csv", c__csv="input\n")


def test_a_missing_dataset_names_the_nearest(tmp_path: Path) -> None:
    dataset(tmp_path, CASES, "support")
    with pytest.raises(BadInput, match=r"There is no dataset .*suport\.yaml\. Did you mean 'support'\?"):
        load(tmp_path / "suport.yaml")
    with pytest.raises(BadInput, match="There are none"):
        load(tmp_path / "none" / "x.yaml")


PIECES = [
    "prompt: p",
    "cases:",
    "cases: c.csv",
    "  - input: a",
    "  - {input: b, id: 1}",
    "    tags: [a]",
    "graders:",
    '  - equals: "{{input}}"',
    "  - not:",
    "      contains: a",
    "    of: last number",
    'input: "{{a}}"',
    "id: id",
    "tags: input",
    "needs: 2 of 3",
    "repeats: 3",
    "variables:",
    '  a: "{{b}}"',
    "  - json_schema: {}",
    "    name: n",
    "  - number: 5",
    "    tolerance: 1",
    "context: {",
    "- a",
    "min_pass_rate: 1",
]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(lines=st.lists(st.sampled_from(PIECES) | st.text(max_size=8), max_size=10))
def test_any_file_is_a_dataset_or_refused_by_name(shared: Path, lines: list[str]) -> None:
    (shared / "c.csv").write_text("id,input\n1,a\n2,b\n")
    (shared / "x.yaml").write_text("\n".join(lines), encoding="utf-8", errors="replace")
    try:
        found = load(shared / "x.yaml")
    except BadInput as refused:
        assert str(refused).startswith(str(shared))
    else:
        assert found.cases and found.needs <= found.repeats


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("shared")
