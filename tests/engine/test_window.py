"""What of a conversation goes along when it has outgrown its room."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.engine.window import tokens, windowed
from lab.types import Message

TOKENS = st.integers(1, 60)


def words(number: int) -> str:
    """A text that counts as so many tokens."""
    return "x" * (3 * number - 2)  # two quotation marks make it up


def user(number: int) -> Message:
    return {"role": "user", "content": words(number)}


def model(number: int) -> Message:
    return {"role": "assistant", "content": words(number)}


def call(name: str) -> Message:
    return {"role": "assistant", "content": [{"type": "tool_use", "id": name, "name": "t", "input": {}}]}


def result(name: str, number: int) -> Message:
    block = {"type": "tool_result", "tool_use_id": name, "content": words(number)}
    return {"role": "user", "content": [block]}


def size(messages: Sequence[Message]) -> int:
    return sum(tokens(message["content"]) for message in messages)


@st.composite
def exchanges(draw: st.DrawFn) -> list[list[Message]]:
    """Questions with their answers, some by way of tools."""
    found = []
    for number in range(draw(st.integers(0, 12))):
        exchange = [user(draw(TOKENS))]
        for step in range(draw(st.sampled_from([0, 0, 0, 1, 2]))):
            exchange += [call(f"{number}.{step}"), result(f"{number}.{step}", draw(TOKENS))]
        found.append([*exchange, model(draw(TOKENS))])
    return found


@given(exchanges(), TOKENS, st.integers(-10, 400))
def test_it_fits_and_exchanges_stay_whole(found: list[list[Message]], asked: int, room: int) -> None:
    history, question = [message for each in found for message in each], user(asked)
    kept = list(windowed(history, question, room))
    assert not kept or size([*kept, question]) <= room
    assert kept in [
        [message for each in found[first:] for message in each] for first in range(len(found) + 1)
    ]


@given(exchanges(), TOKENS, st.integers(1, 400))
def test_its_beginning_changes_only_when_it_overflows(
    found: list[list[Message]], asked: int, room: int
) -> None:
    """Each request begins as the one before it, unless that one with its answer left no room for more."""
    history: list[Message] = []
    before: list[Message] = []
    for message in [*(message for each in found for message in each), user(asked)]:
        if message["role"] == "user":
            sent = [*windowed(history, message, room), message]
            whole = [*before, *history[len(history) - 1 :], message] if before else [message]
            if size(whole) <= room:
                assert sent == whole
            else:
                assert size(sent) <= max(room // 2, size(_exchange(sent)))
            before = sent
        history.append(message)


def _exchange(sent: list[Message]) -> list[Message]:
    """The exchange that goes on: what cannot be left out."""
    asked = max(
        at for at, each in enumerate(sent) if isinstance(each["content"], str) and each["role"] == "user"
    )
    return sent[asked:]


@given(exchanges(), st.integers(1, 400))
def test_a_tools_call_and_its_result_go_together(found: list[list[Message]], room: int) -> None:
    history = [message for each in found for message in each]
    asked = [user(5), call("now"), result("now", 7)]
    kept = [*windowed([*history, *asked[:2]], asked[2], room), asked[2]]
    assert kept[-3:] == asked
    blocks = [block for each in kept if not isinstance(each["content"], str) for block in each["content"]]
    called = [block["id"] for block in blocks if block["type"] == "tool_use"]
    assert called == [block["tool_use_id"] for block in blocks if block["type"] == "tool_result"]
    assert size(kept) <= room or kept == asked


TEN = [user(10), model(10)]
TABLE: list[tuple[str, list[Any], int, int | None, int]] = [
    ("no limit is known", TEN * 9, 10, None, 18),
    ("nothing before", [], 10, 100, 0),
    ("all fits", TEN * 4, 20, 100, 8),
    ("one token over, half goes", TEN * 4, 21, 100, 2),
    ("the question alone is half", TEN * 4, 50, 100, 0),
    ("the question alone is too long", TEN * 4, 101, 100, 0),
    ("no room at all", TEN * 4, 1, 0, 0),
    ("less than none", TEN * 4, 1, -5, 0),
    ("a long answer goes next time", [user(10), model(200)], 10, 100, 0),
    ("after a drop it grows again", TEN * 6, 20, 100, 6),
]


@pytest.mark.parametrize(
    ("history", "asked", "room", "left"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_what_is_left(history: list[Message], asked: int, room: int | None, left: int) -> None:
    kept = list(windowed(history, user(asked), room))
    assert kept == history[len(history) - left :]


def test_half_a_surrogate_pair_has_a_size() -> None:
    assert tokens("\ud800") == 2
