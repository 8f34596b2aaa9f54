"""Answers that follow a schema, as a page draws them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from lab.engine import Lives
from lab.ui.parts.fields import filling

Opened = Callable[..., AppTest]
WANTED = {"properties": {"name": {}, "plan": {}}}


@pytest.mark.parametrize(
    ("value", "wanted", "drawn"),
    [
        ({}, WANTED, "- **name** :gray[…]\n- **plan** :gray[…]"),
        ({"name": "An"}, WANTED, "- **name** An\n- **plan** :gray[…]"),
        ({"name": "a\nb"}, None, "- **name** a  \n  b"),
        ({"n": 1.5, "yes": True, "no": None}, None, "- **n** 1\\.5\n- **yes** true\n- **no** null"),
        ({"tags": ["a", "b"], "none": []}, None, "- **tags** a, b\n- **none** \\[\\]"),
        ({"a": {"b": {"c": 1}}}, None, "- **a**\n  - **b**\n    - **c** 1"),
        ([{"a": 1}, {"a": 2}], None, "- :gray[1]\n  - **a** 1\n- :gray[2]\n  - **a** 2"),
        ({"![x](y)": "<b>$1$"}, None, "- **\\!\\[x\\]\\(y\\)** \\<b\\>\\$1\\$"),
        ({"name": ""}, None, "- **name** :gray[empty]"),
        ([], None, ":gray[…]"),
    ],
)
def test_values_are_labelled_lists_and_nothing_in_them_is_markdown(
    value: Any, wanted: Any, drawn: str
) -> None:
    assert filling(value, wanted) == drawn


def test_what_is_nested_without_end_is_cut_to_json() -> None:
    value: Any = 1
    for _ in range(50):
        value = {"a": value}
    lines = filling(value, None).splitlines()
    assert len(lines) == 7 and lines[-1].lstrip().startswith("- **a** \\{")


def test_an_answer_is_its_fields_and_a_cut_one_says_what_is_wrong(opened: Opened, lives: Lives) -> None:
    app = opened("chat", prompt="extract@2")
    app.chat_input[0].set_value("Ana Lima, 34, of Porto called about her invoice.").run()
    assert not app.error and not app.exception
    said = app.chat_message[1]
    assert said.markdown[0].value.startswith("- **") and said.code[0].language == "json"
    assert not app.warning
    app.number_input(key=f"chat-{app.query_params['c']}-max_tokens").set_value(4)
    app.chat_input[0].set_value("And once more.").run()
    assert "cut off at max" in app.warning[0].value
