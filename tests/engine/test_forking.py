"""Forks, replays, and alternatives of a turn: what is sent, and what stays as it was."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lab import engine, store
from lab.engine import Asked, File, Lab, Varied, again, ask, fork, replayed, varied
from lab.errors import BadInput
from lab.store import conversation_turned, turn_pinned
from lab.types import Origin, Principal, Request
from tests.engine.kit import PLAIN, STARTED, THINKER, lab_of, request
from tests.engine.test_chat import kept, model, on, said, turn, user
from tests.files import png

THOUGHT = {"type": "thinking", "thinking": "Hm.", "signature": "s"}
TEXT = {"type": "text", "text": "Yes."}
ROOT = Path(__file__).parents[2]


def answered(lab: Lab, me: Principal, asked: Asked | Request) -> Request:
    """A turn whose answer has thinking in it."""
    return turn(lab, me, asked, STARTED, said([THOUGHT, TEXT]))


def shown(lab: Lab, me: Principal, conversation: str) -> list[str]:
    """The calls that a conversation shows."""
    return [each["id"] for each in store.turns(lab.store.read, me, conversation, 9)]


def do(lab: Lab, write: Any) -> None:
    lab.store.post(write)
    lab.store.flush()


def body(found: Request) -> str:
    return json.dumps(found.body(), sort_keys=True)


def logged(lab: Lab, call: str) -> str:
    return json.dumps(store.call(lab.store.read, Principal("root", "admin"), call)["request"], sort_keys=True)


def test_an_edited_question_leaves_the_old_continuation_as_an_alternative(lab: Lab, me: Principal) -> None:
    first = answered(lab, me, Asked("One?"))
    second = answered(lab, me, on(first, "Two?"))
    third = answered(lab, me, on(second, "Three?"))
    conversation = first.origin.conversation
    edited = answered(lab, me, varied(lab, me, second.id, Varied("Zwei?")))
    assert edited.messages == (user("One?"), model(THOUGHT, "Yes."), user("Zwei?"))
    assert shown(lab, me, conversation) == [first.id, edited.id]
    _, last = store.turns(lab.store.read, me, conversation, 9)
    assert last["alternatives"] == [second.id, edited.id]
    follow = ask(lab, me, on(first, "So?"))
    assert [each["content"] for each in follow.messages if each["role"] == "user"] == ["One?", "Zwei?", "So?"]
    assert follow.messages[3] == model(THOUGHT, "Yes.")
    grown = store.tree(lab.store.read, conversation)
    do(lab, conversation_turned(conversation, grown.leaf(second.id)))
    assert shown(lab, me, conversation) == [first.id, second.id, third.id]
    assert ask(lab, me, on(first, "So?")).messages[:-1] == kept(lab, me, first)
    assert ask(lab, me, on(first, "So?", behind=edited.id)).body() == follow.body()
    assert len(store.calls(lab.store.read, me, 9)) == 4


def test_an_answer_again_is_the_same_request_in_the_same_place(lab: Lab, me: Principal) -> None:
    first = answered(lab, me, Asked("One?", system="Be brief.", effort="low", model=THINKER))
    other = answered(lab, me, again(lab, me, first.id))
    assert body(other) == body(first)
    conversation = first.origin.conversation
    assert shown(lab, me, conversation) == [other.id]
    assert kept(lab, me, first) == (user("One?"), model(THOUGHT, "Yes."))


def test_another_model_gets_no_thinking_and_only_what_it_takes(lab: Lab, me: Principal) -> None:
    first = answered(lab, me, Asked("One?", model=THINKER))
    second = answered(lab, me, on(first, "Two?", effort="low"))
    found = varied(lab, me, second.id, Varied(model=PLAIN))
    assert found.body() == {
        "model": PLAIN,
        "messages": [user("One?"), model("Yes."), user("Two?")],
        "max_tokens": 1024,
    }
    assert found.origin.parent == first.id


def test_another_prompt_says_everything_anew_round_the_same_words(lab: Lab, me: Principal) -> None:
    lab = replace(lab, folder=ROOT)
    picture = File("plan.png", png())
    first = answered(lab, me, Asked("One?", prompt="support@1"))
    second = answered(lab, me, on(first, "Two?", prompt="support@1", context="Facts.", files=[picture]))
    found = varied(lab, me, second.id, Varied(prompt="support@2", values={"plan": "team"}))
    wanted = ask(lab, me, Asked("Two?", prompt="support@2", values={"plan": "team"}, context="Facts."))
    assert (found.system, found.max_tokens) == (wanted.system, wanted.max_tokens)
    assert (found.origin.prompt, found.origin.version) == ("support", 2)
    shown = len(wanted.messages) - 1
    assert found.messages[:shown] == wanted.messages[:-1]
    assert found.messages[-2] == model("Yes.")
    last = found.messages[-1]["content"]
    assert [block["type"] for block in last] == ["image", "text"]
    assert store.plain_text(last) == store.plain_text(wanted.messages[-1]["content"])
    reworded = varied(lab, me, first.id, Varied("Eins?"))
    asked = store.plain_text(first.messages[-1]["content"])
    assert store.plain_text(reworded.messages[-1]["content"]) == asked.replace("One?", "Eins?")


def test_what_cannot_be_varied_is_said(lab: Lab, me: Principal) -> None:
    first = answered(lab, me, Asked("One?"))
    with pytest.raises(BadInput, match="There is no question"):
        varied(lab, me, first.id, Varied(" "))
    with pytest.raises(BadInput, match="No model 'claude-x'"):
        varied(lab, me, first.id, Varied(model="claude-x"))
    with pytest.raises(BadInput, match="There is no turn 'nothing'"):
        fork(lab, me, first.origin.conversation, "nothing")
    with pytest.raises(BadInput, match="There is no turn"):
        fork(lab, Principal("somebody else"), first.origin.conversation, first.id)


def test_a_fork_begins_alike_and_goes_its_own_way(lab: Lab, me: Principal) -> None:
    first = answered(lab, me, Asked("One?", files=[File("plan.png", png())]))
    second = answered(lab, me, on(first, "Two?"))
    answered(lab, me, on(second, "Three?"))
    conversation, before = first.origin.conversation, kept(lab, me, first)
    forked = fork(lab, me, conversation, second.id)
    assert store.title(lab.store.read, me, forked) == "One? (fork)"
    assert store.lineage(lab.store.read, forked) == (conversation, second.id)
    assert shown(lab, me, forked) == [first.id, second.id]
    mine = ask(lab, me, Asked("Else?", conversation=forked))
    assert mine.messages == (*before[:4], user("Else?"))
    answered(lab, me, mine)
    other = answered(lab, me, again(lab, me, second.id, forked))
    assert (other.origin.conversation, body(other)) == (forked, body(second))
    assert store.turns(lab.store.read, me, forked, 9)[-1]["alternatives"] == [second.id, other.id]
    assert kept(lab, me, first) == before
    do(lab, store.conversation_deleted(conversation))
    assert ask(lab, me, Asked("So?", conversation=forked)).messages[:-1] == before[:4]
    assert shown(lab, me, forked) == [first.id, other.id]
    assert store.lineage(lab.store.read, forked) == (None, second.id)


TOOL = {"name": "weather", "description": "d", "input_schema": {"type": "object"}}
HISTORY = (
    user("E"),
    model(THOUGHT, "e"),
    user("What is it like?"),
    {
        "role": "assistant",
        "content": [THOUGHT, {"type": "tool_use", "id": "t", "name": "weather", "input": {}}],
    },
    {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "content": "Cold."}]},
)


def test_any_logged_call_is_sent_again_byte_by_byte(lab: Lab, me: Principal) -> None:
    """One of a check, with examples, a schema, tools and their answers, thinking and effort."""
    options = {
        "tools": [TOOL],
        "thinking": {"type": "adaptive", "display": "summarized"},
        "output_config": {"effort": "low", "format": {"type": "json_schema", "schema": {"type": "object"}}},
        "stop_sequences": ["END"],
    }
    system = ({"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}},)
    asked = request(model=THINKER, system=system, options=options, messages=HISTORY, max_tokens=777)
    check = answered(lab, me, replace(asked, origin=Origin("check", me.user, conversation="away")))
    do(lab, store.conversation_deleted("away"))
    conversation = replayed(lab, me, check.id)
    assert store.title(lab.store.read, me, conversation) == "What is it like? (replay)"
    (only,) = store.turns(lab.store.read, me, conversation, 9)
    assert (only["question"], len(only["steps"])) == ("What is it like?", 2)
    found = again(lab, me, check.id, conversation)
    assert body(found) == body(check) == logged(lab, check.id)
    answered(lab, me, found)
    assert logged(lab, found.id) == logged(lab, check.id)
    follow = ask(lab, me, Asked("And then?", conversation=conversation))
    assert follow.messages == (*HISTORY, model(THOUGHT, "Yes."), user("And then?"))
    assert (follow.system, follow.options, follow.max_tokens) == (system, options, 777)
    changed = ask(lab, me, Asked("And then?", conversation=conversation, model="claude-sonnet-5-5"))
    assert "Hm." not in json.dumps(changed.body())


def test_a_replay_of_a_conversations_call_brings_its_turns(lab: Lab, me: Principal) -> None:
    first = answered(lab, me, Asked("One?"))
    second = answered(lab, me, on(first, "Two?"))
    conversation = replayed(lab, me, second.id)
    assert shown(lab, me, conversation) == [first.id, second.id]
    assert body(again(lab, me, second.id, conversation)) == body(second)


def test_what_cannot_be_sent_as_it_was_is_named(lab: Lab, me: Principal) -> None:
    lab = lab_of(lab.store, db=lab.store.path)
    options = {"metadata": {"user_id": "lab-somebody"}, "container": "c"}
    linked = {"type": "image", "source": {"type": "url", "url": "https://x.example/a.png"}}
    asked = request(options=options, messages=({"role": "user", "content": [linked]},))
    answered(lab, me, replace(asked, origin=Origin("chat", me.user, conversation="c")))
    found = engine.departures(lab, store.call(lab.store.read, me, asked.id))
    assert [words.split(":")[0] for words in found] == [
        "It names who asked",
        "It names files that lie elsewhere",
        "It names a container of the API, which may be gone.",
    ]


def test_a_pinned_turn_stays_when_the_window_is_cut(lab: Lab, me: Principal) -> None:
    small = replace(lab.model(PLAIN), context=700)
    lab = replace(lab_of(lab.store, model=PLAIN, max_tokens=100), models={PLAIN: small})
    first = answered(lab, me, Asked("Q0"))
    conversation = first.origin.conversation
    do(lab, turn_pinned(conversation, first.id, True))
    for number in range(1, 4):
        last = answered(lab, me, on(first, f"Q{number} {'long ' * 110}"))
    words = [store.plain_text(each["content"]).split()[0] for each in last.messages]
    assert words == ["Q0", "Yes.", "Q3"]
    assert "Hm." not in json.dumps(last.body())
    turns = store.turns(lab.store.read, me, conversation, 9)
    assert [(each["pinned"], each["outside"]) for each in turns] == [
        (True, False),
        (False, True),
        (False, True),
        (False, False),
    ]
    do(lab, turn_pinned(conversation, first.id, False))
    turns = store.turns(lab.store.read, me, conversation, 9)
    assert [each["outside"] for each in turns] == [False, True, True, False]
    follow = ask(lab, me, on(first, f"Q4 {'long ' * 110}"))
    assert "Q0" not in json.dumps(follow.body())
    do(lab, turn_pinned(conversation, last.id, True))
    with pytest.raises(BadInput, match="leaves no room"):
        ask(lab, me, on(first, "long " * 300))
