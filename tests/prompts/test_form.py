"""A prompt as a form: nothing is lost on the way there and back, and what is wrong is said with its box."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as holding

from lab.errors import BadInput
from lab.prompts import Example, FewShot, Prompt, Variable, as_yaml, checked, fields, form, given, pairs
from tests.prompts.test_reading import prompts

SUPPORT = Prompt(
    "support",
    2,
    description="Answers.",
    max_tokens=5,
    system="Be {{tone}}.\nBe brief.\n",
    variables={"tone": Variable(default="kind")},
    cache="5m",
    message="Why.",
)
BOXES = form(SUPPORT)


def without_message(prompt: Prompt | FewShot) -> dict[str, Any]:
    return {name: value for name, value in fields(prompt).items() if name != "message"}


def test_a_form_holds_what_people_change_in_boxes_of_its_own() -> None:
    assert BOXES == {
        "description": "Answers.",
        "system": "Be {{tone}}.\nBe brief.\n",
        "user": "{{input}}",
        "model": "",
        "max_tokens": 5,
        "effort": "",
        "set": "",
        "place": "turns",
        "variables": "tone:\n  default: kind\n",
        "others": "cache: 5m\n",
    }


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@holding(prompts())
def test_every_prompt_comes_back_from_its_form_and_from_its_yaml(prompt: Prompt) -> None:
    boxes = form(prompt)
    assert given(boxes) == without_message(prompt)
    assert fields(checked(boxes, "x")) == without_message(prompt)
    assert fields(checked({"yaml": as_yaml(given(boxes))}, "x")) == without_message(prompt)


WRONG = [
    ({"system": "Be {{tone}}.\nBe {{brief}}."}, "System, line 2: {{brief}} is not declared"),
    ({"system": "Be kind."}, "Variables, line 1: 'tone' is declared, but"),
    ({"system": "Be {{tone}}.\n{{input}}"}, "System, line 2: {{input}} is what a person typed"),
    ({"user": "a\n\n{{ a + b }}"}, "User, line 3: "),
    ({"system": "", "user": ""}, "support: the prompt says nothing"),
    ({"variables": "tone:\n  defualt: kind"}, "Variables, line 2: there is no field 'defualt'"),
    ({"variables": "tone: {type: txt}"}, "Variables, line 1: variables.tone.type must be one of"),
    ({"variables": "tone"}, "Variables, line 1: this must be a table"),
    ({"variables": "tone:\n  default: yes"}, "Variables, line 2: yes can be read in more than one way"),
    ({"variables": "tone: [\n"}, "Variables, line 1: "),
    ({"others": "cache: 5m\ncahce: 1h"}, "Other settings, line 2: there is no field 'cahce'. Did you mean"),
    ({"others": "system: x"}, "Other settings, line 1: there is no field 'system'"),
    ({"others": "cache: 5m\nschema: [a]\n"}, "Other settings, line 2: schema must be a table"),
    ({"effort": "hihg"}, "Effort: effort must be one of"),
    ({"max_tokens": 0}, "Max tokens: max_tokens must be a whole number from 1"),
    ({"set": " "}, "Few-shot set: examples.set must be text"),
    ({"set": "tone", "user": "Hi."}, "Few-shot set: examples can only be turns where user holds {{input}}"),
]


@pytest.mark.parametrize(("typed", "sentence"), WRONG, ids=[row[1] for row in WRONG])
def test_what_is_wrong_names_the_box_and_the_line_in_it(typed: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadInput) as refused:
        checked({**BOXES, **typed}, "support")
    assert str(refused.value).startswith(sentence)


def test_what_is_wrong_in_the_yaml_names_its_line() -> None:
    with pytest.raises(BadInput, match="^The YAML, line 2: there is no field 'sytem'. Did you mean 'system'"):
        checked({"yaml": "description: x\nsytem: y\n"}, "support")


def test_blank_boxes_are_left_out() -> None:
    typed = {"description": " ", "others": "  \n", "max_tokens": None, "variables": "# none\n"}
    assert given({**BOXES, "system": "Be kind.", **typed}) == {"system": "Be kind."}


SET = FewShot(
    "tone",
    1,
    "Why.",
    (Example("a", "b"), Example("c", {"é": [1]}), Example("d", "{'e'}"), Example("f", "[1")),
)


def test_a_set_comes_back_from_its_rows() -> None:
    boxes = form(SET)
    assert boxes["pairs"][1] == {"input": "c", "output": '{"é": [1]}'}
    assert checked(boxes, "fewshot/tone").examples == SET.examples
    assert fields(checked({"yaml": as_yaml(given(boxes))}, "fewshot/tone")) == without_message(SET)


def test_json_that_is_written_in_another_way_stays_the_text_that_the_model_is_shown() -> None:
    rows = [{"input": "a", "output": '{"b":1}'}, {"input": "a", "output": '{"b": 1}'}]
    first, second = checked({"description": "", "pairs": rows}, "fewshot/tone").examples
    assert (first.output, second.output) == ('{"b":1}', {"b": 1})


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([], "fewshot/tone: the set needs examples"),
        ([{"input": "", "output": ""}], "fewshot/tone: the set needs examples"),
        (
            [{"input": "a", "output": "b"}, {"input": "c", "output": ""}],
            "Examples, row 2: examples[2].output",
        ),
    ],
)
def test_rows_that_are_no_examples(rows: list[dict[str, str]], sentence: str) -> None:
    with pytest.raises(BadInput) as refused:
        checked({"description": "d", "pairs": rows}, "fewshot/tone")
    assert str(refused.value).startswith(sentence)


def test_rows_after_what_was_done_to_them() -> None:
    rows = [{"input": each, "output": each.upper()} for each in "abc"]
    changes = {
        "edited_rows": {2: {"output": "see"}},
        "deleted_rows": [0],
        "added_rows": [{"input": "d"}, {"input": None, "output": "E"}],
    }
    assert pairs(rows, changes) == [
        {"input": "b", "output": "B"},
        {"input": "c", "output": "see"},
        {"input": "d", "output": ""},
        {"input": "", "output": "E"},
    ]
    assert pairs(rows, {}) == rows
