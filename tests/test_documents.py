"""YAML without its traps, there and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.documents import decode, dump, parse
from lab.errors import BadInput

text = st.text(st.characters(codec="utf-8"), max_size=60) | st.text(
    " \t\n\xa0ab:#-|>'\"{}[]&*!%@`1.0", max_size=30
)
numbers = st.floats(allow_nan=False, allow_infinity=False)
scalars = st.none() | st.booleans() | numbers | st.integers(-(10**18), 10**18) | text
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(text, values, max_size=4) | st.lists(values, max_size=4).filter(bool))
def test_what_is_written_is_read_back(value: object) -> None:
    written = dump(value)
    if value:
        assert parse(written, "x").value == value
        assert dump(parse(written, "x").value) == written


@given(st.text(max_size=200) | st.text("ab:-[]{}&*!|>'\"#%,? \n\t\x00\x85", max_size=80))
def test_any_text_is_read_or_refused_with_a_line(text: str) -> None:
    try:
        parse(text, "x.yaml")
    except BadInput as error:
        assert str(error).startswith("x.yaml, line ")


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("version: 1.10", 1, '"1.10"'),
        ("a: 1\nzip: 0123", 2, '"0123"'),
        ("country: no", 1, '"no"'),
        ("a: yes", 1, "more than one way"),
        ("a: On", 1, "more than one way"),
        ("a: True", 1, "more than one way"),
        ("a: 0x1F", 1, "more than one way"),
        ("a: 1_000", 1, "more than one way"),
        ("a: .inf", 1, "more than one way"),
        ("a: +1", 1, "more than one way"),
        ("a: 1.", 1, "more than one way"),
        ("a: 999999999999999999999", 1, "more than one way"),
        ("a: 1\nb: 2\na: 3", 3, "'a' stands here twice; first on line 1"),
        ("a: &x 1\nb: *x", 1, "aliases"),
        ("a: !!python/object:os.system x", 1, "tags"),
        ("a: !custom x", 1, "tags"),
        ("a: {<<: 1}", 1, "cannot be a name"),
        ("? [1, 2]\n: x", 1, "a name must be text"),
        ("null: x", 1, "cannot be a name"),
        ("a: 1\n---\nb: 2", 2, "second document"),
        ("a: [1, 2", 1, "flow sequence"),
        ("a: 'x", 1, "quoted scalar"),
        ("a:\n\t- x", 2, "token"),
        ("a: \x01", 1, "not allowed"),
        ("a: ééééééé\nb: \x01\n\n\n\n", 2, r"'\x01' is not allowed"),
        ("a: \ud800", 1, r"'\ud800' is not allowed"),
        ("a: 1e999", 1, "more than one way"),
        ("[" * 5000, 1, "deeper than 20"),
        ("a: " + "x" * 300_000, 1, "too many"),
    ],
)
def test_traps_are_refused_where_they_stand(text: str, line: int, words: str) -> None:
    with pytest.raises(BadInput, match=rf"^x\.yaml, line {line}: ") as refused:
        parse(text, "x.yaml")
    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("a: 1.5\nb: 1.0\nc: 2e3\nd: -7", {"a": 1.5, "b": 1.0, "c": 2000.0, "d": -7}),
        ("a: 2026-11-20\nb: 12:30", {"a": "2026-11-20", "b": "12:30"}),
        ('a: "1.10"\nb: \'no\'\nc: "null"', {"a": "1.10", "b": "no", "c": "null"}),
        ("a: null\nb: ~\nc:", {"a": None, "b": None, "c": None}),
        ("a: true\nb: false", {"a": True, "b": False}),
        ("{2: 90, 3: 10}", {2: 90, 3: 10}),
        ('"<<": 1', {"<<": 1}),
        ("a: |\n  one\n\n  two\n", {"a": "one\n\ntwo\n"}),
    ],
)
def test_scalars_mean_what_they_look_like(text: str, value: object) -> None:
    assert parse(text, "x").value == value


def test_lines_are_known_for_every_value() -> None:
    document = parse("a: 1\nb:\n  - x\n  - c: 2\n    d: 3\n", "x.yaml")
    assert document.where("b", 1, "d") == "x.yaml, line 5"
    assert document.where("b", 7, "q") == "x.yaml, line 2"
    assert str(document.error("no.", "b", 0)) == "x.yaml, line 3: no."


def test_lines_inside_a_block_are_known() -> None:
    document = parse("a: x\nb: |\n  one\n  two\nc: >\n  one\n  two\n", "x.yaml")
    assert document.where("b", below=1) == "x.yaml, line 4"
    assert document.where("c", below=1) == "x.yaml, line 5"
    assert str(document.error("no.", "b", below=0)) == "x.yaml, line 3: no."
    assert document.where("b") == "x.yaml, line 2"


def test_what_is_nested_too_deep_is_not_written() -> None:
    value: object = "x"
    for _ in range(20):
        value = {"a": value}
    assert parse(dump(value), "x").value == value
    with pytest.raises(BadInput, match="deeper than 20"):
        dump([value])


@pytest.mark.parametrize("word", ["1h", "5m", "0ab3", "0x1f", "12e4", "0o7", "1e", "no", "-", "1.10", "3"])
def test_words_are_quoted_only_where_they_could_be_numbers(word: str) -> None:
    assert parse(dump({"a": word}), "x").value == {"a": word}
    assert ('"' in dump({"a": word})) == (word not in ("1h", "5m", "0ab3", "1e"))


@pytest.mark.parametrize("text", ["a\tb\n\tc", "\tx\ny", "prix : 5\xa0€\nmerci"])
def test_tabs_and_hard_spaces_may_stand_in_a_block(text: str) -> None:
    assert dump({"a": text}).startswith("a: |")
    assert parse(dump({"a": text}), "x").value == {"a": text}


@pytest.mark.parametrize(
    ("data", "words"),
    [("a: 1".encode("utf-16"), "UTF-16"), (b"a: 1\nb: \xe9", "line 2: this is not UTF-8")],
)
def test_other_encodings_are_named(data: bytes, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        decode(data, "x.yaml")


def test_text_of_several_lines_stands_as_a_block() -> None:
    assert (
        dump({"system": "You help.\n\nBe brief.\n", "n": 1})
        == "system: |\n  You help.\n\n  Be brief.\nn: 1\n"
    )
