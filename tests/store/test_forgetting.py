"""A person is forgotten: no word of theirs is left anywhere, every figure is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lab import store
from lab.answer import Answer
from lab.errors import CallError, LabError, StoreError
from lab.store import Forgetting, Store, pieces
from lab.store.forgetting import BY, NAMED, summed
from lab.store.spool import Spool
from lab.types import Principal, Text
from tests.store.processes import process
from tests.store.rows import PAID, STARTED, answered, asked, opened, post_all, whole_call

ANN, BEN, ADMIN = Principal("ann-secret"), Principal("ben"), Principal("root", "admin")
WORDS = ("zebra", "yellow", "xylophone", "walnut", "violet", "umbra", "tundra", "saffron", "quince", "papaya")
"""What ann said or got, each somewhere else; nobody else says any of it."""


@pytest.fixture
def base(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path / "lab.db") as found:
        lived(found)
        yield found


def lived(base: Store) -> None:
    """Ann chats, compares, rates, notes and drafts; ben says some of the same, and rates her."""
    for who, id in ((ANN, "a1"), (BEN, "b1")):
        said = f"Hello from the {'zebra' if who == ANN else 'other side'}"
        request = asked(id, who.user, f"talk-{id}", text=said, system="The team's system text.")
        post_all(
            base,
            store.conversation_opened(f"talk-{id}", who),
            *whole_call(base, request, answered("The same answer to all.")),
            store.message_sent(f"talk-{id}", request.messages[-1], id),
            store.message_received(f"talk-{id}", [{"type": "text", "text": "The same answer to all."}], id),
        )
    thought = [
        {"type": "thinking", "thinking": "A yellow thought", "signature": "s"},
        {"type": "text", "text": "A xylophone"},
    ]
    told = answered()
    told.reply = replace(
        told.reply, content=tuple(thought), stop_details={"type": "refusal", "explanation": "walnut"}
    )
    options = {"tools": [{"name": "violet", "input_schema": {"type": "object"}}]}
    post_all(base, *whole_call(base, asked("a2", ANN.user, text="Plain question?", options=options), told))
    post_all(base, *whole_call(base, asked("a3", ANN.user, text="Another?"))[:5])
    broken = Answer()
    for event in (STARTED, Text("An umbra of an answer")):
        broken.add(event)
    broken.fail(CallError("It said: tundra is no colour.", status=400))
    base.post(store.call_partial("a3", "An umbra of an answer"))
    base.post(store.attempt_ended("a3", 1, broken, PAID, 0.3))
    base.post(store.call_ended("a3", broken, 0.0, None))
    post_all(
        base,
        store.flag_opened("a2", "It says saffron."),
        store.rated("a1", BEN, -1, "Why quince?"),
        store.rated("b1", ANN, 1, "papaya!"),
        store.voted(ANN, "a1", "b1", "better"),
        store.reviewed(store.Review("b1", "kind", ANN.user, "d", "pass", "papaya, again")),
        store.draft_kept("d", ANN, "support", 1, 1, {"system": "A zebra draft"}),
        store.comparison_opened("c", ANN, "The zebra comparison", [("col", {"system": "yellow column"})]),
        store.comparison_asked("c", 0, {"text": "Which walnut?"}, 0, [store.Cell("a2")]),
    )
    base.flush()


def left(path: Path) -> dict[str, list[str]]:
    """Which of ann's words, and her name, are in the bytes of which file."""
    found = {}
    for file in sorted(path.parent.rglob("*")):
        if file.is_file():
            data = file.read_bytes().lower()
            if there := [word for word in (*WORDS, ANN.user) if word.encode() in data]:
                found[file.name] = there
    return found


def forgotten(path: Path) -> str:
    with pieces(path, rest=0) as work:
        forgetting = Forgetting(work, ANN.user)
        for _ in forgetting.go():
            pass
        return forgetting.pseudonym


def figures(base: Store) -> list[tuple[Any, ...]]:
    columns = "id, state, stop_reason, input_tokens, output_tokens, cost, cost_floor, cost_upper, total_ms"
    return [tuple(row) for row in base.read.execute(f"SELECT {columns} FROM calls ORDER BY id")]


def sums(base: Store, table: str) -> list[int]:
    """How many calls are counted for each person."""
    rows = base.read.execute(f"SELECT sum(calls) AS calls FROM {table} GROUP BY user HAVING sum(calls) > 0")
    return sorted(row["calls"] for row in rows)


def test_no_word_is_left_in_any_file_and_every_figure_is(base: Store) -> None:
    assert set(WORDS) <= {word for words in left(base.path).values() for word in words}  # they were there
    base.post(lambda db: db.execute("UPDATE user_rollups SET calls = calls + 5"))  # of calls that are gone
    base.flush()
    before, rolled = figures(base), sums(base, "user_rollups")
    name = forgotten(base.path)
    assert re.fullmatch("forgotten-[0-9a-f]{8}", name)
    base.flush()
    assert left(base.path) == {}
    assert figures(base) == before
    assert sums(base, "user_rollups") == rolled == sums(base, "user_rollups_daily")
    users = {row["id"]: row["user"] for row in base.read.execute("SELECT id, user FROM calls")}
    assert users == {"a1": name, "a2": name, "a3": name, "b1": "ben"}
    assert [tuple(row) for row in base.read.execute("PRAGMA foreign_key_check")] == []
    assert base.read.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


def test_others_keep_what_they_said_and_what_is_theirs(base: Store) -> None:
    name = forgotten(base.path)
    mine = store.call(base.read, ADMIN, "b1")
    assert mine["request"]["system"] == "The team's system text."
    assert store.plain_text(mine["answer"]) == "The same answer to all."
    assert store.conversation(base.read, BEN, "talk-b1").messages[0]["content"] == "Hello from the other side"
    assert [(each["user"], each["value"], each["note"]) for each in mine["ratings"]] == [(name, 1, None)]
    found = store.call(base.read, ADMIN, "a1")
    assert (found["answer"], found["request"]["messages"], found["error"]) == (None, [], None)
    assert [(each["user"], each["value"], each["note"]) for each in found["ratings"]] == [("ben", -1, None)]
    (review,) = store.reviews(base.read, ADMIN, "d")
    assert (review["user"], review["verdict"], review["note"]) == (name, "pass", None)
    failed = store.call(base.read, ADMIN, "a3")
    assert (failed["error_type"], failed["error"], failed["attempts"][0]["error"]) == (
        "CallError",
        None,
        None,
    )
    flag = store.call(base.read, ADMIN, "a2")["flag"]
    assert (flag["reason"], flag["settled_by"]) == ("The text was removed with its person.", name)
    assert store.comparisons(base.read, ADMIN, 9) == store.drafts(base.read, ANN) == []
    assert [each["id"] for each in store.conversations(base.read, ADMIN, 9)] == ["talk-b1"]
    assert store.turns(base.read, ADMIN, "talk-a1", 9)[0]["answer"] is None
    assert store.calls_saying(base.read, ADMIN, store.Wanted(), "zebra", 9) == []


def test_calls_of_checks_keep_the_text_of_their_datasets(base: Store) -> None:
    run = "r1"
    post_all(base, store.run_opened(run, base.process, ANN, "tickets", {"variants": []}))
    base.post(store.batch_opened("b1", run, ANN, "anthropic", "api", []))
    request = asked("k1", ANN.user, text="A case of the dataset")
    post_all(base, *whole_call(base, replace(request, origin=replace(request.origin, run=run))))
    base.flush()
    name = forgotten(base.path)
    found = store.call(base.read, ADMIN, "k1")
    assert (found["user"], found["request"]["messages"][-1]["content"]) == (name, "A case of the dataset")
    assert store.run_head(base.read, ADMIN, run)["user"] == name
    assert [row["user"] for row in base.read.execute("SELECT user FROM batches")] == [name]
    assert store.calls_saying(base.read, ADMIN, store.Wanted(), "dataset", 9) == ["k1"]


def killed_midway(pipe: Any, path: Path, steps: int) -> None:
    with pieces(path, rest=0) as work:
        forgetting = Forgetting(work, ANN.user)
        going = forgetting.go()
        for _ in range(steps):
            next(going)
        pipe.send(forgetting.pseudonym)
        pipe.recv()


@pytest.mark.parametrize("steps", [1, 3, 5])
def test_after_a_kill_the_next_time_finishes_under_the_same_name(base: Store, steps: int) -> None:
    with process(killed_midway, base.path, steps) as other:
        name = other.hear()
        other.kill()
    assert [tuple(row) for row in base.read.execute("PRAGMA foreign_key_check")] == []
    assert forgotten(base.path) == name
    base.flush()
    assert left(base.path) == {}


def test_a_kill_before_the_file_was_written_anew_is_made_up_for(base: Store) -> None:
    with pieces(base.path, rest=0) as work:
        forgetting = Forgetting(work, ANN.user)
        for _ in forgetting.go():
            if not forgetting.begun:  # the name is out of the last table
                break
        assert store.unfinished(work.connection)
        for _ in store.finished(work):
            pass
        assert not store.unfinished(work.connection)
    base.flush()
    assert left(base.path) == {}


def test_who_is_still_writing_is_not_forgotten(base: Store, elsewhere: Path) -> None:
    base.post(store.call_opened(asked("open", ANN.user), base.process, "anthropic", "api"))
    base.flush()
    with pytest.raises(LabError, match=r"ann-secret has calls under way \(1\)"):
        forgotten(base.path)
    base.post(lambda db: db.execute("UPDATE calls SET state = 'cancelled' WHERE id = 'open'"))
    base.flush()
    spool = Spool(base.path, "another")
    spool.add([store.call_partial("a1", "zebra")])
    with pytest.raises(StoreError, match=r"wait in .*, perhaps with this person's text"):
        forgotten(base.path)


def test_everywhere_that_a_person_is_named_is_known(base: Store) -> None:
    named, sums = set(), summed(base.read)
    for (table,) in base.read.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        columns = base.read.execute(f"PRAGMA table_info({table})").fetchall()
        if table in sums:  # a sum for each key, which a person is a part of
            assert all(row["pk"] or row["type"] == "INTEGER" for row in columns), table
            assert [row["pk"] > 0 for row in columns if row["name"] == "user"] == [True]
            continue
        names = [row["name"] for row in columns]
        named |= {(table, name) for name in names if name == "user" or name.endswith("_by")}
    assert {"user_rollups", "spenders"} <= set(sums)
    assert named - {("calls", "answered_by")} == {*NAMED.items(), *BY}
