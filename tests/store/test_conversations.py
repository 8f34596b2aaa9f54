"""Conversations: whose they are, and what of them is said again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from lab.errors import BadInput
from lab.store import (
    Store,
    Write,
    call_opened,
    call_sent,
    conversation,
    conversation_opened,
    latest_conversation,
    message_received,
    message_sent,
    plain_text,
)
from lab.types import Message, Principal
from tests.store.rows import asked, opened, post_all, refused

ANN, BEN, ADMIN = Principal("ann"), Principal("ben", "editor"), Principal("root", "admin")


def said(text: str) -> Message:
    return {"role": "user", "content": text}


def turn(
    store: Store, id: str, call: str, question: str, answer: str | None, user: str = "ann"
) -> Sequence[Write]:
    """One turn of a conversation, as the engine writes it."""
    request = asked(call, user, id, text=question, system="Be brief.", options={"top_k": 3}, max_tokens=55)
    writes = [
        conversation_opened(id, Principal(user)),
        call_opened(request, store.process, "anthropic", "api"),
        call_sent(request, None),
        message_sent(id, said(question), call),
    ]
    if answer:
        writes.append(message_received(id, [{"type": "text", "text": answer}], call))
    return writes


def words(messages: Sequence[Message]) -> list[tuple[str, str]]:
    return [(message["role"], plain_text(message["content"])) for message in messages]


def test_turns_without_an_answer_are_left_out(tmp_path: Path) -> None:
    with opened(tmp_path / "lab.db") as store:
        post_all(store, *turn(store, "k", "1", "one?", "one."))
        post_all(store, *turn(store, "k", "2", "lost?", None))
        post_all(store, *turn(store, "k", "3", "three?", "three."))
        post_all(store, *turn(store, "k", "4", "lost too?", None))
        store.flush()
        found = conversation(store.read, ANN, "k")
    assert words(found.messages) == [
        ("user", "one?"),
        ("assistant", "one."),
        ("user", "three?"),
        ("assistant", "three."),
    ]
    assert (found.model, found.system, found.max_tokens, found.options) == (
        "claude-sonnet-4-6",
        "Be brief.",
        55,
        {"top_k": 3},
    )


def test_two_questions_at_once_keep_their_answers(tmp_path: Path) -> None:
    with opened(tmp_path / "lab.db") as store:
        *first, first_answer = turn(store, "k", "1", "one?", "one.")
        *second, second_answer = turn(store, "k", "2", "two?", "two.")
        post_all(store, *first, *second, second_answer, first_answer)
        store.flush()
        found = conversation(store.read, ANN, "k")
    assert [text for _, text in words(found.messages)] == ["one?", "one.", "two?", "two."]


def test_only_its_owner_and_the_admin_read_a_conversation(tmp_path: Path) -> None:
    with opened(tmp_path / "lab.db") as store:
        post_all(store, *turn(store, "k", "1", "one?", "one."))
        store.flush()
        assert conversation(store.read, ANN, "k").messages
        assert conversation(store.read, ADMIN, "k").messages
        known = refused(lambda: conversation(store.read, BEN, "k"), BadInput)
        unknown = refused(lambda: conversation(store.read, BEN, "no such"), BadInput)
        assert known == unknown.replace("no such", "k")  # nobody learns that it exists
        assert "There is no conversation to continue" in refused(
            lambda: latest_conversation(store.read, BEN), BadInput
        )


def test_the_latest_is_where_something_was_said_last(tmp_path: Path) -> None:
    with opened(tmp_path / "lab.db") as store:
        post_all(store, *turn(store, "a", "1", "one?", "one."), *turn(store, "b", "2", "two?", "two."))
        post_all(store, *turn(store, "ben's", "3", "three?", "three.", "ben"))
        store.post(conversation_opened("empty", ANN))
        store.flush()
        assert latest_conversation(store.read, BEN) == "ben's"
        store.post(
            lambda connection: connection.execute("UPDATE conversations SET updated_at = '1' WHERE id = 'b'")
        )
        store.flush()
        assert latest_conversation(store.read, ANN) == "a"
        store.post(message_sent("b", said("again?"), "2"))
        store.flush()
        assert latest_conversation(store.read, ANN) == "b"


def test_a_conversation_in_which_no_call_was_made_is_none(tmp_path: Path) -> None:
    with opened(tmp_path / "lab.db") as store:
        store.post(conversation_opened("k", ANN))
        store.flush()
        assert "There is no conversation 'k'" in refused(lambda: conversation(store.read, ANN, "k"), BadInput)


def test_it_goes_on_with_what_was_sent_last(tmp_path: Path) -> None:
    """A call that was stopped before anything left has no settings to go on with."""
    with opened(tmp_path / "lab.db") as store:
        post_all(store, *turn(store, "k", "1", "one?", "one."))
        post_all(store, call_opened(asked("2", "ann", "k", max_tokens=9), store.process, "anthropic", "api"))
        store.flush()
        found = conversation(store.read, ANN, "k")
    assert (found.system, found.max_tokens, found.options) == ("Be brief.", 55, {"top_k": 3})


@pytest.mark.parametrize(
    ("first", "title"),
    [
        ("  How do\nI   reset it?  ", "How do I reset it?"),
        ("x" * 200, "x" * 80),
        ("'; DROP TABLE conversations; --", "'; DROP TABLE conversations; --"),
        ("half a pair \ud83d", "half a pair \\ud83d"),
    ],
)
def test_the_first_question_is_its_title(tmp_path: Path, first: str, title: str) -> None:
    with opened(tmp_path / "lab.db") as store:
        post_all(store, *turn(store, "k", "1", first, "one."), *turn(store, "k", "2", "second?", "two."))
        store.flush()
        [(found,)] = store.read.execute("SELECT title FROM conversations").fetchall()
        assert found == title
        assert words(conversation(store.read, ANN, "k").messages)[0] == ("user", first)


def test_opening_it_again_leaves_it_to_its_owner(tmp_path: Path) -> None:
    with opened(tmp_path / "lab.db") as store:
        post_all(store, *turn(store, "k", "1", "one?", "one."))
        store.post(conversation_opened("k", BEN))
        store.flush()
        refused(lambda: conversation(store.read, BEN, "k"), BadInput)
        assert conversation(store.read, ANN, "k").messages


@pytest.mark.parametrize("id", ["' OR '1'='1", "'; DROP TABLE messages; --", "x\x00y", "", "%"])
def test_hostile_names_are_only_names(tmp_path: Path, id: str) -> None:
    with opened(tmp_path / "lab.db") as store:
        post_all(store, *turn(store, "k", "1", "one?", "one."))
        store.flush()
        refused(lambda: conversation(store.read, ANN, id), BadInput)
        post_all(store, *turn(store, id, "2", "two?", "two.", id))
        store.flush()
        assert len(conversation(store.read, Principal(id), id).messages) == 2
        assert latest_conversation(store.read, Principal(id)) == id
        refused(lambda: conversation(store.read, ANN, id), BadInput)
