"""Answers that follow a schema: read while they grow, checked when they are complete."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from lab.answer import Answer
from lab.engine import build, misfit
from lab.engine.structured import Fold
from lab.store import Store
from lab.types import Done, Event, Json, Text
from tests.engine.kit import STARTED, caller, collect, done, lab_of, request

SCHEMA = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "tags": {"type": "array", "items": {"type": "integer"}}},
    "required": ["name", "tags"],
}
ASKED = {"output_config": {"format": {"type": "json_schema", "schema": SCHEMA}}}
TEXT = '{"name": "Ana Lima", "tags": [12, 3456]}'


def events(store: Store, *steps: Event | BaseException, options: dict[str, Any] = ASKED) -> list[Event]:
    """What comes out of all layers for a request with these options."""
    return asyncio.run(collect(build(lab_of(store), caller(*steps)), request(options=options)))


def test_fields_show_as_they_complete_and_the_whole_comes_last(store: Store) -> None:
    found = events(store, STARTED, *map(Text, TEXT), done(TEXT))
    shown = [event.snapshot for event in found if type(event) is Json]
    assert shown[-1] == json.loads(TEXT) and type(found[-1]) is Done
    assert len(shown) < len(TEXT) / 4
    for value in shown:
        assert "Ana Lima".startswith(value.get("name", ""))
        assert value.get("tags", []) in ([], [12], [12, 3456])
    assert {"name": "Ana Lima"} in [{"name": value.get("name")} for value in shown]
    folded = Answer()
    for event in found:
        folded.add(event)
    assert folded.json == json.loads(TEXT) and folded.text == TEXT


def test_without_a_schema_nothing_is_read(store: Store) -> None:
    found = events(store, STARTED, Text(TEXT), done(TEXT), options={})
    assert not [event for event in found if type(event) is Json]


def test_a_cut_stream_keeps_what_was_read(store: Store) -> None:
    answer = Answer()
    for event in (STARTED, Json({"name": "An"})):
        answer.add(event)
    answer.fail(ConnectionError())
    assert answer.json == {"name": "An"}


@pytest.mark.parametrize("text", ["Sorry, no.", "{]", "", "   ", "{'a': 1}"])
def test_what_is_no_json_is_passed_on_in_silence(text: str) -> None:
    fold = Fold()
    assert not any([fold.add(piece) for piece in text] + [fold.end()])  # at most an empty beginning


def test_what_is_nested_without_end_is_read_as_far_as_it_goes() -> None:
    fold = Fold()
    assert fold.add("[[[") == [[[]]]
    assert fold.add("[" * 5000) is None and fold.end() is None


def test_a_long_answer_is_read_a_fixed_number_of_times_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted where the reading is done: the characters handed to the parser grow with the answer's length,
    not with its square."""
    import jiter

    taken: list[int] = []
    parse = jiter.from_json
    monkeypatch.setattr(jiter, "from_json", lambda data, **how: taken.append(len(data)) or parse(data, **how))
    costs = []
    for size in (20_000, 80_000):
        taken.clear()
        fold, text = Fold(), json.dumps({"a": "x" * size})
        for at in range(0, len(text), 4):
            fold.add(text[at : at + 4])
        assert fold.end() == {"a": "x" * size}
        costs.append(sum(taken) / size)
    assert costs[1] < 1.5 * costs[0] < 1.5 * 20


@pytest.mark.parametrize(
    ("text", "stop_reason", "said"),
    [
        (TEXT, "end_turn", None),
        ('{"name": "Ana", "tags": ["x"]}', "end_turn", "at $.tags[0], 'x' is not of type 'integer'"),
        ('{"name": "Ana"}', "end_turn", "at $, 'tags' is a required property"),
        ('{"name": "An', "max_tokens", "cut off at max_tokens: allow a longer answer"),
        ('{"name": "An', "refusal", "Claude declined in the middle of it"),
        ('{"name": "Ana"}', "max_tokens", "required property; it was cut off at max_tokens"),
        ("Here you are.", "end_turn", "it is not JSON (Expecting value: line 1 column 1"),
        ("[" * 100_000, "end_turn", "it is not JSON"),
        ("", "refusal", None),
        ('{"name": "An', None, None),
    ],
)
def test_whether_an_answer_kept_to_its_schema(text: str, stop_reason: str | None, said: str | None) -> None:
    found = misfit(ASKED, [{"type": "text", "text": text}], stop_reason)
    assert found is None if said is None else found and said in found


@pytest.mark.parametrize(
    "schema", [{"type": "nonsense"}, {"$ref": "https://example.com/s.json"}, {"$ref": "#/nowhere"}]
)
def test_a_schema_that_checks_nothing_is_named_and_nothing_is_fetched(schema: dict[str, Any]) -> None:
    asked = {"output_config": {"format": {"type": "json_schema", "schema": schema}}}
    assert "the schema itself is wrong" in misfit(asked, [{"type": "text", "text": "{}"}], "end_turn")


def test_no_schema_no_judgement() -> None:
    for asked in ({}, {"output_config": None}, {"output_config": {"effort": "low"}}):
        assert misfit(asked, [{"type": "text", "text": "x"}], "end_turn") is None
