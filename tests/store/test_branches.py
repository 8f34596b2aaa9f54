"""Conversations as trees: what a migration makes of old ones, and words found in them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lab import store
from lab.store import sqlite
from lab.store.migration import prepare
from lab.store.replayable import read
from lab.store.schema import MIGRATIONS, turns
from lab.types import Principal
from tests.store.rows import opened
from tests.store.test_threads import ANN, BEN, turn, wrote

BEFORE = MIGRATIONS[: MIGRATIONS.index(turns)]


def test_old_conversations_stand_in_a_row_as_they_did(tmp_path: Path) -> None:
    path = tmp_path / "lab.db"
    sqlite.create(path)
    old = sqlite.connect(path)
    prepare(old, BEFORE)
    at = ("2026-01-01",) * 2
    for id in "ab":
        old.execute(
            "INSERT INTO conversations (id, user, title, created_at, updated_at)"
            " VALUES (?, 'ann', 'T', ?, ?)",
            (id, *at),
        )
    said = {1: '"Où est le café?"', 2: '[{"type":"image"},{"type":"text","text":"Below."}]'}
    for number, body in said.items():
        old.execute("INSERT INTO texts VALUES (?, ?, ?)", (number, b"%d" % number, body))
    for id, conversation in (("1", "a"), ("2", "b"), ("3", "a"), ("4", "a"), ("5", None)):
        old.execute(
            "INSERT INTO calls (id, process, started_at, user, origin, state, endpoint, source, model,"
            " max_tokens, message_ids, conversation_id)"
            " VALUES (?, 'p', '2026', 'ann', 'chat', 'ok', 'e', 'api', 'm', 9, '[1]', ?)",
            (id, conversation),
        )
        if conversation:
            for number, role in enumerate(("user", "assistant"), 1):
                row = (conversation, id, role, number)
                old.execute(
                    "INSERT INTO messages (conversation_id, call_id, role, content_id, created_at)"
                    " VALUES (?, ?, ?, ?, '2026')",
                    row,
                )
    old.close()
    with opened(path) as base:
        grown = store.tree(base.read, "a")
        assert (grown.behind, grown.head, grown.pinned) == ({"1": None, "3": "1", "4": "3"}, "4", frozenset())
        assert store.tree(base.read, "b").path() == ["2"]
        assert len(store.conversation(base.read, ANN, "a").messages) == 6
        assert [each["question"] for each in store.turns(base.read, ANN, "b", 9)] == ["Où est le café?"]
        found = store.conversations_saying(base.read, ANN, "cafe", 9)
        assert {(hit["id"], hit["call"]) for hit in found} == {("b", "2"), ("a", "1"), ("a", "3"), ("a", "4")}
        assert store.conversations_saying(base.read, ANN, "image", 9) == []


def test_alternatives_and_the_branch_that_follows_from_each(tmp_path: Path) -> None:
    with opened(tmp_path / "lab.db") as base:
        for call in ("a", "b", "c"):
            turn(base, "k", call, f"{call}?")
        wrote(base, lambda connection: connection.execute("UPDATE turns SET parent_id='a' WHERE call_id='c'"))
        turn(base, "k", "d", "d?")
        grown = store.tree(base.read, "k")
        assert grown.path() == ["a", "c", "d"] and grown.path("b") == ["a", "b"] and grown.path("") == []
        assert grown.alternatives("c") == ["b", "c"] == grown.alternatives("b")
        assert (grown.leaf("a"), grown.leaf("b"), grown.leaf("c")) == ("d", "b", "d")
        wrote(base, store.conversation_turned("k", "b"))
        assert [one["id"] for one in store.turns(base.read, ANN, "k", 9)] == ["a", "b"]
        assert store.turns(base.read, ANN, "k", 9, head="") == []


@pytest.mark.parametrize(
    ("sought", "found"),
    [
        ("pass", ["c0"]),
        ("PASSWORD reset", ["c0"]),
        ("password invoice", []),
        ("invoice", ["c2", "c1"]),
        ("my own", ["c2"]),
        ('"', []),
        ("invoice* OR NEAR(", []),
        ("", []),
    ],
)
def test_what_is_found(tmp_path: Path, sought: str, found: list[str]) -> None:
    with opened(tmp_path / "lab.db") as base:
        for number, text in enumerate(("How do I reset my password?", "Where is the invoice?", "An invoice")):
            turn(base, f"c{number}", f"call{number}", text)
        wrote(base, store.conversation_renamed("c2", "My own"))
        turn(base, "other", "call9", "Somebody's password and invoice", user="ben")
        hits = store.conversations_saying(base.read, ANN, sought, 9)
        assert [hit["id"] for hit in hits] == found
        assert len(store.conversations_saying(base.read, Principal("root", "admin"), "invoice", 9)) == 3
        assert not store.conversations_saying(base.read, BEN, "reset", 9)


def test_a_deleted_conversation_is_found_no_more(tmp_path: Path) -> None:
    with opened(tmp_path / "lab.db") as base:
        turn(base, "k", "a", "Where is the invoice?")
        wrote(base, store.conversation_forked("f", ANN, "T (fork)", "k", "a"))
        (hit,) = store.conversations_saying(base.read, ANN, "invoice", 9)
        assert (hit["id"], hit["call"]) == ("k", "a")
        wrote(base, store.conversation_deleted("k"))
        (hit,) = store.conversations_saying(base.read, ANN, "invoice", 9)
        assert (hit["id"], hit["title"]) == ("f", "T (fork)")
        wrote(base, store.conversation_deleted("f"))
        assert store.conversations_saying(base.read, ANN, "invoice", 9) == []


def test_a_spooled_call_of_an_older_lab_stands_behind_the_last(tmp_path: Path) -> None:
    with opened(tmp_path / "lab.db") as base:
        turn(base, "k", "a", "One?")
        row = dict(base.read.execute("SELECT * FROM calls").fetchone()) | {"id": "b"}
        wrote(base, read(json.dumps(["_call_added", row])))
        assert store.tree(base.read, "k").path() == ["a", "b"]
