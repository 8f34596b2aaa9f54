"""Conversations as the log lists them: whose, in what order, what their calls add up to, turn by turn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from lab import store
from lab.errors import BadInput
from lab.store import Dialogues, Sought, Store
from lab.types import Cost, Principal
from tests.store.rows import answered, asked, opened, refused, whole_call
from tests.store.test_threads import ADMIN, ANN, BEN, turn, wrote


@pytest.fixture
def base(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path / "lab.db", full_text=True) as found:
        yield found


def dated(base: Store, id: str, day: int) -> None:
    """When a conversation was gone on with last."""
    at = f"2026-11-{day:02}T12:00:00.000Z"
    base.post(lambda db: db.execute("UPDATE conversations SET updated_at = ? WHERE id = ?", (at, id)))
    base.flush()


@pytest.fixture
def listed(base: Store) -> Store:
    """Four of Ann's, of which two are as old, and one of Ben's, the newest."""
    for number, day in enumerate((1, 2, 2, 3)):
        turn(base, f"c{number}", f"call{number}", f"Question {number} of mine?")
        dated(base, f"c{number}", day)
    turn(base, "b", "call9", "What is an invoice?", user="ben")
    dated(base, "b", 4)
    return base


def ids(found: Dialogues) -> list[str]:
    return [each["id"] for each in found.found]


def day(number: int) -> datetime:
    return datetime(2026, 11, number, tzinfo=UTC)


@pytest.mark.parametrize(
    ("who", "sought", "expected"),
    [
        (ADMIN, Sought(), ["b", "c3", "c2", "c1", "c0"]),
        (ANN, Sought(), ["c3", "c2", "c1", "c0"]),
        (BEN, Sought(), ["b"]),
        (ADMIN, Sought(user="ann"), ["c3", "c2", "c1", "c0"]),
        (ADMIN, Sought(user="nobody"), []),
        (BEN, Sought(user="ann"), []),
        (ADMIN, Sought(since=day(2), until=day(3)), ["c2", "c1"]),
        (ADMIN, Sought(words="invoice"), ["b"]),
        (ADMIN, Sought(words="Question mine"), ["c3", "c2", "c1", "c0"]),
        (ADMIN, Sought(words="mine", since=day(3)), ["c3"]),
        (ADMIN, Sought(words="mine", user="ben"), []),
        (ANN, Sought(words="invoice"), []),
        (BEN, Sought(words="mine", user="ann"), []),
        (ADMIN, Sought(words="?!"), []),
    ],
)
def test_whose_when_and_what_they_say(
    who: Principal, sought: Sought, expected: list[str], listed: Store
) -> None:
    assert ids(store.dialogues(listed.read, who, sought, 9)) == expected


def test_titles_are_searched_too(listed: Store) -> None:
    wrote(listed, store.conversation_renamed("c1", "About refunds"))
    assert ids(store.dialogues(listed.read, ADMIN, Sought(words="refunds"), 9)) == ["c1"]
    assert ids(store.dialogues(listed.read, BEN, Sought(words="refunds"), 9)) == []


def test_pages_go_on_behind_and_in_front_whatever_comes_meanwhile(listed: Store) -> None:
    def page(behind: str | None = None, front: str | None = None) -> Dialogues:
        return store.dialogues(listed.read, ANN, Sought(), 2, behind, front)

    first = page()
    assert (ids(first), first.newer) == (["c3", "c2"], None)
    turn(listed, "new", "call8", "Later?")
    second = page(first.older)
    assert (ids(second), second.older) == (["c1", "c0"], None)
    assert ids(page(front=second.newer)) == ["c3", "c2"]
    assert ids(page(front=page(front=second.newer).newer)) == ["new", "c3"]
    assert ids(store.dialogues(listed.read, ANN, Sought(words="mine"), 2, first.older)) == ["c1", "c0"]


def test_a_page_is_found_by_an_index(listed: Store) -> None:
    from lab.store.talks import _LISTED, _THERE

    held = f"{_THERE} AND (updated_at, conversations.id) < ('2026', 'x')"
    for user, index in (("", "conversations_listed"), (" AND conversations.user = 'ann'", "user_updated_at")):
        query = _LISTED.format(source="conversations", held=held + user, way="DESC")
        plan = [
            row["detail"]
            for row in listed.read.execute(f"EXPLAIN QUERY PLAN {query}", {"limit": 2}).fetchall()
        ]
        assert "SEARCH conversations USING INDEX" in plan[0] and index in plan[0], plan
        assert not any(each.startswith("SCAN") for each in plan), plan


def grown(base: Store) -> None:
    """Two turns, of which the first was asked three times; the second is simulated and still unrated."""
    costs = (70, 70, 70, "usage"), (None, 10, 90, "estimate"), (None, None, None, "usage"), (5, 5, 5, "usage")
    for call, parent, cost in zip("abcd", ("", "", "", "a"), costs, strict=True):
        request = asked(call, "ann", "c", text=f"Question {call}?")
        request = replace(request, origin=replace(request.origin, parent=parent))
        wrote(
            base,
            store.conversation_opened("c", ANN),
            *whole_call(base, request, answered(f"Answer {call}."), Cost(*cost)),
            store.message_sent("c", request.messages[-1], call),
        )
    wrote(
        base,
        lambda db: db.execute("UPDATE calls SET source = iif(id = 'd', 'simulated', 'api')"),
        store.rated("a", ANN, 1),
        store.rated("a", BEN, -1),
        store.rated("b", BEN, -1),
    )


def test_what_the_calls_of_one_add_up_to(base: Store) -> None:
    grown(base)
    (one,) = store.dialogues(base.read, ANN, Sought(), 9).found
    assert (one["turns"], one["state"], one["asked"], one["followed"]) == (2, "ok", 4, 1)
    assert (one["thumbs_up"], one["thumbs_down"]) == (1, 2)
    real = one["spent"]["real"]
    assert (real.calls, real.cost, real.estimates, real.floor, real.upper) == (3, 70, 1, 10, 90)
    assert (real.unpriced, one["spent"]["simulated"].cost) == (1, 5)


def test_one_is_told_turn_by_turn(base: Store) -> None:
    grown(base)
    found: dict[str, Any] = store.dialogue(base.read, ANN, "c", 9)
    first, second = found["turns_shown"]
    assert (first["number"], first["call"]["id"], [each["id"] for each in first["others"]]) == (
        1,
        "a",
        ["b", "c"],
    )
    assert (first["call"]["answer"], first["call"]["tries"]) == ("Answer a.", 1)
    assert (first["call"]["thumbs_up"], first["call"]["thumbs_down"]) == (1, 1)
    assert (second["number"], second["call"]["id"], second["others"]) == (2, "d", [])
    assert found["spent"]["real"].calls == 3
    assert [each["number"] for each in store.dialogue(base.read, ADMIN, "c", 1)["turns_shown"]] == [2]
    earlier = store.dialogue(base.read, ADMIN, "c", 1, upto=1)
    assert [each["number"] for each in earlier["turns_shown"]] == [1] and earlier["turns_in_all"] == 2
    for who, id in ((BEN, "c"), (ADMIN, "nothing")):
        assert f"no conversation '{id}'" in refused(
            lambda who=who, id=id: store.dialogue(base.read, who, id, 9), BadInput
        )


def test_words_need_an_index(tmp_path: Path) -> None:
    with opened(tmp_path / "plain.db", full_text=False) as base:
        turn(base, "c", "call", "Up?")
        assert "keeps no full-text index" in refused(
            lambda: store.dialogues(base.read, ANN, Sought(words="up"), 9), BadInput
        )
