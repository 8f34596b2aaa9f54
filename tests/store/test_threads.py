"""Conversations as people look at them: whose, in what order, with what was said of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from lab import store
from lab.store import Store, Write
from lab.types import Principal
from tests.store.rows import answered, asked, opened, post_all, whole_call

ANN, BEN, ADMIN = Principal("ann"), Principal("ben", "editor"), Principal("root", "admin")


@pytest.fixture
def base(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path / "lab.db") as found:
        yield found


def turn(base: Store, id: str, call: str, question: str, user: str = "ann", messages: int = 1) -> None:
    """A turn of a conversation that was answered, sent with so many messages."""
    said = ({"role": "user", "content": question},) * messages
    request = asked(call, user, id, messages=said)
    writes: Sequence[Write] = [
        store.conversation_opened(id, Principal(user)),
        *whole_call(base, request, answered(f"{question} Yes.")),
        store.message_sent(id, said[-1], call),
        store.message_received(id, [{"type": "text", "text": "Yes."}], call),
    ]
    post_all(base, *writes)
    base.flush()


def wrote(base: Store, *writes: Write) -> None:
    post_all(base, *writes)
    base.flush()


def listed(base: Store, who: Principal, limit: int = 9) -> list[str]:
    return [each["id"] for each in store.conversations(base.read, who, limit)]


def test_the_list_is_newest_first_and_ones_own(base: Store) -> None:
    for number in range(3):
        turn(base, f"c{number}", f"call{number}", f"Question {number}?")
    turn(base, "other", "call9", "Mine?", user="ben")
    assert listed(base, ANN) == ["c2", "c1", "c0"]
    assert listed(base, BEN) == ["other"]
    assert listed(base, ADMIN) == ["other", "c2", "c1", "c0"]
    first = store.conversations(base.read, ANN, 2)
    assert [each["id"] for each in first] == ["c2", "c1"]
    assert (first[0]["title"], first[0]["turns"]) == ("Question 2?", 1)


def test_turns_are_whole_oldest_first_and_paged(base: Store) -> None:
    for number in range(3):
        turn(base, "c", f"call{number}", f"Question {number}?", messages=2 * number + 1)
    found = store.turns(base.read, ANN, "c", 9)
    assert [one["question"] for one in found] == ["Question 0?", "Question 1?", "Question 2?"]
    assert found[0]["answer"] == [{"type": "text", "text": "Question 0? Yes."}]
    assert [one["id"] for one in store.turns(base.read, ANN, "c", 2)] == ["call1", "call2"]
    assert [one["id"] for one in store.turns(base.read, ANN, "c", 9, before="call1")] == ["call0"]
    assert store.turns(base.read, BEN, "c", 9) == [] == store.turns(base.read, ANN, "nothing", 9)
    assert len(store.turns(base.read, ADMIN, "c", 9)) == 3


@pytest.mark.parametrize(
    ("sent", "outside"),
    [(7, [False] * 4), (5, [True, False, False, False]), (1, [True, True, True, False])],
)
def test_what_the_last_call_no_longer_saw(sent: int, outside: list[bool], base: Store) -> None:
    for number, messages in enumerate((1, 3, 5, sent)):
        turn(base, "c", f"call{number}", f"Question {number}?", messages=messages)
    assert [one["outside"] for one in store.turns(base.read, ANN, "c", 9)] == outside


def test_what_still_arrives_is_shown_as_far_as_it_came(base: Store) -> None:
    request = asked("call0", "ann", "c", text="Why?")
    writes = whole_call(base, request)[:4]
    wrote(base, store.conversation_opened("c", ANN), *writes, store.call_partial("call0", "Beca"))
    (one,) = store.turns(base.read, ANN, "c", 9)
    assert (one["state"], one["answer"]) == ("streaming", [{"type": "text", "text": "Beca"}])


def test_titles(base: Store) -> None:
    turn(base, "c", "call0", "<question>\nWhy  so?\n</question>")
    assert store.title(base.read, ANN, "c") == "Why so?"
    wrote(base, store.conversation_renamed("c", "  My \n own  "))
    assert store.title(base.read, ANN, "c") == "My own"
    wrote(base, store.conversation_renamed("c", " "))
    assert store.title(base.read, ANN, "c") == "Untitled"
    assert store.title(base.read, BEN, "c") is None and store.title(base.read, ANN, "nothing") is None


def test_deleting_a_conversation_keeps_its_calls(base: Store) -> None:
    turn(base, "c", "call0", "Why?")
    wrote(base, store.rated("call0", ANN, 1, "Good."), store.conversation_deleted("c"))
    assert listed(base, ANN) == [] and store.title(base.read, ANN, "c") is None
    kept = store.call(base.read, ANN, "call0")
    assert kept["conversation_id"] is None and kept["cost"] == 70
    assert base.read.execute("SELECT count(*) FROM ratings").fetchone()[0] == 1


def test_a_rating_is_a_persons_own_and_replaces_the_last(base: Store) -> None:
    turn(base, "c", "call0", "Why?")
    wrote(base, store.rated("call0", ANN, 1, "Good."), store.rated("call0", ADMIN, -1))
    (mine,), (theirs,) = (store.turns(base.read, who, "c", 9) for who in (ANN, ADMIN))
    assert (mine["rating"], mine["note"], theirs["rating"]) == (1, "Good.", -1)
    wrote(base, store.rated("call0", ANN, -1, "No."), store.rated("call0", ADMIN, None))
    (mine,), (theirs,) = (store.turns(base.read, who, "c", 9) for who in (ANN, ADMIN))
    assert (mine["rating"], mine["note"], theirs["rating"]) == (-1, "No.", None)
