"""Calls that follow from one that ended early: gone on with as it came, or asked again with less history."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from lab import store
from lab.engine import Asked, Lab, ask, go_on, latest, shortened
from lab.errors import BadInput
from lab.store import Wanted
from lab.types import Principal
from tests.engine.kit import STARTED
from tests.engine.test_chat import kept, model, on, said, turn, user

SEARCH = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "up"}}
THOUGHT = {"type": "thinking", "thinking": "Hm.", "signature": "s"}
TEXT = {"type": "text", "text": "Yes."}


def resumed(lab: Lab, who: Principal, request: Any, *content: dict, stop_reason: str = "end_turn") -> Any:
    """Make a call that was built already."""
    return turn(lab, who, request, STARTED, said(content, stop_reason))


def test_a_paused_answer_goes_on_as_it_came(lab: Lab, me: Principal) -> None:
    first = turn(lab, me, Asked("Up?"), STARTED, said([THOUGHT, SEARCH], "pause_turn"))
    second = go_on(lab, me, first.id)
    assert second.messages == (user("Up?"), model(THOUGHT, SEARCH))
    assert second.id != first.id and second.origin == replace(first.origin, parent=first.id)
    resumed(lab, me, second, SEARCH, stop_reason="pause_turn")
    third = go_on(lab, me, second.id)
    assert third.messages == (user("Up?"), model(THOUGHT, SEARCH, SEARCH))
    resumed(lab, me, third, TEXT)
    assert [message["role"] for message in kept(lab, me, first)] == ["user", *["assistant"] * 3]
    asked = ask(lab, me, on(first))
    assert asked.messages[-2:] == (model("Yes."), user("And then?"))
    conversation = first.origin.conversation
    turns = store.turns(lab.store.read, me, conversation, 9)
    assert [(one["question"], one["outside"]) for one in turns] == [
        ("Up?", False),
        (None, False),
        (None, False),
    ]
    assert latest(lab, me, conversation) == third.id


@pytest.mark.parametrize("stop_reason", ["end_turn", "max_tokens", "refusal", "tool_use"])
def test_only_what_was_paused_goes_on(stop_reason: str, lab: Lab, me: Principal) -> None:
    first = turn(lab, me, Asked("Up?"), STARTED, said([TEXT], stop_reason))
    with pytest.raises(BadInput, match="was not paused"):
        go_on(lab, me, first.id)


@pytest.mark.parametrize(("exchanges", "left"), [(1, []), (2, ["Q1"]), (3, ["Q2"]), (4, ["Q2", "Q3"])])
def test_half_of_the_history_is_left_out(
    exchanges: int,
    left: list[str],
    lab: Lab,
    me: Principal,
) -> None:
    last = turn(lab, me, Asked("Q0"), STARTED, said([THOUGHT, TEXT]))
    for number in range(1, exchanges):
        last = turn(lab, me, on(last, f"Q{number}"), STARTED, said([THOUGHT, TEXT]))
    last = turn(lab, me, on(last, "Last?"), STARTED, said([TEXT], "model_context_window_exceeded"))
    found = shortened(lab, me, last.id)
    expected = [message for text in left for message in (user(text), model("Yes."))]
    assert list(found.messages) == [*expected, user("Last?")]
    assert found.id != last.id


def test_examples_stay_when_a_conversation_is_shortened(lab: Lab, me: Principal) -> None:
    shown = (user("E"), model("e"))
    first = ask(lab, me, Asked("Q0"))
    first = resumed(lab, me, replace(first, messages=(*shown, *first.messages)), TEXT)
    second = turn(lab, me, on(first, "Q1"), STARTED, said([TEXT], "model_context_window_exceeded"))
    assert second.messages[:2] == shown
    assert shortened(lab, me, second.id).messages == (*shown, user("Q1"))


def test_without_a_history_there_is_nothing_to_leave_out(lab: Lab, me: Principal) -> None:
    first = turn(lab, me, Asked("Up?"), STARTED, said([TEXT], "model_context_window_exceeded"))
    with pytest.raises(BadInput, match="no history to leave out"):
        shortened(lab, me, first.id)


@pytest.mark.parametrize(
    ("text", "stop_reason", "marked"),
    [
        ("I can't help with that.", "end_turn", True),
        ("I can't help with that.", "stop_sequence", True),
        ("I can't help with that.", "refusal", False),
        ("I can't help with that.", "max_tokens", False),
        ("Up is there.", "end_turn", False),
    ],
)
def test_what_may_be_a_refusal_is_marked_and_found(
    text: str,
    stop_reason: str,
    marked: bool,
    lab: Lab,
    me: Principal,
) -> None:
    asked = turn(lab, me, Asked("Up?"), STARTED, said([{"type": "text", "text": text}], stop_reason))
    found = store.page(lab.store.read, me, Wanted(marked="may be a refusal", origin="chat"), 9).calls
    assert [call["id"] for call in found] == [asked.id] * marked
    assert store.page(lab.store.read, me, Wanted(marked="nonsense"), 9).calls == ()
