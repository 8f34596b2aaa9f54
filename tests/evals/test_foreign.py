"""Tables of any column names become datasets."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.errors import BadInput
from lab.evals import Wish, load, take


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "prompts" / "p").mkdir(parents=True)
    (tmp_path / "prompts" / "p" / "v1.yaml").write_text(
        'user: "{{plan}}: {{input}}"\nvariables: {plan: {default: none}}\n'
    )
    return tmp_path


TABLE = 'Customer message,Category!,plan,2nd\n"Hi, there",A,pro,x\nBye,B,free,y\n'


def test_columns_get_names_that_a_template_can_hold(folder: Path) -> None:
    (folder / "t.csv").write_text(TABLE)
    wish = Wish("mine", "p", input="Customer message", expected="Category!", grader="icontains")
    taken = take(folder, folder / "t.csv", wish)
    assert taken.columns == {
        "Customer message": "Customer_message", "Category!": "Category", "plan": "plan", "2nd": "_2nd",
    }  # fmt: skip
    found = load(folder / "datasets" / "mine.yaml")
    assert [(case.input, case.values, case.graders[0].expected) for case in found.cases] == [
        ("Hi, there", {"plan": "pro"}, ["A"]),
        ("Bye", {"plan": "free"}, ["B"]),
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("t.csv", "question,answer\na,b\n"),
        ("t.tsv", "Question \tanswer\na\tb\n"),
        ("t.jsonl", '{"answer": {"x": [1]}, "question": "a"}\n'),
        ("t.csv", "whatever it is\na\n"),
    ],
)
def test_the_likeliest_column_is_the_question(name: str, text: str, folder: Path) -> None:
    (folder / name).write_text(text)
    take(folder, folder / name, Wish("t", "p"))
    (case,) = load(folder / "datasets" / "t.yaml").cases
    assert case.input == "a" and not case.graders


@pytest.mark.parametrize(
    ("wish", "why"),
    [
        (Wish("t", "p"), "which column is the question? Say --input, with one of: Customer message"),
        (Wish("t", "p", input="Customer mesage"), "Did you mean 'Customer message'?"),
        (Wish("t", "p", input="plan", expected="Kategory"), "no column 'Kategory' for --expected"),
        (Wish("t", "q", input="plan"), "q"),
        (Wish("../t", "p", input="plan"), "cannot name a dataset"),
        (Wish("t", "p", input="plan", expected="plan", grader="number"), "number needs a number"),
    ],
)
def test_what_is_asked_wrongly_is_a_sentence_and_nothing_is_written(
    wish: Wish, why: str, folder: Path
) -> None:
    (folder / "t.csv").write_text(TABLE)
    with pytest.raises(BadInput) as error:
        take(folder, folder / "t.csv", wish)
    assert why in str(error.value)
    assert not list((folder / "datasets").glob("*")) if (folder / "datasets").exists() else True


def test_a_dataset_that_is_there_stays(folder: Path) -> None:
    (folder / "t.csv").write_text("input\na\n")
    take(folder, folder / "t.csv", Wish("t", "p"))
    with pytest.raises(BadInput, match="is there already; nothing was written"):
        take(folder, folder / "t.csv", Wish("t", "p"))
