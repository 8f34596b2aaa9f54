"""Values of each type, as they come from files, shells and tables."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.errors import BadInput
from lab.prompts import Prompt, Variable
from lab.prompts.values import filled, written

deep: list[Any] = []
for _ in range(5000):
    deep = [deep]


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("text", "as it is\n", "as it is\n"),
        ("text", "", ""),
        ("text", 3, "3"),
        ("text", 1.5, "1.5"),
        ("text", True, "true"),
        ("list", ["a", "b"], "- a\n- b"),
        ("list", ("a", 2, False), "- a\n- 2\n- false"),
        ("list", ["one\ntwo", "three"], "- one\n  two\n- three"),
        ("list", [], ""),
        ("list", '["a", 2]', "- a\n- 2"),
        ("json", {"a": [1, "é"]}, '{\n  "a": [\n    1,\n    "é"\n  ]\n}'),
        ("json", '{"a": 1}', '{\n  "a": 1\n}'),
        ("json", ' "text" ', '"text"'),
        ("json", "null", "null"),
        ("json", 5, "5"),
    ],
)
def test_values_are_written_by_their_type(kind: str, value: Any, text: str) -> None:
    assert written(kind, value) == text


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        ("text", ["a"], "must be text, but is a list"),
        ("text", {"a": 1}, "must be text, but is a table"),
        ("text", float("nan"), "JSON can hold"),
        ("list", "a, b", "is not JSON (Expecting value, at line 1, column 1)"),
        ("list", " ", "is blank"),
        ("list", '{"a": 1}', "must be a list, but is a table"),
        ("list", '"a"', "must be a list, but is the text 'a'"),
        ("list", 3, "must be a list, but is the number 3"),
        ("list", ["a", ["b"]], "item 2 is a list"),
        ("list", ["a", None], "item 2 is empty"),
        ("json", "", "must be JSON, but is blank"),
        ("json", "{'a': 1}", "is not JSON"),
        ("json", "[1, NaN]", "is not JSON"),
        ("json", "[" * 100_000, "is not JSON"),
        ("json", "1" * 5000, "is not JSON"),
        ("json", {1, 2}, "JSON can hold"),
        ("json", [float("inf")], "JSON can hold"),
        ("json", deep, "JSON can hold"),
    ],
)
def test_what_does_not_fit_is_refused(kind: str, value: Any, words: str) -> None:
    with pytest.raises(BadInput) as refused:
        written(kind, value)
    assert words in str(refused.value)
    assert len(str(refused.value)) < 300


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
def test_json_says_the_same_as_the_value(value: Any) -> None:
    if not isinstance(value, str):
        assert json.loads(written("json", value)) == value
    assert written("json", json.dumps(value)) == json.dumps(value, indent=2, ensure_ascii=False)


@given(st.sampled_from(["text", "list", "json"]), st.text())
def test_any_text_is_a_value_or_refused(kind: str, value: str) -> None:
    try:
        assert isinstance(written(kind, value), str)
    except BadInput:
        assert kind != "text"


PROMPT = Prompt(
    "support",
    3,
    system="{{product}} {{tone}} {{facts}}",
    variables={
        "product": Variable(description="what it is about"),
        "tone": Variable(default="plain"),
        "facts": Variable("json", default='{"a": 1}'),
    },
)


def test_defaults_stand_in_for_what_is_not_given() -> None:
    facts = '{\n  "a": 1\n}'
    assert filled(PROMPT, {"product": "X"}) == {"product": "X", "tone": "plain", "facts": facts}
    assert filled(PROMPT, {"product": "X", "tone": None, "facts": facts})["tone"] == "plain"
    assert filled(PROMPT, {"product": "", "tone": ""})["tone"] == ""


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({}, "support@3 needs a value for 'product' (what it is about); it has no default."),
        ({"product": None}, "support@3 needs a value for 'product' (what it is about); it has no default."),
        ({"product": "x", "tune": "y"}, "support@3 has no variable 'tune'. Did you mean 'tone'?"),
        ({"product": "x", "zzz": "y"}, "support@3 has no variable 'zzz'. It has product, tone, facts."),
        ({"product": "x", "input": "y"}, "'input' is given on its own, not among the values of support@3."),
        (
            {"product": "x", "context": "y"},
            "'context' is given on its own, not among the values of support@3.",
        ),
        (
            {"product": ["x"]},
            "support@3: the value of 'product' must be text, but is a list. Its type could be json or list.",
        ),
        (
            {"product": "x", "facts": "oops"},
            "support@3: the value of 'facts' is not JSON (Expecting value, at line 1, column 1): 'oops'. "
            'Write JSON, such as {"name": "value"}.',
        ),
    ],
)
def test_values_that_do_not_fit_the_prompt_are_named(values: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadInput) as refused:
        filled(PROMPT, values)
    assert str(refused.value) == sentence


def test_a_prompt_without_variables_says_so() -> None:
    with pytest.raises(BadInput, match="has no variable 'x'. It has none."):
        filled(Prompt("p", 1, system="s"), {"x": 1})
