"""JSON answers: the keys that are asked for, with what the text says, in the form of the schema."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from lab.sim import answer, reading

from .wire import OLD, asking, said, steady

MAIL = """Hello,

14 guests will come on 2027-03-03, paying 12.50 each. No flowers, please. There should be a keyboard.
It is urgent. Write to ada@moss.example, order 880123.

Name: Ada Moss"""


def filled(text, told="Read the mail.", **parts):
    schema = {"type": "object", "properties": parts, "required": list(parts), "additionalProperties": False}
    return json.loads(steady(told, text, schema=schema))


@pytest.mark.parametrize(
    ("key", "schema", "value"),
    [
        ("name", {"type": "string"}, "Ada Moss"), ("day", {"type": "string", "format": "date"}, "2027-03-03"),
        ("guests", {"type": "integer"}, 14), ("order", {"type": "integer"}, 880123),
        ("price", {"type": "number", "description": "what is paid by each"}, 12.5),
        ("email", {"type": "string"}, "ada@moss.example"), ("urgent", {"type": "boolean"}, True),
        ("flowers", {"type": "boolean"}, False), ("parking", {"type": "boolean"}, False),
        ("gift", {"type": ["string", "null"]}, None),
        ("gift", {"anyOf": [{"type": "string"}, {"type": "null"}]}, None),
        ("wish", {"type": "string", "enum": ["drums", "keyboard", "lute"]}, "keyboard"),
        ("wishes", {"type": "array", "items": {"enum": ["flowers", "keyboard", "lute"]}}, ["keyboard"]),
        ("kind", {"const": "mail"}, "mail"),
        ("about", {"type": "object", "properties": {"guests": {"type": "integer"}}}, {"guests": 14}),
    ],
)  # fmt: skip
def test_a_value_is_what_stands_nearest_to_the_words_of_its_key(key, schema, value):
    assert filled(MAIL, **{key: schema}) == {key: value}
    whole = {"properties": {key: {"$ref": "#/$defs/one"}}, "$defs": {"one": schema}}
    assert json.loads(steady("Read the mail.", MAIL, schema=whole)) == {key: value}


def test_another_text_gives_other_values():
    parts = {"guests": {"type": "integer"}, "wish": {"enum": ["drums", "lute"]}}
    assert filled("9 guests, and a lute.", **parts) == {"guests": 9, "wish": "lute"}
    assert filled("A table for 3, then 20 guests with drums.", **parts) == {"guests": 20, "wish": "drums"}


def test_what_the_rules_say_of_an_option_leads_to_it():
    told = "Read the mail.\n\n- music: a piano, a violin\n- food: cake, dinner"
    parts = {"wishes": {"type": "array", "items": {"enum": ["music", "food"]}}}
    assert filled("We want a violin.", told, **parts) == {"wishes": ["music"]}
    assert filled("We want a violin.", **parts) == {"wishes": []}


def test_keys_that_are_asked_for_in_words():
    system = "Answer with only JSON, with the keys name, town and email."
    found = json.loads(steady(system, "Name: Ann\nTown: Bath\nann@bath.example"))
    assert found == {"name": "Ann", "town": "Bath", "email": "ann@bath.example"}


_LEAVES = st.one_of(
    st.sampled_from(["string", "integer", "number", "boolean", "null"]).map(lambda kind: {"type": kind}),
    st.sampled_from(["string", "integer", "boolean"]).map(lambda kind: {"type": [kind, "null"]}),
    st.lists(st.text(max_size=9) | st.integers() | st.none(), min_size=1, max_size=4, unique_by=repr).map(
        lambda values: {"enum": values}
    ),
    st.just({"const": "x"})
    | st.just({"$ref": "#/$defs/day"})
    | st.just({"type": "string", "format": "date"}),
)


def _above(below: st.SearchStrategy[dict]) -> st.SearchStrategy[dict]:
    names = st.sampled_from(["name", "date", "count", "company", "urgent", "email", "a b", "ß"])
    return st.one_of(
        st.tuples(below, st.integers(0, 1)).map(
            lambda two: {"type": "array", "items": two[0], "minItems": two[1]}
        ),
        below.map(lambda one: {"anyOf": [{"type": "null"}, one]}),
        st.dictionaries(names, below, max_size=4).map(
            lambda parts: {
                "type": "object", "properties": parts, "required": list(parts), "additionalProperties": False,
            }
        ),
    )  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    st.recursive(_LEAVES, _above, max_leaves=8), st.text(max_size=80) | st.just("Ann, 2027-05-03, 7 of us")
)
def test_an_answer_always_fits_its_schema(schema, text):
    whole = {**schema, "$defs": {"day": {"type": "string"}}}
    asked = reading.read(asking("Read it.", text or " x", schema=whole))
    Draft202012Validator(whole).validate(answer.filled(asked, whole))


def test_a_schema_that_holds_itself_has_an_end():
    node = {"type": "object", "properties": {"next": {"$ref": "#"}, "name": {"type": "string"}}}
    assert "name" in json.loads(said("", "Ann", schema={**node, "required": ["name"]}))


def test_a_slip_leaves_a_key_out_where_no_schema_holds_it():
    keys = {name: {"type": "string"} for name in ("name", "town")}
    schema = {"type": "object", "properties": keys, "required": list(keys)}
    system, seeds = "Answer with only JSON, with the keys name and town.", range(40)
    bare = [json.loads(said(system, "Ann, of Bath", seed=seed, model=OLD)) for seed in seeds]
    held = [json.loads(said(system, "Ann, of Bath", seed=seed, model=OLD, schema=schema)) for seed in seeds]
    assert 0 < sum(len(one) == 1 for one in bare) < 30
    assert all(set(one) == set(keys) for one in held)
