"""A conversation's turns: what is asked, what is kept, and what goes along the next time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing, suppress
from dataclasses import replace
from typing import Any

import pytest

from lab.engine import Asked, Lab, ask, build, converse
from lab.errors import BadInput, CallError
from lab.store import Store, conversation, latest_conversation
from lab.types import Done, Event, Message, Note, Principal, Request, Sent, Text
from tests.engine.kit import PLAIN, STARTED, THINKER, answer, caller, done, lab_of, row

OVERLOADED = CallError("Overloaded.", status=529, type="overloaded_error", retry_after=0.001)
THOUGHT = {"type": "thinking", "thinking": "Hm.", "signature": "s"}
REDACTED = {"type": "redacted_thinking", "data": "x"}


def turn(
    lab: Lab, me: Principal, asked: Asked | Request, *steps: Event | BaseException, leave: bool = False
) -> Request:
    """Ask, and get this for an answer; gives what was asked."""
    asked_for = asked if isinstance(asked, Request) else ask(lab, me, asked)

    async def converse_on() -> None:
        call = build(lab, caller(*(steps or answer("Yes", "."))))
        async with aclosing(converse(lab, call, me, asked_for)) as events:
            async for event in events:
                if leave and type(event) is Text:
                    return

    with suppress(CallError):
        asyncio.run(converse_on())
    lab.store.flush()
    return asked_for


def on(asked_for: Request, text: str = "And then?", **fields: Any) -> Asked:
    """The next question of the same conversation."""
    return Asked(text, conversation=asked_for.origin.conversation, **fields)


def said(content: Sequence[dict[str, Any]], stop_reason: str = "end_turn") -> Done:
    """The end of an answer of these blocks."""
    end = done(stop_reason=stop_reason)
    return Done(replace(end.reply, content=tuple(content)))


def user(text: str) -> Message:
    return {"role": "user", "content": text}


def model(*blocks: dict[str, Any] | str) -> Message:
    content = [{"type": "text", "text": block} if isinstance(block, str) else block for block in blocks]
    return {"role": "assistant", "content": content}


def kept(lab: Lab, me: Principal, asked_for: Request) -> tuple[Message, ...]:
    """The conversation as the next question would find it."""
    return conversation(lab.store.read, me, asked_for.origin.conversation).messages


def test_the_first_question_is_by_the_settings(lab: Lab, me: Principal) -> None:
    asked = ask(lab, me, Asked("Hello"))
    assert asked.body() == {"model": PLAIN, "messages": [user("Hello")], "max_tokens": 1024}
    assert (asked.origin.source, asked.origin.user) == ("chat", me.user)
    assert ask(lab, me, Asked("Hello")).origin.conversation != asked.origin.conversation


def test_what_is_asked_for_goes_before_the_settings(lab: Lab, me: Principal) -> None:
    asked = ask(lab, me, Asked("Hello", THINKER, "Be brief.", 50, "low"))
    fields = {"model": THINKER, "system": "Be brief.", "max_tokens": 50, "output_config": {"effort": "low"}}
    assert asked.body() == fields | {"messages": [user("Hello")]}


def test_both_turns_are_kept_and_go_along(lab: Lab, me: Principal) -> None:
    first = turn(lab, me, Asked("Up?"))
    second = turn(lab, me, on(first, "Down?"))
    assert second.messages == (user("Up?"), model("Yes."), user("Down?"))
    assert kept(lab, me, first) == (*second.messages, model("Yes."))
    assert row(lab, second)["request"]["messages"] == list(second.messages)


def test_the_next_question_goes_on_with_the_last_ones_settings(lab: Lab, me: Principal) -> None:
    first = turn(lab, me, Asked("Up?", THINKER, "Be brief.", 50, "low"))
    second = ask(lab, me, on(first))
    for field in ("model", "system", "max_tokens", "options"):
        assert getattr(second, field) == getattr(first, field)
    changed = ask(lab, me, on(first, model=PLAIN, system="", max_tokens=60))
    assert (changed.model, changed.system, changed.max_tokens) == (PLAIN, "", 60)
    assert ask(lab, me, on(first, effort="high")).options == {"output_config": {"effort": "high"}}


def test_what_another_model_does_not_take_stays_behind(lab: Lab, me: Principal) -> None:
    first = turn(lab, me, Asked("Up?", THINKER, max_tokens=128_000, effort="max"))
    second = ask(lab, me, on(first, model=PLAIN))
    assert (second.max_tokens, second.options) == (64_000, {})
    with pytest.raises(BadInput, match="does not take effort 'max'"):
        ask(lab, me, on(first, model=PLAIN, effort="max"))
    with pytest.raises(BadInput, match="writes at most 64,000"):
        ask(lab, me, on(first, model=PLAIN, max_tokens=128_000))


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (Asked(""), "There is no question"),
        (Asked(" \n"), "There is no question"),
        (Asked("a\ud800"), r"holds '\\ud800', which is no character"),
        (Asked("a", system="\udc80"), r"holds '\\udc80', which is no character"),
        (Asked("a", model="claude-haiku-4-6"), "No model 'claude-haiku-4-6'. Did you mean"),
        (Asked("a", max_tokens=0), "max_tokens is 0, but must be at least 1"),
        (Asked("a", max_tokens=-1), "max_tokens is -1"),
        (Asked("a", max_tokens=64_001), "writes at most 64,000"),
        (Asked("a", effort="high"), "does not take effort 'high'"),
        (Asked("a", conversation="nowhere"), "There is no conversation 'nowhere'"),
    ],
)
def test_what_cannot_be_asked_is_said_before_anything_is_sent(
    asked: Asked, words: str, lab: Lab, me: Principal
) -> None:
    with pytest.raises(BadInput, match=words):
        ask(lab, me, asked)


def test_a_model_at_an_unknown_endpoint_cannot_be_asked(lab: Lab, me: Principal) -> None:
    models = {**lab.models, "llama": replace(lab.models[PLAIN], id="llama", endpoint="cellar")}
    with pytest.raises(BadInput, match="names the endpoint 'cellar'"):
        ask(replace(lab, models=models), me, Asked("a", model="llama"))


def test_the_settings_length_gives_way_to_a_models_own(store: Store, me: Principal) -> None:
    assert ask(lab_of(store, model=PLAIN, max_tokens=10**6), me, Asked("a")).max_tokens == 64_000


def test_an_alias_is_the_same_model(lab: Lab, me: Principal) -> None:
    full = lab.models[PLAIN]
    lab = replace(lab, models={**lab.models, PLAIN: replace(full, aliases=("quick",))})
    first = turn(lab, me, Asked("Up?", "quick"), STARTED, said([THOUGHT, model("Yes.")["content"][0]]))
    assert first.model == PLAIN
    assert ask(lab, me, on(first, model="quick")).messages[1] == model(THOUGHT, "Yes.")


@pytest.mark.parametrize(
    ("change", "left"),
    [
        ({}, model(REDACTED, THOUGHT, "Yes.")),
        ({"model": PLAIN, "system": "Be brief.", "effort": None}, model(REDACTED, THOUGHT, "Yes.")),
        ({"max_tokens": 9}, model(REDACTED, THOUGHT, "Yes.")),
        ({"model": "claude-opus-4-8"}, model("Yes.")),
        ({"system": "Be long."}, model("Yes.")),
        ({"system": ""}, model("Yes.")),
    ],
)
def test_thinking_goes_along_with_its_own_model_and_system_only(
    change: dict, left: Message, lab: Lab, me: Principal
) -> None:
    end = said([REDACTED, THOUGHT, {"type": "text", "text": "Yes."}])
    first = turn(lab, me, Asked("Up?", system="Be brief."), STARTED, end)
    assert ask(lab, me, on(first, **change)).messages == (user("Up?"), left, user("And then?"))


def test_thinking_stays_behind_once_a_conversation_has_changed_its_model(lab: Lab, me: Principal) -> None:
    end = said([THOUGHT, {"type": "text", "text": "Yes."}])
    first = turn(lab, me, Asked("Up?"), STARTED, end)
    second = turn(lab, me, on(first, model=THINKER), STARTED, end)
    assert model("Yes.") in ask(lab, me, on(second)).messages
    assert model(THOUGHT, "Yes.") not in ask(lab, me, on(second)).messages


def test_what_the_window_cut_takes_all_thinking_with_it(store: Store, me: Principal) -> None:
    small = replace(lab_of(store).model(PLAIN), context=600)
    lab = replace(lab_of(store, model=PLAIN, max_tokens=100), models={PLAIN: small})
    end = said([THOUGHT, {"type": "text", "text": "Yes."}])
    asked = turn(lab, me, Asked("Up? " + "u" * 900), STARTED, end)
    asked = turn(lab, me, on(asked, "Down?"), STARTED, end)
    asked = turn(lab, me, on(asked, "Left? " + "l" * 600), STARTED, end)
    assert asked.messages[:2] == (user("Down?"), model("Yes."))


@pytest.mark.parametrize(
    ("content", "stop_reason", "left"),
    [
        ([{"type": "text", "text": "Yes."}], "max_tokens", ["Yes."]),
        ([], "end_turn", []),
        ([{"type": "text", "text": ""}], "end_turn", []),
        ([THOUGHT], "max_tokens", []),
        ([THOUGHT, {"type": "text", "text": " \n"}], "end_turn", []),
        ([{"type": "text", "text": "Yes."}, THOUGHT, REDACTED], "max_tokens", ["Yes."]),
        ([THOUGHT, {"type": "text", "text": ""}, {"type": "text", "text": "a"}], "end_turn", [THOUGHT, "a"]),
        ([{"type": "text", "text": "I will n"}], "refusal", []),
    ],
)
def test_only_what_the_api_takes_back_goes_along(
    content: list, stop_reason: str, left: list, lab: Lab, me: Principal
) -> None:
    first = turn(lab, me, Asked("Up?"), STARTED, said(content, stop_reason))
    history = (user("Up?"), model(*left)) if left else ()
    assert ask(lab, me, on(first)).messages == (*history, user("And then?"))
    assert row(lab, first)["answer"] == (content or None)


@pytest.mark.parametrize(
    ("steps", "leave", "left"),
    [
        ([CallError("Gone.", status=200, type="connection_lost")], False, ()),
        ([STARTED, Text(" "), CallError("Gone.", status=200)], False, ()),
        ([STARTED, Text("Ye"), CallError("Gone.", status=200)], False, (user("Up?"), model("Ye"))),
        ([STARTED, Text("Ye"), Text("s")], True, (user("Up?"), model("Ye"))),
        ([OVERLOADED], False, ()),
    ],
)
def test_an_answer_that_broke_off_goes_along_as_far_as_it_came(
    steps: list, leave: bool, left: tuple, lab: Lab, me: Principal
) -> None:
    first = turn(lab, me, Asked("Up?"), *steps, leave=leave)
    assert kept(lab, me, first) == left
    second = turn(lab, me, on(first))
    assert second.messages == (*left, user("And then?"))


def test_a_question_sent_three_times_is_one_turn(lab: Lab, me: Principal) -> None:
    first = turn(lab, me, Asked("Up?"), OVERLOADED)
    assert len(row(lab, first)["attempts"]) == 3
    count = "SELECT count(*) FROM messages WHERE conversation_id = ?"
    assert lab.store.read.execute(count, (first.origin.conversation,)).fetchone()[0] == 1


def test_a_conversation_is_named_by_its_first_question(lab: Lab, me: Principal) -> None:
    first = turn(lab, me, Asked("  How do I\n reset my password?  " + "x" * 100))
    turn(lab, me, on(first, "And my name?"))
    title = lab.store.read.execute(
        "SELECT title FROM conversations WHERE id = ?", (first.origin.conversation,)
    ).fetchone()[0]
    assert title.startswith("How do I reset my password? xxx")
    assert len(title) == 80


def test_the_latest_conversation_is_the_one_last_spoken_in(lab: Lab, me: Principal) -> None:
    with pytest.raises(BadInput, match="no conversation to continue"):
        latest_conversation(lab.store.read, me)
    first, second = turn(lab, me, Asked("One?")), turn(lab, me, Asked("Two?"))
    assert latest_conversation(lab.store.read, me) == second.origin.conversation
    turn(lab, me, on(first))
    assert latest_conversation(lab.store.read, me) == first.origin.conversation
    with pytest.raises(BadInput, match="no conversation to continue"):
        latest_conversation(lab.store.read, Principal("somebody else"))


def test_somebody_elses_conversation_cannot_be_continued(lab: Lab, me: Principal) -> None:
    first = turn(lab, me, Asked("Up?"))
    with pytest.raises(BadInput, match="There is no conversation"):
        ask(lab, Principal("somebody else"), on(first))
    assert ask(lab, Principal("root", "admin"), on(first)).messages[0] == user("Up?")


def test_events_reach_the_reader_as_they_are(lab: Lab, me: Principal) -> None:
    asked_for = ask(lab, me, Asked("Up?"))
    steps = [STARTED, Note("kind", "words"), *answer("Yes")[1:]]

    async def read() -> list[Event]:
        call = build(lab, caller(*steps))
        return [event async for event in converse(lab, call, me, asked_for)]

    assert [type(event) for event in asyncio.run(read())] == [Sent, *map(type, steps)]
