"""The fold from events to an answer, for any stream that the contract allows and some that it does not."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.answer import Answer
from lab.errors import BadKey, CallError
from lab.types import (
    OPEN_STATES,
    Done,
    Event,
    Note,
    Origin,
    Reply,
    Request,
    Sent,
    Started,
    State,
    Text,
    Thinking,
    Timing,
    Usage,
)

ASKED = Request("id", "model", ({"role": "user", "content": "Up?"},), 10, Origin("api", "me"))
SENT = Sent(ASKED)
STARTED = Started("msg_1", "req_1", "model", Usage(input_tokens=1), {}, "api")
REPLY = Reply("msg_1", "req_1", (), "model", "end_turn", None, None, Usage(), Timing(0, 0, 0), "api")


def done(text: str = "", stop_reason: str = "end_turn") -> Done:
    content = ({"type": "text", "text": text},) if text else ()
    return Done(replace(REPLY, content=content, stop_reason=stop_reason))


def answer(*events: Event | BaseException) -> Answer:
    found = Answer()
    for event in events:
        found.fail(event) if isinstance(event, BaseException) else found.add(event)
    return found


FAILED = CallError("No.", status=529)
STALLED = CallError("Silence.", status=200, state="stalled")
UNKNOWN = CallError("Nothing came back.")


@pytest.mark.parametrize(
    ("events", "state", "text"),
    [
        ([], "started", ""),
        ([SENT], "started", ""),
        ([SENT, Note("kind", "words")], "started", ""),
        ([SENT, STARTED], "streaming", ""),
        ([SENT, STARTED, Text("a")], "streaming", "a"),
        ([SENT, STARTED, Text("a"), done("a")], "ok", "a"),
        ([SENT, STARTED, Text("a"), done("a", "max_tokens")], "ok", "a"),
        ([SENT, STARTED, done(stop_reason="refusal")], "refused", ""),
        ([SENT, FAILED], "failed", ""),
        ([SENT, BadKey("No key.")], "failed", ""),
        ([SENT, RuntimeError("a bug")], "failed", ""),
        ([SENT, UNKNOWN], "unknown", ""),
        ([SENT, STARTED, Text("a"), STALLED], "stalled", "a"),
        ([SENT, STARTED, Text("a"), asyncio.CancelledError()], "cancelled", "a"),
        ([SENT, STARTED, Text("a"), GeneratorExit()], "cancelled", "a"),
        ([SENT, STARTED, Text("a"), KeyboardInterrupt()], "cancelled", "a"),
        ([SENT, FAILED, STALLED], "failed", ""),
        ([SENT, STARTED, done(), FAILED], "ok", ""),
        ([SENT, STARTED, done(stop_reason="refusal"), GeneratorExit()], "refused", ""),
    ],
)
def test_the_state_follows_the_stream(events: list, state: State, text: str) -> None:
    found = answer(*events)
    assert (found.state, found.text) == (state, text)


def test_what_came_is_at_hand() -> None:
    note = Note("retry", "again")
    found = answer(SENT, note, STARTED, Thinking("hm"), Text("a"), done("a"))
    assert (found.started, found.note, found.reply) == (STARTED, note, done("a").reply)
    assert (found.error, found.characters) == (None, 3)
    assert answer(SENT, FAILED).error is FAILED


def test_the_replys_own_blocks_go_before_what_was_shown() -> None:
    blocks = ({"type": "thinking", "thinking": "hm", "signature": "s"}, {"type": "text", "text": "a"})
    end = Done(replace(REPLY, content=blocks))
    assert answer(STARTED, Thinking("hm"), Text("a"), end).content == list(blocks)


def test_without_a_reply_only_words_make_blocks() -> None:
    """Thinking without its signature cannot be sent back."""
    events = (
        STARTED,
        Thinking("hm"),
        Text("a"),
        Text("b"),
        Thinking("hm"),
        Text(""),
        Thinking(""),
        Text("c"),
    )
    assert answer(*events).content == [{"type": "text", "text": "ab"}, {"type": "text", "text": "c"}]


words = st.text(max_size=3)
pieces = st.one_of(words.map(Text), words.map(Thinking), words.map(lambda text: Note("kind", text)))
ends = st.sampled_from(
    [None, done(), done("x", "refusal"), FAILED, STALLED, UNKNOWN, ValueError(), asyncio.CancelledError()]
)


@given(st.lists(pieces, max_size=12), st.booleans(), st.lists(ends, max_size=3))
def test_any_stream_ends_in_one_state_with_all_its_words(shown: list, began: bool, ending: list[Any]) -> None:
    found = answer(SENT, *([STARTED] if began else []), *shown)
    before = found.state
    assert before == ("streaming" if began else "started")
    for end in ending:
        if isinstance(end, BaseException):
            found.fail(end)
        elif end is not None and found.state in OPEN_STATES:
            found.add(end)
        if before not in OPEN_STATES:
            assert found.state == before  # an end is an end
        before = found.state
    assert (found.state in OPEN_STATES) == all(end is None for end in ending)
    assert found.state in State.__args__
    assert found.text == "".join(event.text for event in shown if type(event) is Text)
    assert found.characters == sum(len(event.text) for event in shown if type(event) is not Note)
    if found.reply is None:
        assert "".join(block["text"] for block in found.content) == found.text
        assert all(block["text"] for block in found.content)
